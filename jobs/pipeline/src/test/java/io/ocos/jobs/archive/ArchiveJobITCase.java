package io.ocos.jobs.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ocos.jobs.flink.RawRecord;
import io.ocos.jobs.kafka.KafkaProcess;
import io.ocos.schemas.avro.SignedEnvelope;
import io.ocos.schemas.avro.TelemetryTick;
import io.ocos.schemas.io.ArchiveManifest;
import io.ocos.schemas.io.RecordCodec;
import io.ocos.schemas.io.Topic;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.apache.flink.api.common.RuntimeExecutionMode;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.util.CloseableIterator;
import org.apache.flink.util.FileUtils;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/**
 * The job in a process of its own on a real broker, killed again and again: its archive is, byte for byte, that of an
 * archiver to which nothing happens, and holds each record once. The tests go on with what the one before left.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ArchiveJobITCase {

    private static final long START = 29_000_000L * 60_000;
    private static final int TELEMETRY_PARTITIONS = 3;

    @TempDir
    static Path dir;

    private static KafkaProcess kafka;
    private static KafkaProducer<byte[], byte[]> plain;
    private static KafkaProducer<byte[], byte[]> transactional;
    private static final Random RANDOM = new Random(7);
    private static int secondsWritten;

    @BeforeAll
    static void start() throws Exception {
        kafka = KafkaProcess.start(dir.resolve("kafka"));
        Map<String, Object> properties = Map.of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, kafka.bootstrap());
        try (Admin admin = Admin.create(properties)) {
            admin.createTopics(List.of(
                            new NewTopic("telemetry", TELEMETRY_PARTITIONS, (short) 1),
                            new NewTopic("chain-events", 1, (short) 1),
                            new NewTopic("job-events", 1, (short) 1)))
                    .all()
                    .get();
        }
        plain = new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer());
        Map<String, Object> withTransactions = new HashMap<>(properties);
        withTransactions.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, "chain");
        transactional = new KafkaProducer<>(withTransactions, new ByteArraySerializer(), new ByteArraySerializer());
        transactional.initTransactions();
    }

    @AfterAll
    static void stop() {
        plain.close();
        transactional.close();
        kafka.close();
    }

    @Test
    @Order(1)
    void killedAgainAndAgainItWritesWhatAnUndisturbedOneDoes() throws Exception {
        Path killed = dir.resolve("killed");
        writeMinutes(5);
        Process job = startJob(killed);
        try {
            for (int round = 1; round <= 3; round++) {
                int epochs = 3 * round;
                await("manifest " + epochs, () -> manifestsIn(killed) >= epochs, job);
                writeMinutes(2);
                kill(job);
                writeMinutes(1);
                job = startJob(killed);
            }
            // 12 of the 14 minutes are closed, by job events last; the first records close the two before only by and
            // by.
            await("all manifests", () -> manifestsIn(killed) >= 14, job);
        } finally {
            kill(job);
        }

        Path once = dir.resolve("once");
        ArchiveOnce.Summary summary = ArchiveOnce.run(config(once), null, null);

        assertThat(summary.manifests()).hasSize(14);
        assertThat(manifests(killed)).isEqualTo(manifests(once));
        assertThat(named(killed)).isEqualTo(files(once)).hasSize((int) summary.files());
        assertThat(files(killed).keySet()).allMatch(path -> path.endsWith(".avro"));
        holdsEachRecordOnce(killed);
        assertThat(ArchiveOnce.run(config(once), null, null).manifests()).isEmpty();
    }

    @Test
    @Order(2)
    void withoutItsCheckpointsItGoesOnBehindItsManifests() throws Exception {
        Path killed = dir.resolve("killed");
        FileUtils.deleteDirectory(dir.resolve("flink").toFile());
        Process job = startJob(killed);
        try {
            writeMinutes(3);
            await("the new manifests", () -> manifestsIn(killed) >= 17, job);
        } finally {
            kill(job);
        }
        Path once = dir.resolve("once");
        assertThat(ArchiveOnce.run(config(once), null, null).manifests()).hasSize(3);
        assertThat(manifests(killed)).isEqualTo(manifests(once));
        holdsEachRecordOnce(killed);
    }

    @Test
    @Order(3)
    void aRangeOfTimeIsTheSameEpochsCut() throws Exception {
        Path range = dir.resolve("range");
        ArchiveOnce.run(config(range), START + 3 * 60_000 - 1, START + 6 * 60_000 + 59_999);

        List<ArchiveManifest> all =
                ArchiveInput.open(dir.resolve("once").toString()).manifests();
        List<ArchiveManifest> part = ArchiveInput.open(range.toString()).manifests();
        assertThat(part).hasSize(3);
        for (int i = 0; i < 3; i++) {
            assertThat(part.get(i).epoch()).isEqualTo(29_000_003 + i);
            assertThat(part.get(i).partitions()).isEqualTo(all.get(5 + i).partitions());
        }
        ArchiveOnce.run(config(range), null, START + 8 * 60_000);
        assertThat(ArchiveInput.open(range.toString()).newest().partitions())
                .isEqualTo(all.get(9).partitions());
    }

    @Test
    @Order(4)
    void aBatchJobReadsItInParallelAndFailsWithTheFileThatWasAltered() throws Exception {
        ArchiveInput input = ArchiveInput.open(dir.resolve("once").toString());
        List<RawRecord> expected = new ArrayList<>();
        input.forEach(Topic.TELEMETRY, expected::add);

        assertThat(inFlink(input, Topic.TELEMETRY)).containsExactlyInAnyOrderElementsOf(expected);

        ArchiveManifest.File file =
                input.manifests().get(5).partitions().get(3).files().get(0);
        Path path = dir.resolve("once").resolve(file.path());
        byte[] content = Files.readAllBytes(path);
        Files.write(path, AlteredFiles.rewrite(content, 10, record -> record.setTimestamp(5)));
        assertThatThrownBy(() -> inFlink(input, Topic.TELEMETRY))
                .satisfies(failure -> assertThat(ArchiveException.in(failure))
                        .hasValueSatisfying(e -> assertThat(e.getMessage())
                                .startsWith(path + ": ")
                                .endsWith("was altered: its checksum does not match")));
        Files.write(path, content);
    }

    @Test
    @Order(5)
    void recordsThatWereDeletedFromTheTopicAreSaid() throws Exception {
        try (Admin admin = Admin.create(Map.of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, kafka.bootstrap()))) {
            admin.deleteRecords(Map.of(
                            new org.apache.kafka.common.TopicPartition("telemetry", 1),
                            org.apache.kafka.clients.admin.RecordsToDelete.beforeOffset(100)))
                    .all()
                    .get();
        }
        PlannedFile planned = new PlannedFile("telemetry-1", 29_000_000, 0, 200, 200, 29_000_000);
        try (FileWriter writer = new FileWriter(
                new TopicReader(kafka.bootstrap(), null),
                ArchiveDirectory.of(dir.resolve("late").toString()))) {
            assertThatThrownBy(() -> writer.write(planned))
                    .isInstanceOf(IOException.class)
                    .hasMessage("telemetry-1: the topic begins at offset 100, expected 0 or less:"
                            + " records were deleted before they were archived");
        }
    }

    /** What the archive holds of each partition is what a consumer reads up to its end, in order. */
    private static void holdsEachRecordOnce(Path archive) throws IOException {
        ArchiveInput input = ArchiveInput.open(archive.toString());
        try (TopicReader reader = new TopicReader(kafka.bootstrap(), null)) {
            for (ArchiveManifest.Partition partition : input.newest().partitions()) {
                List<RawRecord> expected = new ArrayList<>();
                reader.read(partition.name(), 0, partition.to(), expected::add);
                List<RawRecord> archived = new ArrayList<>();
                input.forEach(Topic.ofName(partition.topic()), record -> {
                    if (record.partition() == partition.partition()) {
                        archived.add(record);
                    }
                });
                assertThat(archived).as(partition.name()).isEqualTo(expected).isNotEmpty();
            }
        }
    }

    private static List<RawRecord> inFlink(ArchiveInput input, Topic topic) throws Exception {
        Configuration settings = new Configuration()
                .set(ExecutionOptions.RUNTIME_MODE, RuntimeExecutionMode.BATCH)
                .set(PipelineOptions.GENERIC_TYPES, false)
                .set(PipelineOptions.AUTO_GENERATE_UIDS, false);
        StreamExecutionEnvironment environment = StreamExecutionEnvironment.createLocalEnvironment(3, settings);
        environment.getConfig().enableAutoGeneratedUIDs(); // That of the collecting sink.
        List<RawRecord> read = new ArrayList<>();
        CloseableIterator<RawRecord> records = input.records(environment, topic).executeAndCollect();
        records.forEachRemaining(read::add);
        records.close();
        return read;
    }

    private static ArchiveJobConfig config(Path archive) {
        return new ArchiveJobConfig(kafka.bootstrap(), null, archive.toString(), 1, 1, 1_000);
    }

    /** A minute of a second each: ticks, envelopes, what cannot be read, aborted transactions. */
    private static void writeMinutes(int minutes) {
        for (int second = 0; second < 60 * minutes; second++, secondsWritten++) {
            long at = START + secondsWritten * 1_000L;
            for (int partition = 0; partition < TELEMETRY_PARTITIONS; partition++) {
                send(plain, Topic.TELEMETRY, partition, at, RecordCodec.encode(new TelemetryTick("g", at)));
                for (int i = RANDOM.nextInt(4); i > 0; i--) {
                    long received = Math.max(START, at - RANDOM.nextInt(4_000));
                    send(plain, Topic.TELEMETRY, partition, received, envelope(received));
                }
                if (RANDOM.nextInt(40) == 0) {
                    send(plain, Topic.TELEMETRY, partition, at, null);
                    send(plain, Topic.TELEMETRY, partition, at, new byte[] {1, 2, 3});
                }
            }
            send(plain, Topic.JOB_EVENTS, 0, at, RecordCodec.encode(ArchiveInputTest.progress(at)));
            if (secondsWritten % 5 == 0) {
                transactional.beginTransaction();
                byte[] block = RecordCodec.encode(ArchiveInputTest.block(secondsWritten, at / 1_000));
                send(transactional, Topic.CHAIN_EVENTS, 0, at, block);
                if (RANDOM.nextInt(4) == 0) {
                    transactional.flush();
                    transactional.abortTransaction();
                    transactional.beginTransaction();
                    send(transactional, Topic.CHAIN_EVENTS, 0, at, block);
                }
                transactional.commitTransaction();
            }
        }
        plain.flush();
    }

    private static byte[] envelope(long receivedAt) {
        byte[] payload = new byte[RANDOM.nextInt(100)];
        RANDOM.nextBytes(payload);
        return RecordCodec.encode(new SignedEnvelope(
                new io.ocos.schemas.avro.Bytes20(new byte[20]),
                RANDOM.nextLong(Long.MAX_VALUE),
                receivedAt,
                1L,
                new io.ocos.schemas.avro.Bytes32(new byte[32]),
                java.nio.ByteBuffer.wrap(payload),
                java.nio.ByteBuffer.wrap(new byte[65]),
                receivedAt,
                "g"));
    }

    private static void send(
            KafkaProducer<byte[], byte[]> producer, Topic topic, int partition, long at, byte @Nullable [] value) {
        var unused = producer.send(new ProducerRecord<>(topic.topicName(), partition, at, new byte[] {9}, value));
    }

    private static Process startJob(Path archive) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx384m",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "--add-opens=java.base/java.util=ALL-UNNAMED",
                        "--add-opens=java.base/java.lang=ALL-UNNAMED",
                        "--add-opens=java.base/java.nio=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        "io.ocos.jobs.cli.Ocos",
                        "archive",
                        "--kafka-bootstrap",
                        kafka.bootstrap(),
                        "--archive",
                        archive.toString(),
                        "--epoch-minutes",
                        "1",
                        "--set",
                        "archive.checkpointIntervalMillis=500",
                        "--set",
                        "archive.parallelism=2",
                        "--set",
                        "dataDir=" + dir.resolve("flink"))
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log()))
                .redirectError(ProcessBuilder.Redirect.appendTo(log()))
                .start();
    }

    private static File log() {
        return dir.resolve("job.log").toFile();
    }

    private static void kill(Process job) throws InterruptedException {
        job.destroyForcibly().waitFor();
    }

    private static void await(String what, BooleanSupplier condition, Process job) throws IOException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(90);
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline || !job.isAlive()) {
                List<String> log = Files.readAllLines(log().toPath());
                throw new AssertionError("%s did not come (job %s):%n%s"
                        .formatted(
                                what,
                                job.isAlive() ? "runs" : "ended",
                                String.join("\n", log.subList(Math.max(0, log.size() - 60), log.size()))));
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
        }
    }

    /** How many there are now; the job may be renaming files meanwhile. */
    private static int manifestsIn(Path archive) {
        String[] names = archive.resolve("manifests").toFile().list((directory, name) -> name.endsWith(".json"));
        return names == null ? 0 : names.length;
    }

    /** Digest by name. */
    private static Map<String, String> manifests(Path archive) {
        return digests(archive.resolve("manifests"), archive, ".json");
    }

    /** Digest by path of everything that is no manifest. */
    private static Map<String, String> files(Path archive) {
        Map<String, String> files = digests(archive, archive, "");
        files.keySet().removeIf(path -> path.startsWith("manifests"));
        return files;
    }

    /** Digest by path of the files that manifests name. */
    private static Map<String, String> named(Path archive) {
        Map<String, String> named = new TreeMap<>();
        ArchiveInput.open(archive.toString()).manifests().stream()
                .flatMap(manifest -> manifest.partitions().stream())
                .flatMap(partition -> partition.files().stream())
                .forEach(file -> named.put(file.path(), file.sha256()));
        return named;
    }

    private static Map<String, String> digests(Path directory, Path root, String suffix) {
        Map<String, String> digests = new TreeMap<>();
        if (!Files.isDirectory(directory)) {
            return digests;
        }
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.filter(Files::isRegularFile)
                    .filter(file -> file.toString().endsWith(suffix))
                    .sorted(Comparator.naturalOrder())
                    .toList()) {
                digests.put(root.relativize(file).toString(), ArchiveManifest.sha256(Files.readAllBytes(file)));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return digests;
    }
}
