package io.ocos.jobs.stack;

import static org.assertj.core.api.Assertions.assertThat;

import io.ocos.ingest.io.NodeKeys;
import io.ocos.jobs.archive.ArchiveInput;
import io.ocos.jobs.cli.CommandRun;
import io.ocos.jobs.reference.Reference;
import io.ocos.jobs.reference.ReferenceInput;
import io.ocos.jobs.reference.ReferenceOutput;
import io.ocos.jobs.settlement.BatchLog;
import io.ocos.jobs.stack.PartState.State;
import io.ocos.rewardssettlement.io.Deployment;
import io.ocos.rewardssettlement.io.ProposedBatches;
import io.ocos.rewardssettlement.io.ProposedBatches.ProposedBatch;
import io.ocos.schemas.avro.ChainEvent;
import io.ocos.schemas.avro.JobEvent;
import io.ocos.schemas.avro.SettlementBatch;
import io.ocos.schemas.avro.SignedEnvelope;
import io.ocos.schemas.domain.Minutes;
import io.ocos.schemas.io.AvroValues;
import io.ocos.schemas.io.RecordCodec;
import io.ocos.schemas.io.Topic;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer.OrderAnnotation;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/**
 * The demo as a user starts it, small: every part of it is killed with -9 once, and afterwards every figure is the one that
 * the reference computes from the same topics. One stack for all tests, in their order.
 */
@Tag("full")
@TestMethodOrder(OrderAnnotation.class)
class DemoITCase {

    private static final int NODES = 20;
    private static final int HISTORY_MINUTES = 10;
    private static final Duration START_BOUND = Duration.ofMinutes(5);
    private static final Duration RESTART_BOUND = Duration.ofMinutes(2);
    private static final Duration MINUTES_BOUND = Duration.ofMinutes(8);

    @TempDir
    private static Path root;

    private static StackDirectory directory;
    private static Process demo;

    @BeforeAll
    static void start() throws Exception {
        directory = StackDirectory.of(root.resolve("stack"));
        demo = startDemo();
        Await.until("all parts are up", START_BOUND, () -> {
            assertThat(demo.isAlive()).as("the demo runs").isTrue();
            return parts().size() == StackParts.PORTS.size() - 1
                    && parts().values().stream().allMatch(part -> part.state() == State.UP);
        });
    }

    @AfterAll
    static void end() throws InterruptedException {
        demo.destroy();
        if (!demo.waitFor(60, TimeUnit.SECONDS)) {
            demo.destroyForcibly();
        }
    }

    @Test
    @Order(1)
    void theHistoryIsRewardedMinuteByMinute() throws Exception {
        Await.until(
                "history is closed",
                MINUTES_BOUND,
                () -> number("SELECT count() FROM minutes_closed") >= HISTORY_MINUTES);
        assertThat(number("SELECT min(nodes) FROM (SELECT count() AS nodes FROM node_minutes WHERE minute <= "
                        + awaitRowsOfClosedMinutes() + " GROUP BY minute)"))
                .isEqualTo(NODES);
        assertThat(number("SELECT count() FROM rewards WHERE reason IN ('PAID', 'SCALED') AND amount > 0"))
                .isPositive();
    }

    @Test
    @Order(2)
    void everyPartIsBackAfterKillNine() throws Exception {
        for (String name : List.of(
                StackParts.FLINK,
                StackParts.GATEWAY,
                StackParts.BROKER,
                StackParts.CLICKHOUSE,
                StackParts.CHAIN_FOLLOWER,
                StackParts.ANVIL,
                StackParts.AGENT,
                StackParts.FLEET,
                StackParts.JOB_PROGRESS,
                StackParts.POSTGRES,
                StackParts.SUBMITTER)) {
            PartState before = part(name);
            assertThat(before.pid()).as(name).isPositive();
            ProcessHandle.of(before.pid()).orElseThrow().destroyForcibly();
            Await.until(name + " is back", RESTART_BOUND, () -> {
                PartState now = part(name);
                return now.restarts() > before.restarts() && now.state() == State.UP && now.pid() != before.pid();
            });
        }
        Await.until("all parts are well", RESTART_BOUND, () -> parts().values().stream()
                .allMatch(part -> part.state() == State.UP));
    }

    @Test
    @Order(3)
    void theMinutesAfterTheKillsCloseAndTheOwnNodeIsPaid() throws Exception {
        long now = System.currentTimeMillis() / Minutes.MILLIS;
        Await.until(
                "the next minutes are closed",
                MINUTES_BOUND,
                () -> number("SELECT max(minute) FROM minutes_closed") > now);
        String own = NodeKeys.addressOf(directory.key(StackParts.AGENT_KEY)).toString();
        Await.until(
                "this machine's own node is paid",
                MINUTES_BOUND,
                () -> number("SELECT count() FROM rewards WHERE reason IN ('PAID', 'SCALED') AND node = '" + own + "'")
                        > 0);
    }

    @Test
    @Order(3)
    void batchesAreFinalizedOnChainOneAfterAnother() throws Exception {
        Deployment deployment = Deployment.read(directory.deploymentFile());
        try (ProposedBatches chain = new ProposedBatches(
                URI.create(part(StackParts.ANVIL).url()), deployment.settlement(), deployment.deploymentBlock())) {
            Await.until(
                    "two batches are finalized",
                    MINUTES_BOUND,
                    () -> finalized(chain).size() >= 2);
            NavigableMap<Long, SettlementBatch> made =
                    BatchLog.read(part(StackParts.BROKER).url(), null);
            assertThat(finalized(chain)).allSatisfy((number, batch) -> {
                assertThat(made).containsKey(number);
                SettlementBatch record = Objects.requireNonNull(made.get(number));
                assertThat(batch.root()).isEqualTo(AvroValues.hash32(record.getRoot()));
                assertThat(batch.cumulativeTotal()).isEqualTo(AvroValues.amount(record.getCumulativeTotal()));
            });
        }
    }

    private static Map<Long, ProposedBatch> finalized(ProposedBatches chain) {
        NavigableMap<Long, SettlementBatch> made =
                BatchLog.read(part(StackParts.BROKER).url(), null);
        Map<Long, ProposedBatch> finalized = new TreeMap<>();
        made.keySet().forEach(number -> chain.find(number)
                .filter(batch -> batch.state() == ProposedBatches.State.FINALIZED)
                .ifPresent(batch -> finalized.put(number, batch)));
        return finalized;
    }

    @Test
    @Order(4)
    void totalsAgreeAndNothingIsThereTwice() throws Exception {
        assertThat(rows("SELECT minute, node, count() AS c FROM node_minutes GROUP BY minute, node HAVING c > 1"))
                .isEmpty();
        assertThat(
                        rows(
                                "SELECT minute, node, count() AS c FROM rewards WHERE kind = 'MINUTE' GROUP BY minute, node HAVING c > 1"))
                .isEmpty();
        assertThat(rows("SELECT minute, type FROM minutes_closed_by_type WHERE rewards > cap"))
                .isEmpty();
        awaitRowsOfClosedMinutes();
        assertThat(number("SELECT count() FROM minutes_closed"))
                .isEqualTo(number("SELECT max(minute) - min(minute) + 1 FROM minutes_closed"));
        // Nobody is OFFLINE who was seen, and nobody is paid who was not.
        assertThat(number("SELECT count() FROM rewards AS r INNER JOIN node_minutes AS m ON r.minute = m.minute AND "
                        + "r.node = m.node WHERE r.kind = 'MINUTE' AND (r.reason = 'OFFLINE' AND m.slots != 0 OR "
                        + "r.reason IN ('PAID', 'SCALED') AND m.slots = 0)"))
                .isZero();
    }

    @Test
    @Order(5)
    void everyRewardIsTheReferencesFromTheSameTopics() throws Exception {
        long last = awaitRowsOfClosedMinutes();
        Deployment deployment = Deployment.read(directory.deploymentFile());
        ReferenceOutput expected = Reference.run(
                new ReferenceInput(
                        read(Topic.TELEMETRY, SignedEnvelope.class),
                        read(Topic.CHAIN_EVENTS, ChainEvent.class),
                        read(Topic.JOB_EVENTS, JobEvent.class)),
                new Reference.Setup(
                        deployment.chainId(), deployment.registry(), 60, (last + 1) * Minutes.MILLIS, true));

        assertThat(rows("SELECT minute, kind, node, job, payee, amount, reason FROM rewards WHERE minute <= " + last))
                .containsExactlyInAnyOrderElementsOf(
                        expected.rewards().stream().map(Object::toString).toList());
        assertThat(rows("SELECT minute, node, type, slots FROM node_minutes WHERE minute <= " + last))
                .containsExactlyInAnyOrderElementsOf(
                        expected.nodeMinutes().stream().map(Object::toString).toList());
        assertThat(rows("SELECT minute, node, score FROM reputation_scores WHERE minute <= " + last))
                .containsExactlyInAnyOrderElementsOf(
                        expected.scores().stream().map(Object::toString).toList());
    }

    @Test
    @Order(6)
    void everyBatchIsRecomputedFromTheArchive() throws Exception {
        NavigableMap<Long, SettlementBatch> batches =
                BatchLog.read(part(StackParts.BROKER).url(), null);
        assertThat(batches).isNotEmpty();
        long lastEpoch = batches.lastEntry().getValue().getEpoch();
        Await.until(
                "the archive reaches the last batch",
                MINUTES_BOUND,
                () -> ArchiveInput.open(directory.archive().toString()).newest().epoch() >= lastEpoch);
        for (long number : List.of(batches.firstKey(), batches.lastKey())) {
            CommandRun run = CommandRun.of(
                    "verify-batch",
                    Long.toString(number),
                    "--dir",
                    directory.root().toString());
            assertThat(run.err()).isEmpty();
            assertThat(run.out()).startsWith("batch %d agrees: root 0x".formatted(number));
            assertThat(run.exitCode()).isZero();
        }
    }

    @Test
    @Order(6)
    void rewardsBatchesArtifactsAndChainAreEqual() {
        CommandRun run = CommandRun.of("reconcile", "--dir", directory.root().toString());
        assertThat(run.err()).isEmpty();
        assertThat(run.out()).startsWith("equal");
        assertThat(run.exitCode()).isZero();
    }

    @Test
    @Order(7)
    void aSecondRunGoesOnWithTheSameChainAndTopics() throws Exception {
        long before = number("SELECT max(minute) FROM minutes_closed");
        long history = number("SELECT count() FROM telemetry_envelopes WHERE gateway = 'history'");
        Deployment deployment = Deployment.read(directory.deploymentFile());
        List<Long> pids = parts().values().stream().map(PartState::pid).toList();

        demo.destroy();
        assertThat(demo.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(demo.exitValue()).isZero();
        assertThat(pids)
                .noneMatch(
                        pid -> ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false));

        demo = startDemo();
        Await.until(
                "the second run closes minutes",
                MINUTES_BOUND,
                () -> directory.isLocked()
                        && parts().containsKey(StackParts.FLINK)
                        && part(StackParts.FLINK).state() == State.UP
                        && number("SELECT max(minute) FROM minutes_closed") > before);
        assertThat(Deployment.read(directory.deploymentFile())).isEqualTo(deployment);
        assertThat(number("SELECT count() FROM telemetry_envelopes WHERE gateway = 'history'"))
                .isEqualTo(history);
    }

    /**
     * Waits until the rewards of every minute that is closed now are what its closing says: topics, and so tables, are read
     * side by side, and the newest minute's closing may be there a moment before its rewards.
     *
     * @return the newest of these minutes
     */
    private static long awaitRowsOfClosedMinutes() throws Exception {
        long last = number("SELECT max(minute) FROM minutes_closed");
        Await.until(
                "closed minutes have their rewards",
                RESTART_BOUND,
                () -> rows("SELECT c.minute FROM minutes_closed AS c LEFT JOIN (SELECT minute, count() AS n, "
                                + "sum(amount) AS total FROM rewards WHERE kind = 'MINUTE' GROUP BY minute) AS r "
                                + "ON r.minute = c.minute WHERE c.minute <= " + last
                                + " AND (c.nodes != r.n OR c.rewards != r.total)")
                        .isEmpty());
        Await.until(
                "closed minutes have their node minutes and scores",
                RESTART_BOUND,
                () -> number("SELECT sum(nodes) FROM minutes_closed WHERE minute <= " + last)
                                == number("SELECT count() FROM node_minutes WHERE minute <= " + last)
                        && number("SELECT sum(nodes) FROM minutes_closed WHERE minute <= " + last)
                                == number("SELECT count() FROM reputation_scores WHERE minute <= " + last));
        return last;
    }

    private static Process startDemo() throws Exception {
        Path home = Path.of(System.getProperty("ocos.home"));
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx256m",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-Docos.home=" + home,
                        "-Docos.tools=" + System.getProperty("ocos.tools"),
                        "-jar",
                        home.resolve("jobs/pipeline/target/ocos.jar").toString(),
                        "demo",
                        "--dir",
                        directory.root().toString(),
                        "--nodes",
                        Integer.toString(NODES),
                        "--history",
                        Integer.toString(HISTORY_MINUTES))
                .inheritIO()
                .start();
    }

    private static Map<String, PartState> parts() {
        return StackState.read(directory).stream()
                .flatMap(state -> state.parts().stream())
                .collect(Collectors.toMap(PartState::name, part -> part));
    }

    private static PartState part(String name) {
        PartState part = parts().get(name);
        if (part == null) {
            throw new AssertionError("no part " + name);
        }
        return part;
    }

    private static long number(String sql) throws Exception {
        return Long.parseLong(clickHouse().row(sql).get(0));
    }

    /** Rows as in the files of SPEC 13: values with commas between. */
    private static List<String> rows(String sql) throws Exception {
        return clickHouse().rows(sql).stream().map(row -> String.join(",", row)).toList();
    }

    private static ClickHouseHttp clickHouse() {
        return new ClickHouseHttp(
                java.net.http.HttpClient.newHttpClient(),
                part(StackParts.CLICKHOUSE).url());
    }

    /** Every committed record of a type. */
    private static <T extends SpecificRecord> List<T> read(Topic topic, Class<T> type) throws Exception {
        Map<String, Object> settings = Map.of(
                ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                part(StackParts.BROKER).url(),
                ConsumerConfig.ISOLATION_LEVEL_CONFIG,
                "read_committed");
        List<T> records = new ArrayList<>();
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            List<TopicPartition> partitions = consumer.partitionsFor(topic.topicName()).stream()
                    .map(info -> new TopicPartition(info.topic(), info.partition()))
                    .toList();
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            while (partitions.stream()
                    .anyMatch(partition -> consumer.position(partition) < ends.getOrDefault(partition, 0L))) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(200))) {
                    SpecificRecord decoded = RecordCodec.decode(record.value());
                    if (type.isInstance(decoded)) {
                        records.add(type.cast(decoded));
                    }
                }
            }
        }
        return records;
    }
}
