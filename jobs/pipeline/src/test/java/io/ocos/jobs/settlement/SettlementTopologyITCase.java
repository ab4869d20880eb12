package io.ocos.jobs.settlement;

import static org.assertj.core.api.Assertions.assertThat;

import io.ocos.jobs.flink.JobDefinition;
import io.ocos.jobs.flink.RecordTypeInfo;
import io.ocos.rewardssettlement.domain.LedgerShard;
import io.ocos.schemas.avro.MinuteClosed;
import io.ocos.schemas.avro.Reward;
import io.ocos.schemas.avro.SettlementBatch;
import io.ocos.schemas.avro.SettlementLeaf;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.apache.flink.api.common.RuntimeExecutionMode;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.runtime.testutils.MiniClusterResourceConfiguration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.graph.StreamGraph;
import org.apache.flink.streaming.api.graph.StreamNode;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.apache.flink.util.CloseableIterator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The whole graph on a cluster, as a stream and as a batch, at several parallelisms. */
class SettlementTopologyITCase {

    @RegisterExtension
    private static final MiniClusterExtension CLUSTER =
            new MiniClusterExtension(new MiniClusterResourceConfiguration.Builder()
                    .setNumberTaskManagers(1)
                    .setNumberSlotsPerTaskManager(4)
                    .build());

    @TempDir
    static Path dir;

    @ParameterizedTest
    @CsvSource({"STREAMING,1", "STREAMING,2", "STREAMING,4", "BATCH,1", "BATCH,2", "BATCH,4"})
    void agreesWithTheReference(RuntimeExecutionMode mode, int parallelism) throws Exception {
        ArtifactStore store =
                ArtifactStore.at(dir.resolve(mode + "-" + parallelism).toString());
        for (long seed = 5_000L * parallelism; seed < 5_000L * parallelism + 5; seed++) {
            SettlementWorld world = SettlementWorld.of(seed);
            run(world, mode, parallelism, store, seed).assertIs(world, store);
        }
    }

    /** What the state of running jobs hangs on: a change here loses it. */
    @Test
    void uidsAndParallelismAreThoseOfThisRelease() {
        StreamExecutionEnvironment environment = environment(RuntimeExecutionMode.STREAMING, 4);
        build(SettlementWorld.of(1), environment, ArtifactStore.at(dir.toString()), 1);
        StreamGraph graph = environment.getStreamGraph();
        Map<String, String> operators = new TreeMap<>();
        for (StreamNode node : graph.getStreamNodes()) {
            if (node.getTransformationUID() != null
                    && node.getTransformationUID().startsWith("settlement-")) {
                operators.put(node.getTransformationUID(), node.getOperatorName() + " " + node.getParallelism());
            }
        }
        assertThat(operators)
                .isEqualTo(Map.of(
                        "settlement-earnings", "earnings 4",
                        "settlement-announcements", "announcements 1",
                        "settlement-gate", "epoch gate 1",
                        "settlement-paying", "paying 4",
                        "settlement-rises", "rises 4",
                        "settlement-ledger", "ledger 4",
                        "settlement-changed-leaves", "leaves 4",
                        "settlement-batch-maker", "batches 1"));
        assertThat(JobDefinition.MAX_PARALLELISM).isEqualTo(128);
        assertThat(LedgerShard.COUNT).isEqualTo(32);
        assertThat(List.of(
                        EpochGateOperator.GATE_STATE,
                        EpochGateOperator.HALTED_STATE,
                        EpochRises.AMOUNTS_STATE,
                        EpochRises.REWARDS_STATE,
                        EpochRises.CLOSING_STATE,
                        Ledger.CUMULATIVE_STATE,
                        Ledger.WAITING_STATE,
                        Ledger.NUMBER_STATE,
                        BatchMaker.BLOCKS_STATE,
                        BatchMaker.COUNT_STATE))
                .containsExactly(
                        "gate",
                        "halted",
                        "amounts",
                        "rewards",
                        "closing",
                        "cumulative",
                        "waiting",
                        "number",
                        "blocks",
                        "count");
    }

    private static Settled run(
            SettlementWorld world, RuntimeExecutionMode mode, int parallelism, ArtifactStore store, long seed)
            throws Exception {
        StreamExecutionEnvironment environment = environment(mode, parallelism);
        SettlementTopology.Streams streams = build(world, environment, store, seed);
        CloseableIterator<SettlementBatch> batches = streams.batches().collectAsync();
        CloseableIterator<SettlementLeaf> leaves = streams.leaves().collectAsync();
        environment.executeAsync();
        List<SettlementBatch> made = new ArrayList<>();
        batches.forEachRemaining(made::add);
        if (mode == RuntimeExecutionMode.BATCH) {
            made.sort(Comparator.comparingLong(SettlementBatch::getNumber));
        }
        List<SettlementLeaf> risen = new ArrayList<>();
        leaves.forEachRemaining(risen::add);
        return new Settled(made, risen);
    }

    private static SettlementTopology.Streams build(
            SettlementWorld world, StreamExecutionEnvironment environment, ArtifactStore store, long seed) {
        List<MinuteClosed> closed = new ArrayList<>(world.closed());
        boolean bounded =
                environment.getConfiguration().get(ExecutionOptions.RUNTIME_MODE) == RuntimeExecutionMode.BATCH;
        if (bounded) {
            Collections.shuffle(closed, new Random(seed));
        }
        return SettlementTopology.build(
                environment
                        .fromData(world.rewards(), RecordTypeInfo.of(Reward.class))
                        .uid("rewards")
                        .rebalance(),
                environment
                        .fromData(closed, RecordTypeInfo.of(MinuteClosed.class))
                        .uid("closed"),
                world.epochMinutes(),
                store);
    }

    private static StreamExecutionEnvironment environment(RuntimeExecutionMode mode, int parallelism) {
        StreamExecutionEnvironment environment = StreamExecutionEnvironment.getExecutionEnvironment(new Configuration()
                .set(ExecutionOptions.RUNTIME_MODE, mode)
                .set(PipelineOptions.GENERIC_TYPES, false)
                .set(PipelineOptions.OBJECT_REUSE, true)
                .set(PipelineOptions.MAX_PARALLELISM, JobDefinition.MAX_PARALLELISM));
        environment.setParallelism(parallelism);
        if (mode == RuntimeExecutionMode.STREAMING) {
            environment.enableCheckpointing(Duration.ofMillis(50).toMillis());
        }
        return environment;
    }
}
