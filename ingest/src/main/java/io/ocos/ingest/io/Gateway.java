package io.ocos.ingest.io;

import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.ocos.ingest.config.GatewayConfig;
import io.ocos.ingest.config.IngestMetrics;
import io.ocos.ingest.domain.Admission;
import io.ocos.ingest.domain.ChainView;
import io.ocos.ingest.domain.NodeDirectory;
import io.ocos.ingest.domain.ReceiptDomain;
import io.ocos.ingest.domain.SequenceBook;
import io.ocos.metering.domain.Acceptance;
import io.ocos.metering.domain.EnvelopeDomain;
import io.ocos.schemas.avro.ChainEvent;
import io.ocos.schemas.avro.SignedEnvelope;
import io.ocos.schemas.config.ConfigException;
import io.ocos.schemas.config.Service;
import io.ocos.schemas.io.AvroValues;
import io.ocos.schemas.io.MalformedRecordException;
import io.ocos.schemas.io.RecordCodec;
import io.ocos.schemas.io.Topic;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The telemetry gateway (SPEC 3, DESIGN 2): takes signed envelopes over HTTP, writes those that pass the rules to topic
 * {@code telemetry}, and answers with a signed receipt once they are durable there. Any number of gateways can run; each reads
 * back what all of them accepted in the last 15 minutes, and then follows it.
 */
public final class Gateway implements Service {

    private static final Logger LOG = LoggerFactory.getLogger(Gateway.class);
    private static final int MAX_THREADS = 32;
    private static final int MIN_THREADS = 4;
    private static final long TICK_MILLIS = 1_000;

    private final GatewayConfig config;
    private final Clock clock;
    private final TelemetryLog log;
    private final ChainView chain = new ChainView();
    private final List<TopicTail> tails = new ArrayList<>();
    private final GatewayMeters meters;
    private final TelemetryIntake intake;
    private final GatewayServer server;
    private final ScheduledExecutorService ticks = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "ticks");
        thread.setDaemon(true);
        return thread;
    });
    private final CompletableFuture<Void> terminated = new CompletableFuture<>();
    private volatile @Nullable String tickFailure;

    /** A gateway that does not listen yet. */
    Gateway(GatewayConfig config, NodeKeys keys, Clock clock, TelemetryLog log) {
        this.config = config;
        this.clock = clock;
        this.log = log;
        PrometheusMeterRegistry metrics = OpsServer.newRegistry("gateway");
        meters = new GatewayMeters(metrics);
        metrics.gauge(IngestMetrics.GATEWAY_NODES, chain.nodes(), NodeDirectory::registered);
        metrics.gauge(IngestMetrics.GATEWAY_BEACON_AGE, this, Gateway::beaconAgeSeconds);
        QueuedThreadPool threads = new QueuedThreadPool(MAX_THREADS, MIN_THREADS);
        threads.setName("http");
        EnvelopeDomain domain = new EnvelopeDomain(config.chainId(), config.registry());
        SequenceBook sequences = new SequenceBook();
        Clients clients = new Clients(config.limits());
        intake = new TelemetryIntake(
                config.id(),
                domain,
                new Admission(domain, chain, sequences, Set.copyOf(config.deniedNodes())),
                sequences,
                log,
                clients,
                config.limits().receipts(),
                meters,
                clock,
                threads);
        server = new GatewayServer(
                config,
                intake,
                chain.beacons(),
                clients,
                meters,
                new Replies(new ReceiptDomain(config.chainId(), config.registry()), keys),
                this::unknownPast,
                this::notReady,
                metrics,
                threads);
    }

    /**
     * Starts a gateway; it listens at once, and takes envelopes as soon as it has read back what it must know.
     *
     * @throws ConfigException when the keystore cannot be opened, the port is taken, or a Kafka property is wrong
     */
    public static Gateway start(GatewayConfig config) {
        return start(config, Clock.systemUTC());
    }

    static Gateway start(GatewayConfig config, Clock clock) {
        NodeKeys keys = NodeKeys.load(config.keystore(), config.passwordFile());
        Map<String, Object> kafka = KafkaClients.properties(config.kafkaBootstrap(), config.kafkaPropertiesFile());
        // Twice what the bodies in flight may take: the producer's buffer never makes a request wait.
        TelemetryLog log = new KafkaTelemetryLog(
                kafka, "gateway-" + config.id(), 2 * config.limits().bodyBytesInFlight());
        Gateway gateway = new Gateway(config, keys, clock, log);
        try {
            gateway.follow(kafka);
            gateway.listen();
            return gateway;
        } catch (RuntimeException e) {
            gateway.close();
            throw e;
        }
    }

    private void follow(Map<String, Object> kafka) {
        long readBackFrom = clock.millis() - Acceptance.MAX_AGE_MILLIS;
        tails.add(new TopicTail(
                kafka, Topic.TELEMETRY.topicName(), readBackFrom, this::envelope, terminated::completeExceptionally));
        tails.add(new TopicTail(
                kafka,
                Topic.CHAIN_EVENTS.topicName(),
                TopicTail.FROM_THE_BEGINNING,
                this::chainEvent,
                terminated::completeExceptionally));
    }

    /** Begins to listen and to write ticks. */
    void listen() {
        server.start();
        var unused = ticks.scheduleAtFixedRate(this::tick, 0, TICK_MILLIS, TimeUnit.MILLISECONDS);
        LOG.info("gateway {} listens on {}:{}", config.id(), config.host(), port());
    }

    /** The port it listens on. */
    public int port() {
        return server.port();
    }

    /** What it knows of the chain. */
    ChainView chain() {
        return chain;
    }

    /** Why envelopes cannot be decided now; empty when they can. */
    private List<String> unknownPast() {
        List<String> reasons = new ArrayList<>();
        for (TopicTail tail : tails) {
            if (!tail.caughtUp().isDone()) {
                reasons.add("topic %s is being read back".formatted(tail.topic()));
            }
        }
        if (chain.beacons().newest().isEmpty()) {
            reasons.add("no block is known yet");
        }
        return reasons;
    }

    private List<String> notReady() {
        List<String> reasons = unknownPast();
        String failure = tickFailure;
        if (failure != null) {
            reasons.add("ticks cannot be written: " + failure);
        }
        return reasons;
    }

    private double beaconAgeSeconds() {
        return chain.beacons()
                .newest()
                .map(block -> clock.millis() / 1_000.0 - block.blockTime())
                .orElse(-1.0);
    }

    private void tick() {
        var unused = log.tick(config.id(), clock.millis()).handle((partitions, failure) -> {
            meters.tick(failure == null);
            String reason = failure == null ? null : String.valueOf(failure.getMessage());
            if (reason != null && tickFailure == null) {
                LOG.warn("ticks cannot be written: {}", reason);
            }
            tickFailure = reason;
            return partitions;
        });
    }

    private void envelope(ConsumerRecord<byte[], byte[]> record) {
        if (decode(record) instanceof SignedEnvelope envelope) {
            intake.learn(envelope, record.partition(), record.offset());
        }
    }

    private void chainEvent(ConsumerRecord<byte[], byte[]> record) {
        if (decode(record) instanceof ChainEvent event) {
            try {
                chain.apply(
                        event.getBlockNumber(),
                        AvroValues.hash32(event.getBlockHash()),
                        event.getBlockTime(),
                        event.getLogIndex(),
                        event.getName(),
                        event.getArgs());
            } catch (IllegalArgumentException e) {
                unreadable(record, e.getMessage());
            }
        }
    }

    /** Null for a record that cannot be read: the pipeline keeps such records (topics X-rejected), here it is skipped. */
    private @Nullable SpecificRecord decode(ConsumerRecord<byte[], byte[]> record) {
        if (record.value() == null) {
            unreadable(record, "no value");
            return null;
        }
        try {
            return RecordCodec.decode(record.value());
        } catch (MalformedRecordException e) {
            unreadable(record, e.detail());
            return null;
        }
    }

    private void unreadable(ConsumerRecord<byte[], byte[]> record, @Nullable String why) {
        meters.unreadable(record.topic());
        LOG.warn("{}-{}@{} is skipped: {}", record.topic(), record.partition(), record.offset(), why);
    }

    @Override
    public CompletableFuture<Void> terminated() {
        return terminated;
    }

    @Override
    public void close() {
        server.close();
        ticks.shutdownNow();
        tails.forEach(TopicTail::close);
        log.close();
        terminated.complete(null);
    }
}
