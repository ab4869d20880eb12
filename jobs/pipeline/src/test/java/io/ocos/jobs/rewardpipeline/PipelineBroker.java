package io.ocos.jobs.rewardpipeline;

import io.ocos.jobs.kafka.KafkaProcess;
import io.ocos.jobs.reference.ReferenceInput;
import io.ocos.jobs.reference.ReferenceOutput;
import io.ocos.schemas.avro.ChainEvent;
import io.ocos.schemas.avro.JobEvent;
import io.ocos.schemas.avro.JobEventType;
import io.ocos.schemas.avro.MinuteClosed;
import io.ocos.schemas.avro.NodeMinute;
import io.ocos.schemas.avro.RejectedRecord;
import io.ocos.schemas.avro.ReputationScore;
import io.ocos.schemas.avro.Reward;
import io.ocos.schemas.avro.SignedEnvelope;
import io.ocos.schemas.avro.TelemetryTick;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.io.AvroValues;
import io.ocos.schemas.io.CsvRecords;
import io.ocos.schemas.io.MalformedRecordException;
import io.ocos.schemas.io.RecordCodec;
import io.ocos.schemas.io.Topic;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/** A real broker with every topic: the job's input goes in, what it wrote comes out. The same writes give the same offsets. */
public final class PipelineBroker implements AutoCloseable {

    private static final Duration BOUND = Duration.ofMinutes(5);
    private static final Duration POLL = Duration.ofMillis(100);

    /** The follower writes a block's events, then that it is final. */
    static final Comparator<ChainEvent> CHAIN_ORDER = Comparator.comparingLong(ChainEvent::getBlockNumber)
            .thenComparingLong(row -> row.getLogIndex() < 0 ? Long.MAX_VALUE : row.getLogIndex());

    private final KafkaProcess kafka;
    private final KafkaProducer<byte[], byte[]> producer;

    private PipelineBroker(KafkaProcess kafka, KafkaProducer<byte[], byte[]> producer) {
        this.kafka = kafka;
        this.producer = producer;
    }

    public static PipelineBroker start(Path dir) throws Exception {
        KafkaProcess kafka = KafkaProcess.start(dir);
        Map<String, Object> client = Map.of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, kafka.bootstrap());
        try (Admin admin = Admin.create(client)) {
            admin.createTopics(Stream.of(Topic.values())
                            .map(topic -> new NewTopic(topic.topicName(), topic.partitions(), (short) 1))
                            .toList())
                    .all()
                    .get();
        }
        return new PipelineBroker(
                kafka, new KafkaProducer<>(client, new ByteArraySerializer(), new ByteArraySerializer()));
    }

    public String bootstrap() {
        return kafka.bootstrap();
    }

    @Override
    public void close() {
        producer.close();
        kafka.close();
    }

    /** The records of a span of time, each topic in an order that it allows. */
    void write(ReferenceInput input, long fromMillis, long toMillis) {
        append(new ReferenceInput(
                part(input.telemetry(), SignedEnvelope::getReceivedAt, fromMillis, toMillis).stream()
                        .sorted(Comparator.comparingLong(SignedEnvelope::getReceivedAt))
                        .toList(),
                part(input.chainEvents(), row -> row.getBlockTime() * 1_000, fromMillis, toMillis).stream()
                        .sorted(CHAIN_ORDER)
                        .toList(),
                part(input.jobEvents(), JobEvent::getRecordedAt, fromMillis, toMillis).stream()
                        .sorted(Comparator.comparingLong(JobEvent::getRecordedAt))
                        .toList()));
    }

    private static <T> List<T> part(List<T> rows, ToLongFunction<T> millis, long fromMillis, long toMillis) {
        return rows.stream()
                .filter(row -> fromMillis <= millis.applyAsLong(row) && millis.applyAsLong(row) < toMillis)
                .toList();
    }

    /** Records in the order in which they are given. */
    void append(ReferenceInput input) {
        input.telemetry()
                .forEach(row -> send(
                        Topic.TELEMETRY,
                        null,
                        row.getReceivedAt(),
                        row.getNode().bytes(),
                        row));
        input.chainEvents()
                .forEach(row -> send(
                        Topic.CHAIN_EVENTS,
                        0,
                        row.getBlockTime() * 1_000,
                        row.getContract().bytes(),
                        row));
        input.jobEvents()
                .forEach(row -> send(
                        Topic.JOB_EVENTS, 0, row.getRecordedAt(), row.getJobId().bytes(), row));
    }

    /** Brings all clocks to a time. */
    void progress(long millis) {
        send(
                Topic.CHAIN_EVENTS,
                0,
                millis,
                null,
                new ChainEvent(
                        millis,
                        AvroValues.avro(Hash32.ZERO),
                        millis / 1_000,
                        AvroValues.avro(Hash32.ZERO),
                        -1L,
                        AvroValues.avro(Address.ZERO),
                        "BlockFinalized",
                        Map.of()));
        ticks(millis);
    }

    /** Brings the clocks of gateways and jobs to a time. */
    void ticks(long millis) {
        for (int partition = 0; partition < Topic.TELEMETRY.partitions(); partition++) {
            send(Topic.TELEMETRY, partition, millis, null, new TelemetryTick("gateway", millis));
        }
        send(
                Topic.JOB_EVENTS,
                0,
                millis,
                null,
                new JobEvent(
                        JobEventType.PROGRESS,
                        AvroValues.avro(Hash32.ZERO),
                        AvroValues.avro(Address.ZERO),
                        millis,
                        millis));
        producer.flush();
    }

    private void send(
            Topic topic, @Nullable Integer partition, long millis, byte @Nullable [] key, SpecificRecord row) {
        send(new ProducerRecord<>(topic.topicName(), partition, millis, key, RecordCodec.encode(row)));
    }

    /** Adds a record to those that {@link #flush} waits for. */
    public void send(ProducerRecord<byte[], byte[]> row) {
        var unused = producer.send(row);
    }

    /** Returns when the broker has all that was sent. */
    public void flush() {
        producer.flush();
    }

    /**
     * The closed minutes, once one is among them.
     *
     * @param log what a failure says besides
     */
    List<MinuteClosed> awaitClosed(long minute, Callable<String> log) throws Exception {
        long end = System.nanoTime() + BOUND.toNanos();
        List<MinuteClosed> minutes = read(Topic.MINUTES_CLOSED, MinuteClosed.class);
        while (minutes.stream().noneMatch(closed -> closed.getMinute() >= minute)) {
            if (System.nanoTime() > end) {
                throw new AssertionError("minute %d was not closed within %s; %s".formatted(minute, BOUND, log.call()));
            }
            minutes = read(Topic.MINUTES_CLOSED, MinuteClosed.class);
        }
        return minutes;
    }

    /**
     * What is committed of the minutes before one, sorted, the closed minutes as they came: once the last of them is closed and
     * the rows are as many as expected. The wait for rows ends at a bound: a comparison says more than this could.
     */
    PipelineCluster.Results awaitResults(long untilMinute, ReferenceOutput expected, Callable<String> log)
            throws Exception {
        awaitClosed(untilMinute - 1, log);
        long end = System.nanoTime() + BOUND.toNanos();
        PipelineCluster.Results results = results(untilMinute);
        while (System.nanoTime() < end
                && (results.nodeMinutes().size() < expected.nodeMinutes().size()
                        || results.scores().size() < expected.scores().size()
                        || results.rewards().size() < expected.rewards().size())) {
            results = results(untilMinute);
        }
        return results;
    }

    /**
     * The committed records of a topic, once they are as many as expected.
     *
     * @param log what a failure says besides
     */
    public <T extends SpecificRecord> List<T> awaitCount(Topic topic, Class<T> type, int count, Callable<String> log)
            throws Exception {
        return awaitCount(topic, type, row -> true, count, log);
    }

    /** As the other, of some of a topic's records. */
    <T extends SpecificRecord> List<T> awaitCount(
            Topic topic, Class<T> type, Predicate<T> counts, int count, Callable<String> log) throws Exception {
        long end = System.nanoTime() + BOUND.toNanos();
        while (true) {
            List<T> rows = read(topic, type).stream().filter(counts).toList();
            if (rows.size() >= count) {
                return rows;
            }
            if (System.nanoTime() > end) {
                throw new AssertionError("topic %s has %d records after %s, expected %d; %s"
                        .formatted(topic.topicName(), rows.size(), BOUND, count, log.call()));
            }
        }
    }

    /** Returns when a topic has records of a transaction that is open, or as many committed ones as given. */
    void awaitOpenTransaction(Topic topic, long committed) {
        try (KafkaConsumer<byte[], byte[]> all = consumer("read_uncommitted");
                KafkaConsumer<byte[], byte[]> stable = consumer("read_committed")) {
            List<TopicPartition> partitions = partitions(all, topic);
            long end = System.nanoTime() + BOUND.toNanos();
            long there;
            long done;
            do {
                done = sum(stable.endOffsets(partitions));
                there = sum(all.endOffsets(partitions));
            } while (there == done && done < committed && System.nanoTime() < end);
        }
    }

    private static long sum(Map<TopicPartition, Long> offsets) {
        return offsets.values().stream().mapToLong(Long::longValue).sum();
    }

    private PipelineCluster.Results results(long untilMinute) throws MalformedRecordException {
        return new PipelineCluster.Results(
                read(Topic.NODE_MINUTES, NodeMinute.class).stream()
                        .filter(row -> row.getMinute() < untilMinute)
                        .sorted(CsvRecords.NODE_MINUTE_ORDER)
                        .toList(),
                read(Topic.REPUTATION_SCORES, ReputationScore.class).stream()
                        .filter(row -> row.getMinute() < untilMinute)
                        .sorted(CsvRecords.REPUTATION_ORDER)
                        .toList(),
                read(Topic.REWARDS, Reward.class).stream()
                        .filter(row -> row.getMinute() < untilMinute)
                        .sorted(CsvRecords.REWARD_ORDER)
                        .toList(),
                read(Topic.MINUTES_CLOSED, MinuteClosed.class).stream()
                        .filter(row -> row.getMinute() < untilMinute)
                        .toList(),
                List.of(),
                read(Topic.TELEMETRY_REJECTED, RejectedRecord.class).stream()
                        .filter(row -> row.getReason().equals("LATE"))
                        .toList());
    }

    /** Every committed record of a topic. */
    public <T extends SpecificRecord> List<T> read(Topic topic, Class<T> type) throws MalformedRecordException {
        List<T> rows = new ArrayList<>();
        try (KafkaConsumer<byte[], byte[]> consumer = consumer("read_committed")) {
            List<TopicPartition> partitions = partitions(consumer, topic);
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            while (partitions.stream()
                    .anyMatch(partition -> consumer.position(partition) < ends.getOrDefault(partition, 0L))) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                    rows.add(RecordCodec.decode(record.value(), type));
                }
            }
        }
        return rows;
    }

    private KafkaConsumer<byte[], byte[]> consumer(String isolation) {
        return new KafkaConsumer<>(
                Map.of(
                        ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                        bootstrap(),
                        ConsumerConfig.ISOLATION_LEVEL_CONFIG,
                        isolation),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer());
    }

    private static List<TopicPartition> partitions(KafkaConsumer<byte[], byte[]> consumer, Topic topic) {
        return consumer.partitionsFor(topic.topicName()).stream()
                .map(info -> new TopicPartition(info.topic(), info.partition()))
                .toList();
    }
}
