package io.ocos.jobs.rewardpipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.ocos.jobs.kafka.KafkaProcess;
import io.ocos.jobs.reference.Reference;
import io.ocos.jobs.reference.ReferenceInput;
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
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import net.jqwik.api.Example;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;
import org.apache.avro.specific.SpecificRecord;
import org.apache.flink.util.FileUtils;
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

/** The job on a real broker, its process killed with -9 in the middle: nothing is lost, nothing is there twice. */
@SuppressWarnings("NullAway.Init") // jqwik calls start before any example.
class RewardPipelineFailoverITCase {

    private static final Duration BOUND = Duration.ofMinutes(2);
    private static final Duration POLL = Duration.ofMillis(100);

    private static Path dir;
    private static KafkaProcess kafka;
    private static KafkaProducer<byte[], byte[]> producer;

    @BeforeContainer
    static void start() throws Exception {
        dir = Files.createTempDirectory("reward-pipeline");
        kafka = KafkaProcess.start(dir.resolve("kafka"));
        Map<String, Object> client = Map.of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, kafka.bootstrap());
        try (Admin admin = Admin.create(client)) {
            admin.createTopics(Stream.of(Topic.values())
                            .map(topic -> new NewTopic(topic.topicName(), topic.partitions(), (short) 1))
                            .toList())
                    .all()
                    .get();
        }
        producer = new KafkaProducer<>(client, new ByteArraySerializer(), new ByteArraySerializer());
    }

    @AfterContainer
    static void stop() throws IOException {
        producer.close();
        kafka.close();
        FileUtils.deleteDirectory(dir.toFile());
    }

    @Example
    void killedInTheMiddleItWritesWhatTheReferenceDoes() throws Exception {
        World world = World.worlds(3, 3).sample();
        Reference.Setup setup = world.setup();
        long until = setup.untilMillis() / 60_000;
        long half = (until - 30) * 60_000;
        ReferenceInput input = world.input();
        Random random = new Random(1);
        ReferenceInput mixed = new ReferenceInput(
                PipelineVectorsITCase.mixed(input.telemetry(), random),
                input.chainEvents(),
                PipelineVectorsITCase.mixed(input.jobEvents(), random));

        write(mixed, 0, half);
        progress(half);
        Process first = startJob();
        try {
            await(half / 60_000 - 5);
        } finally {
            first.destroyForcibly().waitFor();
        }
        write(mixed, half, Long.MAX_VALUE);
        progress(until * 60_000 + 120_000);
        Process second = startJob();
        List<MinuteClosed> minutes;
        try {
            minutes = await(until - 1);
        } finally {
            second.destroyForcibly().waitFor();
        }

        List<MinuteClosed> closed =
                minutes.stream().filter(minute -> minute.getMinute() < until).toList();
        assertThat(closed).isSortedAccordingTo(Comparator.comparingLong(MinuteClosed::getMinute));
        PipelineRows.assertSame(
                new PipelineCluster.Results(
                        read(Topic.NODE_MINUTES, NodeMinute.class).stream()
                                .filter(row -> row.getMinute() < until)
                                .sorted(CsvRecords.NODE_MINUTE_ORDER)
                                .toList(),
                        read(Topic.REPUTATION_SCORES, ReputationScore.class).stream()
                                .filter(row -> row.getMinute() < until)
                                .sorted(CsvRecords.REPUTATION_ORDER)
                                .toList(),
                        read(Topic.REWARDS, Reward.class).stream()
                                .filter(row -> row.getMinute() < until)
                                .sorted(CsvRecords.REWARD_ORDER)
                                .toList(),
                        closed,
                        List.of(),
                        read(Topic.TELEMETRY_REJECTED, RejectedRecord.class).stream()
                                .filter(row -> row.getReason().equals("LATE"))
                                .toList()),
                Reference.run(input, setup),
                world);
        assertThat(read(Topic.TELEMETRY_REJECTED, RejectedRecord.class))
                .doesNotHaveDuplicates()
                .isNotEmpty();
    }

    private static Process startJob() throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("-Xmx512m");
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(argument -> argument.startsWith("--add-"))
                .forEach(command::add);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), "io.ocos.jobs.cli.Ocos", "flink"));
        Map.of(
                        "dataDir", dir.resolve("flink").toString(),
                        "rewardPipeline.kafkaBootstrap", kafka.bootstrap(),
                        "rewardPipeline.chainId", Long.toString(World.CHAIN_ID),
                        "rewardPipeline.registry", World.REGISTRY.toString(),
                        "rewardPipeline.checkpointIntervalMillis", "500")
                .forEach((key, value) -> command.addAll(List.of("--set", key + "=" + value)));
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(
                        dir.resolve("flink.log").toFile()));
        builder.environment().put("OCOS_PARENT_PIPE", "1");
        return builder.start();
    }

    /** The records of a span of time, each topic in an order that it allows. */
    private static void write(ReferenceInput input, long fromMillis, long toMillis) {
        input.telemetry().stream()
                .filter(row -> fromMillis <= row.getReceivedAt() && row.getReceivedAt() < toMillis)
                .sorted(Comparator.comparingLong(SignedEnvelope::getReceivedAt))
                .forEach(row -> send(
                        Topic.TELEMETRY,
                        null,
                        row.getReceivedAt(),
                        row.getNode().bytes(),
                        row));
        input.chainEvents().stream()
                .filter(row -> fromMillis <= row.getBlockTime() * 1_000 && row.getBlockTime() * 1_000 < toMillis)
                .sorted(Comparator.comparingLong(ChainEvent::getBlockNumber)
                        .thenComparingLong(row -> row.getLogIndex() < 0 ? Long.MAX_VALUE : row.getLogIndex()))
                .forEach(row -> send(
                        Topic.CHAIN_EVENTS,
                        0,
                        row.getBlockTime() * 1_000,
                        row.getContract().bytes(),
                        row));
        input.jobEvents().stream()
                .filter(row -> fromMillis <= row.getRecordedAt() && row.getRecordedAt() < toMillis)
                .sorted(Comparator.comparingLong(JobEvent::getRecordedAt))
                .forEach(row -> send(
                        Topic.JOB_EVENTS, 0, row.getRecordedAt(), row.getJobId().bytes(), row));
    }

    /** Brings all clocks to a time. */
    private static void progress(long millis) {
        for (int partition = 0; partition < Topic.TELEMETRY.partitions(); partition++) {
            send(Topic.TELEMETRY, partition, millis, null, new TelemetryTick("gateway", millis));
        }
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

    private static void send(
            Topic topic, @Nullable Integer partition, long millis, byte @Nullable [] key, SpecificRecord row) {
        var unused =
                producer.send(new ProducerRecord<>(topic.topicName(), partition, millis, key, RecordCodec.encode(row)));
    }

    /** The closed minutes, once one is among them. */
    private static List<MinuteClosed> await(long minute) throws Exception {
        long end = System.nanoTime() + BOUND.toNanos();
        List<MinuteClosed> minutes = read(Topic.MINUTES_CLOSED, MinuteClosed.class);
        while (minutes.stream().noneMatch(closed -> closed.getMinute() >= minute)) {
            if (System.nanoTime() > end) {
                throw new AssertionError("minute %d was not closed within %s; the log ends with:%n%s"
                        .formatted(
                                minute,
                                BOUND,
                                Files.readString(dir.resolve("flink.log"))
                                        .lines()
                                        .skip(Math.max(
                                                0,
                                                Files.readString(dir.resolve("flink.log"))
                                                                .lines()
                                                                .count()
                                                        - 40))
                                        .toList()));
            }
            minutes = read(Topic.MINUTES_CLOSED, MinuteClosed.class);
        }
        return minutes;
    }

    /** Every committed record of a topic. */
    private static <T extends SpecificRecord> List<T> read(Topic topic, Class<T> type) throws MalformedRecordException {
        Map<String, Object> settings = Map.of(
                ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                kafka.bootstrap(),
                ConsumerConfig.ISOLATION_LEVEL_CONFIG,
                "read_committed");
        List<T> rows = new ArrayList<>();
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            List<TopicPartition> partitions = consumer.partitionsFor(topic.topicName()).stream()
                    .map(info -> new TopicPartition(info.topic(), info.partition()))
                    .toList();
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
}
