package io.ocos.ingest.io;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.ocos.ingest.config.FleetConfig;
import io.ocos.ingest.config.IngestMetrics;
import io.ocos.ingest.domain.FleetTraffic;
import io.ocos.ingest.domain.FleetTraffic.Emission;
import io.ocos.ingest.domain.FleetTraffic.Kind;
import io.ocos.ingest.io.EnvelopeSigner.Beacon;
import io.ocos.ingest.io.GatewayClient.Answer;
import io.ocos.ingest.io.GatewayClient.Outcome;
import io.ocos.schemas.config.Service;
import io.ocos.schemas.domain.Minutes;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A fleet of simulated nodes, live: each node that is up by the plan sends an envelope near the middle of each slot through a
 * gateway. A simulated node does not try again: what is lost is an outage, as the plan's own are.
 */
public final class Fleet implements Service {

    private static final Logger LOG = LoggerFactory.getLogger(Fleet.class);
    private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(10);

    /** Later than this an emission is left out: its slot would be over, or its clock wrong by more than planned. */
    private static final long MAX_LATE_MILLIS = 2_000;

    private final Clock clock;
    private final FleetTraffic traffic;
    private final FleetSigner signer;
    private final GatewayClient gateways;
    private final OpsServer ops;
    private final Map<Outcome, Counter> answers = new EnumMap<>(Outcome.class);
    private final ScheduledExecutorService timer =
            Executors.newSingleThreadScheduledExecutor(task -> new Thread(task, "fleet"));
    private final ExecutorService responses = Executors.newSingleThreadExecutor(task -> new Thread(task, "fleet-http"));
    private final CompletableFuture<Void> terminated = new CompletableFuture<>();
    private volatile @Nullable Beacon beacon;
    private volatile int nodesUp;

    private Fleet(FleetConfig config, Clock clock) {
        this.clock = clock;
        traffic = FleetFiles.traffic(config);
        signer = new FleetSigner(config, traffic);
        gateways = new GatewayClient(config.requireGateways(), REQUEST_TIMEOUT, responses);
        PrometheusMeterRegistry metrics = OpsServer.newRegistry("fleet");
        for (Outcome outcome : Outcome.values()) {
            answers.put(
                    outcome,
                    metrics.counter(
                            IngestMetrics.FLEET_ENVELOPES,
                            IngestMetrics.TAG_OUTCOME,
                            outcome.name().toLowerCase(Locale.ROOT)));
        }
        Gauge.builder(IngestMetrics.FLEET_NODES_UP, () -> nodesUp).register(metrics);
        ops = OpsServer.start(config.opsPort(), this::notReady, metrics);
    }

    /** Starts the fleet; returns at once, whether or not a gateway answers yet. */
    public static Fleet start(FleetConfig config) {
        return start(config, Clock.systemUTC());
    }

    static Fleet start(FleetConfig config, Clock clock) {
        Fleet fleet = new Fleet(config, clock);
        LOG.info(
                "{} simulated nodes send through {}",
                fleet.traffic.plan().nodes().size(),
                config.gatewayUrls());
        fleet.timer.execute(() -> fleet.slot(clock.millis() / Minutes.SLOT_MILLIS * Minutes.SLOT_MILLIS));
        return fleet;
    }

    /** The port of health and metrics. */
    public int opsPort() {
        return ops.port();
    }

    @Override
    public CompletableFuture<Void> terminated() {
        return terminated;
    }

    @Override
    public void close() {
        timer.shutdownNow();
        responses.shutdownNow();
        ops.close();
    }

    /** Puts a slot's emissions on the timer, and the next slot. */
    private void slot(long slotStart) {
        try {
            refreshBeacon(slotStart);
            List<Emission> emissions = traffic.slot(slotStart);
            nodesUp = (int) emissions.stream()
                    .filter(emission -> emission.kind() == Kind.GENUINE)
                    .count();
            for (Emission emission : emissions) {
                long heldBack = emission.writtenAt() - emission.receivedAt();
                at(emission.signedAt() + heldBack, () -> send(emission, heldBack));
            }
        } catch (RuntimeException e) {
            LOG.error("slot {} of the fleet failed", slotStart, e);
            terminated.completeExceptionally(e);
            return;
        }
        long next = slotStart + Minutes.SLOT_MILLIS;
        at(next, () -> slot(next));
    }

    private void at(long timeMillis, Runnable task) {
        var unused = timer.schedule(task, timeMillis - clock.millis(), TimeUnit.MILLISECONDS);
    }

    private void send(Emission emission, long heldBackMillis) {
        Beacon known = beacon;
        if (known == null || clock.millis() - emission.signedAt() - heldBackMillis > MAX_LATE_MILLIS) {
            return;
        }
        var unused = gateways.submit(signer.sign(emission, known), emission.node())
                .thenAccept(answer -> count(emission, answer));
    }

    private void count(Emission emission, Answer answer) {
        Counter counter = answers.get(answer.outcome());
        if (counter != null) {
            counter.increment();
        }
        if (answer.outcome() != Outcome.ACCEPTED && emission.kind() != Kind.BAD_SIGNATURE) {
            LOG.debug("envelope {} of node {}: {}", emission.sequence(), emission.node(), answer.detail());
        }
    }

    private void refreshBeacon(long slotStart) {
        int turn = (int) (slotStart / Minutes.SLOT_MILLIS);
        try {
            beacon = gateways.beacon(turn);
        } catch (IOException e) {
            LOG.warn("no beacon, the last one is used while it is valid: {}", e.toString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private List<String> notReady() {
        return beacon == null ? List.of("no gateway has given a beacon yet") : List.of();
    }
}
