package io.ocos.ingest.io;

import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.ocos.ingest.config.AgentConfig;
import io.ocos.ingest.domain.DropReason;
import io.ocos.ingest.domain.ReceiptDomain;
import io.ocos.ingest.domain.SendTimes;
import io.ocos.metering.domain.EnvelopeDomain;
import io.ocos.metering.domain.TelemetryPayload.Sample;
import io.ocos.schemas.config.ConfigException;
import io.ocos.schemas.config.Service;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The agent of a node: measures the machine it runs on, takes in what the workers on it use, keeps both on disk, and sends one
 * signed envelope in each slot (SPEC 2.1, 5). What no gateway accepts waits; what is older than counts is dropped.
 */
public final class Agent implements Service {

    private static final Logger LOG = LoggerFactory.getLogger(Agent.class);
    private static final Duration REQUEST_TIMEOUT = Duration.ofMillis(2_500);
    private static final Duration FIRST_BACKOFF = Duration.ofMillis(200);
    private static final Duration LEAST_BUDGET = Duration.ofSeconds(1);
    /** Between envelopes of a backlog: half of what a gateway lets a node send over longer times. */
    private static final long CATCH_UP_MILLIS = 1_000;
    /** A measurement has this long before the envelope it is for. */
    private static final long SAMPLE_AHEAD_MILLIS = 1_500;

    private static final long SILENT_MILLIS = 60_000;
    private static final long STOP_SECONDS = 4;

    private final AgentConfig config;
    private final Clock clock;
    private final SendTimes times;
    private final AgentMeters meters;
    private final EntryBuffer buffer;
    private final LongFunction<Sample> host;
    private final ClockWatch clockWatch = new ClockWatch();
    private final Courier courier;
    private final OpsServer ops;
    private final ScheduledExecutorService measuring = thread("agent-measure");
    private final ScheduledExecutorService sending = thread("agent-send");
    private final ExecutorService responses = Executors.newSingleThreadExecutor(task -> new Thread(task, "agent-http"));
    private final CompletableFuture<Void> terminated = new CompletableFuture<>();
    /** What is to be closed, the last opened first. */
    private final Deque<AutoCloseable> opened = new ArrayDeque<>();

    private volatile boolean closed;

    private Agent(AgentConfig config, Clock clock, LongFunction<Sample> host) {
        this.config = config;
        this.clock = clock;
        this.host = host;
        try {
            NodeKeys keys = NodeKeys.load(config.keystore(), config.passwordFile());
            // To open a key of standard strength takes 256 MiB, once: a node has better use for them.
            System.gc();
            times = SendTimes.of(keys.address(), config.spreadMillis());
            PrometheusMeterRegistry metrics = OpsServer.newRegistry("agent");
            meters = new AgentMeters(metrics);
            StateFiles state = open(StateFiles.take(config.stateDir()));
            // Seconds since 1970: above whatever a lost file held, as a node sends less than one envelope a second.
            SequenceFile sequence = open(SequenceFile.open(config.stateDir(), keys.address(), clock.millis() / 1_000));
            buffer = open(EntryBuffer.open(state.file("buffer"), config.bufferMaxBytes(), meters::dropped));
            ReceiptLog receipts = open(ReceiptLog.open(state, config.receiptsMaxBytes()));
            meters.watch(buffer, sequence);
            GatewayClient gateways = new GatewayClient(config.gatewayUrls(), REQUEST_TIMEOUT, responses);
            courier = new Courier(
                    clock,
                    keys.address(),
                    new EnvelopeSigner(new EnvelopeDomain(config.chainId(), config.registry()), keys),
                    sequence,
                    buffer,
                    gateways,
                    config.rpcUrl() == null
                            ? gateways::beacon
                            : open(new RpcBeacon(config.rpcUrl(), config.rpcBlocksBehind())),
                    new ReceiptDomain(config.chainId(), config.registry()),
                    Set.copyOf(config.gatewayAddresses()),
                    receipts,
                    meters,
                    clockWatch,
                    FIRST_BACKOFF);
            UsageIntake usage = new UsageIntake(buffer, clock);
            ops = open(OpsServer.start(
                    config.opsPort(), this::notReady, metrics, app -> app.post("/v1/usage", usage::post)));
            LOG.info(
                    "node {} sends through {}, {} entries wait from before",
                    keys.address(),
                    config.gatewayUrls(),
                    buffer.entries());
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /**
     * Starts an agent; returns at once, whether or not a gateway answers yet.
     *
     * @throws ConfigException when the key, the state directory, the machine or the port cannot be used
     */
    public static Agent start(AgentConfig config) {
        return start(
                config,
                Clock.systemUTC(),
                new HostMetrics(config.diskPath(), config.networkInterfaces(), config.nvidiaSmi()));
    }

    static Agent start(AgentConfig config, Clock clock, LongFunction<Sample> host) {
        Agent agent = new Agent(config, clock, host);
        agent.scheduleMeasurement();
        agent.scheduleSlot();
        return agent;
    }

    /** The port of health, metrics and usage. */
    public int opsPort() {
        return ops.port();
    }

    @Override
    public CompletableFuture<Void> terminated() {
        return terminated;
    }

    /** What waits stays on disk. */
    @Override
    public void close() {
        closed = true;
        measuring.shutdownNow();
        sending.shutdownNow();
        try {
            if (!sending.awaitTermination(STOP_SECONDS, TimeUnit.SECONDS)
                    || !measuring.awaitTermination(STOP_SECONDS, TimeUnit.SECONDS)) {
                LOG.warn("what was begun is cut off after {} s", STOP_SECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        responses.shutdownNow();
        while (!opened.isEmpty()) {
            try {
                opened.pop().close();
            } catch (Exception e) {
                LOG.warn("stopping: {}", e.toString());
            }
        }
        terminated.complete(null);
    }

    private <T extends AutoCloseable> T open(T resource) {
        opened.push(resource);
        return resource;
    }

    private static ScheduledExecutorService thread(String name) {
        return Executors.newSingleThreadScheduledExecutor(task -> new Thread(task, name));
    }

    /** Schedules the next multiple of the interval, counted so that a measurement comes just before each time of sending. */
    private void scheduleMeasurement() {
        long now = clock.millis();
        long ahead = times.offsetMillis() - SAMPLE_AHEAD_MILLIS;
        long interval = config.sampleIntervalMillis();
        long next = (Math.floorDiv(now - ahead, interval) + 1) * interval + ahead;
        at(measuring, next, this::measure);
    }

    private void measure() {
        try {
            buffer.append(List.of(host.apply(clock.millis())));
        } catch (IOException e) {
            meters.dropped(DropReason.FULL, 1);
            LOG.warn("the disk does not keep a measurement: {}", e.toString());
        } catch (RuntimeException e) {
            LOG.error("the machine could not be measured", e);
        }
        scheduleMeasurement();
    }

    private void scheduleSlot() {
        at(sending, times.after(clock.millis()), this::send);
    }

    private void send() {
        long now = clock.millis();
        Duration left = Duration.ofMillis(SendTimes.endOfSlot(now) - now);
        Courier.Result result = Courier.Result.NOT_ACCEPTED;
        try {
            result = courier.round(left.compareTo(LEAST_BUDGET) < 0 ? LEAST_BUDGET : left);
        } catch (RuntimeException e) {
            LOG.error("nothing could be sent", e);
        }
        long nextSlot = times.after(clock.millis());
        long catchUp = clock.millis() + CATCH_UP_MILLIS;
        boolean more = result == Courier.Result.ACCEPTED_WITH_MORE && catchUp < nextSlot - CATCH_UP_MILLIS;
        at(sending, more ? catchUp : nextSlot, this::send);
    }

    private void at(ScheduledExecutorService executor, long timeMillis, Runnable task) {
        if (!closed) {
            try {
                var unused = executor.schedule(task, Math.max(0, timeMillis - clock.millis()), TimeUnit.MILLISECONDS);
            } catch (RejectedExecutionException e) {
                // It is being stopped.
            }
        }
    }

    private List<String> notReady() {
        List<String> reasons = new ArrayList<>();
        String failure = courier.lastFailure();
        if (clock.millis() - meters.lastAcceptedAt() > SILENT_MILLIS) {
            reasons.add("no gateway accepted an envelope in the last %d s%s"
                    .formatted(SILENT_MILLIS / 1_000, failure == null ? "" : ": " + failure));
        }
        if (clockWatch.isTooFarOff()) {
            reasons.add("the clock is %d ms off the gateway's, nothing counts".formatted(clockWatch.offMillis()));
        }
        return reasons;
    }
}
