package io.ocos.jobs.rewardpipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.ocos.jobs.reference.Reference;
import io.ocos.jobs.reference.ReferenceInput;
import io.ocos.jobs.reference.Vectors;
import io.ocos.jobs.rewardpipeline.domain.Closing;
import io.ocos.jobs.runtime.FlinkProcess;
import io.ocos.jobs.settlement.Settled;
import io.ocos.schemas.avro.ChainEvent;
import io.ocos.schemas.avro.JobEvent;
import io.ocos.schemas.avro.NodeMinute;
import io.ocos.schemas.avro.RejectedRecord;
import io.ocos.schemas.avro.ReputationScore;
import io.ocos.schemas.avro.Reward;
import io.ocos.schemas.avro.SettlementBatch;
import io.ocos.schemas.avro.SettlementLeaf;
import io.ocos.schemas.avro.SignedEnvelope;
import io.ocos.schemas.io.CsvRecords;
import io.ocos.schemas.io.Topic;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.avro.specific.SpecificRecord;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * The vectors through the topics of a real broker, with all the disorder and the repetitions that these allow. Both jobs, each in
 * its process, are killed with -9 while a transaction is open and batches are out, and go on from their newest checkpoint: the
 * committed records are the expected files, byte for byte.
 */
@Tag("full")
class VectorsFailoverITCase {

    private static final long MINUTE = 60_000;

    @TempDir
    Path dir;

    @TestFactory
    Stream<DynamicTest> killedInTheMiddleTheyWriteWhatIsExpected() {
        return Vectors.folders().stream()
                .map(folder -> DynamicTest.dynamicTest(
                        folder.getFileName().toString(), () -> run(folder, dir.resolve(folder.getFileName()))));
    }

    private static void run(Path folder, Path dir) throws Exception {
        Reference.Setup setup = Vectors.setup(folder);
        SortedMap<String, String> expected = Vectors.expected(folder);
        List<String> batches = rows(expected, "batches.csv");
        long until = setup.untilMillis() / MINUTE;
        int firstBatches = batches.size() / 2;
        long cut = (Long.parseLong(batches.get(firstBatches - 1).split(",", -1)[1]) + 1) * setup.epochMinutes() + 3;
        Disordered input = Disordered.of(ReferenceInput.read(folder), new Random(1));
        try (PipelineBroker broker = PipelineBroker.start(dir.resolve("kafka"))) {
            broker.append(input.part(0, cut * MINUTE));
            broker.ticks(cut * MINUTE);
            try (FlinkProcess rewards = startRewards(dir, broker, setup);
                    FlinkProcess settlement = startSettlement(dir, broker, setup)) {
                broker.awaitClosed(cut - 3, rewards::logEnd);
                broker.awaitCount(Topic.SETTLEMENT_BATCHES, SettlementBatch.class, firstBatches, settlement::logEnd);
                broker.append(input.part(cut * MINUTE, Long.MAX_VALUE));
                broker.progress((until + 2) * MINUTE);
                broker.awaitOpenTransaction(
                        Topic.NODE_MINUTES, rows(expected, "node-minutes.csv").size());
            }
            try (FlinkProcess rewards = startRewards(dir, broker, setup);
                    FlinkProcess settlement = startSettlement(dir, broker, setup)) {
                // Watermarks are not restored: clocks that have all been read tell the time only when they go on.
                broker.progress((until + 4) * MINUTE);
                assertIs(expected, new Committed(broker, until, expected, rewards, settlement), artifacts(dir));
            }
            for (Topic topic :
                    List.of(Topic.TELEMETRY_REJECTED, Topic.CHAIN_EVENTS_REJECTED, Topic.JOB_EVENTS_REJECTED)) {
                assertThat(broker.read(topic, RejectedRecord.class))
                        .as("%s", topic)
                        .doesNotHaveDuplicates()
                        .noneMatch(rejected -> rejected.getReason().equals("LATE"));
            }
        }
    }

    private static void assertIs(SortedMap<String, String> expected, Committed committed, Path artifacts)
            throws Exception {
        List<SettlementBatch> batches = committed.batches();
        SortedMap<String, String> files = new TreeMap<>();
        files.put("batches.csv", csv(CsvRecords.BATCHES_HEADER, batches, CsvRecords::line));
        files.put(
                "node-minutes.csv",
                csv(
                        CsvRecords.NODE_MINUTES_HEADER,
                        committed.minutes(
                                Topic.NODE_MINUTES,
                                NodeMinute.class,
                                NodeMinute::getMinute,
                                CsvRecords.NODE_MINUTE_ORDER,
                                "node-minutes.csv"),
                        CsvRecords::line));
        files.put(
                "reputation.csv",
                csv(
                        CsvRecords.REPUTATION_HEADER,
                        committed.minutes(
                                Topic.REPUTATION_SCORES,
                                ReputationScore.class,
                                ReputationScore::getMinute,
                                CsvRecords.REPUTATION_ORDER,
                                "reputation.csv"),
                        CsvRecords::line));
        files.put(
                "rewards.csv",
                csv(
                        CsvRecords.REWARDS_HEADER,
                        committed.minutes(
                                Topic.REWARDS, Reward.class, Reward::getMinute, CsvRecords.REWARD_ORDER, "rewards.csv"),
                        CsvRecords::line));
        for (SettlementBatch batch : batches) {
            files.put(
                    "batch-%d.csv".formatted(batch.getNumber()),
                    Files.readString(artifacts.resolve(batch.getCid() + ".csv")));
        }
        assertThat(files.keySet()).isEqualTo(expected.keySet());
        files.forEach((name, text) -> assertThat(text).as(name).isEqualTo(expected.get(name)));
        assertThat(committed.leaves().stream().map(Settled::line))
                .containsExactlyInAnyOrderElementsOf(committed.risen());
    }

    private static FlinkProcess startRewards(Path dir, PipelineBroker broker, Reference.Setup setup) throws Exception {
        return FlinkProcess.start(
                dir.resolve("reward-pipeline"),
                Map.of(
                        "rewardPipeline.kafkaBootstrap", broker.bootstrap(),
                        "rewardPipeline.chainId", Long.toString(setup.chainId()),
                        "rewardPipeline.registry", setup.registry().toString(),
                        "rewardPipeline.checkpointIntervalMillis", "1000"));
    }

    private static FlinkProcess startSettlement(Path dir, PipelineBroker broker, Reference.Setup setup)
            throws Exception {
        return FlinkProcess.start(
                dir.resolve("settlement"),
                Map.of(
                        "settlement.kafkaBootstrap", broker.bootstrap(),
                        "settlement.epochMinutes", Long.toString(setup.epochMinutes()),
                        "settlement.artifactDirectory", artifacts(dir).toUri().toString(),
                        "settlement.checkpointIntervalMillis", "1000"));
    }

    private static Path artifacts(Path dir) {
        return dir.resolve("artifacts");
    }

    private static List<String> rows(SortedMap<String, String> files, String name) {
        return Objects.requireNonNull(files.get(name), name).lines().skip(1).toList();
    }

    /** What is committed of the minutes before the last, once it is as much as expected. */
    private record Committed(
            PipelineBroker broker,
            long until,
            SortedMap<String, String> expected,
            FlinkProcess rewards,
            FlinkProcess settlement) {

        <T extends SpecificRecord> List<T> minutes(
                Topic topic, Class<T> type, ToLongFunction<T> minute, Comparator<T> order, String file)
                throws Exception {
            return broker
                    .awaitCount(
                            topic,
                            type,
                            row -> minute.applyAsLong(row) < until,
                            rows(expected, file).size(),
                            rewards::logEnd)
                    .stream()
                    .sorted(order)
                    .toList();
        }

        List<SettlementBatch> batches() throws Exception {
            return broker.awaitCount(
                    Topic.SETTLEMENT_BATCHES,
                    SettlementBatch.class,
                    batch -> batch.getToMinute() <= until,
                    rows(expected, "batches.csv").size(),
                    settlement::logEnd);
        }

        List<SettlementLeaf> leaves() throws Exception {
            return broker.awaitCount(
                    Topic.SETTLEMENT_LEAVES,
                    SettlementLeaf.class,
                    leaf -> leaf.getToMinute() <= until,
                    risen().size(),
                    settlement::logEnd);
        }

        List<String> risen() {
            List<String> risen = new ArrayList<>();
            for (int number = 1; number <= rows(expected, "batches.csv").size(); number++) {
                risen.addAll(Settled.risen(
                        number, Objects.requireNonNull(expected.get("batch-%d.csv".formatted(number)), "artifact")));
            }
            return risen;
        }
    }

    private static <T> String csv(String header, List<T> rows, Function<T, String> line) {
        return Stream.concat(Stream.of(header), rows.stream().map(line))
                .map(text -> text + "\n")
                .collect(Collectors.joining());
    }

    /** A record and when it is written, on the clock of its topic. */
    private record Placed<T>(T row, long atMillis) {

        static <T> List<Placed<T>> of(List<T> rows, ToLongFunction<T> atMillis) {
            return rows.stream()
                    .map(row -> new Placed<>(row, atMillis.applyAsLong(row)))
                    .toList();
        }

        static <T> List<T> part(List<Placed<T>> placed, long fromMillis, long toMillis) {
            return placed.stream()
                    .filter(each -> fromMillis <= each.atMillis && each.atMillis < toMillis)
                    .sorted(Comparator.comparingLong(Placed::atMillis))
                    .map(Placed::row)
                    .toList();
        }
    }

    /**
     * Records in an order that their topics allow, some twice: gateways are up to 10 s apart (SPEC 13), the follower's repetitions
     * come at any later time, a dispatcher's at the same.
     */
    private record Disordered(
            List<Placed<SignedEnvelope>> telemetry, List<Placed<ChainEvent>> chain, List<Placed<JobEvent>> jobs) {

        static Disordered of(ReferenceInput input, Random random) {
            List<ChainEvent> blocks = input.chainEvents().stream()
                    .sorted(PipelineBroker.CHAIN_ORDER)
                    .toList();
            List<Placed<ChainEvent>> chain = new ArrayList<>(Placed.of(blocks, VectorsFailoverITCase::millis));
            chain.addAll(Placed.of(
                    blocks.stream().filter(block -> random.nextInt(4) == 0).toList(),
                    block -> millis(block) + random.nextLong(10 * MINUTE)));
            return new Disordered(
                    Placed.of(
                            PipelineVectorsITCase.mixed(input.telemetry(), random),
                            row -> row.getReceivedAt() + random.nextLong(Closing.TELEMETRY_DISORDER_MILLIS)),
                    chain,
                    Placed.of(PipelineVectorsITCase.mixed(input.jobEvents(), random), JobEvent::getRecordedAt));
        }

        ReferenceInput part(long fromMillis, long toMillis) {
            return new ReferenceInput(
                    Placed.part(telemetry, fromMillis, toMillis),
                    Placed.part(chain, fromMillis, toMillis),
                    Placed.part(jobs, fromMillis, toMillis));
        }
    }

    private static long millis(ChainEvent event) {
        return event.getBlockTime() * 1_000;
    }
}
