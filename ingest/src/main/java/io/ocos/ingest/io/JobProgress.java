package io.ocos.ingest.io;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.ocos.ingest.config.IngestMetrics;
import io.ocos.ingest.config.JobProgressConfig;
import io.ocos.schemas.avro.Bytes20;
import io.ocos.schemas.avro.Bytes32;
import io.ocos.schemas.avro.JobEvent;
import io.ocos.schemas.avro.JobEventType;
import io.ocos.schemas.config.Service;
import io.ocos.schemas.io.RecordCodec;
import io.ocos.schemas.io.Topic;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.OutOfOrderSequenceException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes a PROGRESS record to {@code job-events} each second, while nothing else writes job events (SPEC 2.3). Each record is a
 * transaction of its own under a fixed transactional id, so a second instance fences the first: one logical writer at a time.
 * The fenced one ends with a failure.
 */
public final class JobProgress implements Service {

    private static final Logger LOG = LoggerFactory.getLogger(JobProgress.class);
    private static final String TRANSACTIONAL_ID = "ocos-job-events-writer";
    private static final long PERIOD_MILLIS = 1_000;
    private static final long STALE_MILLIS = 10_000;

    private final Clock clock;
    private final KafkaProducer<byte[], byte[]> producer;
    private final ScheduledExecutorService timer;
    private final OpsServer ops;
    private final Counter written;
    private final AtomicLong lastWrittenAt = new AtomicLong();
    private final CompletableFuture<Void> terminated = new CompletableFuture<>();

    private JobProgress(JobProgressConfig config, Clock clock) {
        this.clock = clock;
        PrometheusMeterRegistry metrics = OpsServer.newRegistry("job-progress");
        written = metrics.counter(IngestMetrics.JOB_PROGRESS_RECORDS);
        Gauge.builder(IngestMetrics.JOB_PROGRESS_LAST, lastWrittenAt, at -> at.get() / 1_000.0)
                .register(metrics);
        ops = OpsServer.start(config.opsPort(), this::notReady, metrics);
        producer = new KafkaProducer<>(
                Map.of(
                        ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                        config.kafkaBootstrap(),
                        ProducerConfig.CLIENT_ID_CONFIG,
                        "job-progress",
                        ProducerConfig.TRANSACTIONAL_ID_CONFIG,
                        TRANSACTIONAL_ID,
                        ProducerConfig.TRANSACTION_TIMEOUT_CONFIG,
                        10_000),
                new ByteArraySerializer(),
                new ByteArraySerializer());
        timer = Executors.newSingleThreadScheduledExecutor(task -> new Thread(task, "job-progress"));
    }

    /** Starts writing; returns once the process listens, whether or not Kafka answers yet. */
    public static JobProgress start(JobProgressConfig config) {
        return start(config, Clock.systemUTC());
    }

    static JobProgress start(JobProgressConfig config, Clock clock) {
        JobProgress service = new JobProgress(config, clock);
        service.timer.execute(service::run);
        return service;
    }

    /** The PROGRESS record of a time (SPEC 2.3), ms UTC. */
    static ProducerRecord<byte[], byte[]> record(long at) {
        Bytes32 noJob = new Bytes32(new byte[32]);
        return new ProducerRecord<>(
                Topic.JOB_EVENTS.topicName(),
                0,
                at,
                noJob.bytes(),
                RecordCodec.encode(new JobEvent(JobEventType.PROGRESS, noJob, new Bytes20(new byte[20]), at, at)));
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
        producer.close(java.time.Duration.ofSeconds(5));
        ops.close();
    }

    private void run() {
        try {
            producer.initTransactions();
            LOG.info("writing PROGRESS to {} each {} ms", Topic.JOB_EVENTS.topicName(), PERIOD_MILLIS);
            var unused = timer.scheduleAtFixedRate(this::write, 0, PERIOD_MILLIS, TimeUnit.MILLISECONDS);
        } catch (RuntimeException e) {
            fail(e);
        }
    }

    private void write() {
        long at = clock.millis();
        try {
            producer.beginTransaction();
            // commitTransaction throws what the send failed with.
            var unused = producer.send(record(at));
            producer.commitTransaction();
            written.increment();
            lastWrittenAt.set(at);
        } catch (ProducerFencedException | OutOfOrderSequenceException e) {
            fail(e);
        } catch (KafkaException e) {
            LOG.warn("PROGRESS of {} was not written, the next will be tried: {}", at, e.toString());
            abort();
        }
    }

    private void abort() {
        try {
            producer.abortTransaction();
        } catch (KafkaException e) {
            fail(e);
        }
    }

    /** The process ends and is started anew: a producer that is fenced or broken cannot go on. */
    private void fail(Exception e) {
        if (!timer.isShutdown()) {
            LOG.error("cannot write PROGRESS any more: {}", e.toString());
            terminated.completeExceptionally(e);
            timer.shutdown();
        }
    }

    private List<String> notReady() {
        long age = clock.millis() - lastWrittenAt.get();
        return age <= STALE_MILLIS ? List.of() : List.of("no PROGRESS record was acknowledged in the last 10 s");
    }
}
