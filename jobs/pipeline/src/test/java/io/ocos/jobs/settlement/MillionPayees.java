package io.ocos.jobs.settlement;

import io.ocos.jobs.flink.JobDefinition;
import io.ocos.jobs.flink.RecordTypeInfo;
import io.ocos.rewardssettlement.domain.Batch;
import io.ocos.rewardssettlement.domain.BatchLines;
import io.ocos.rewardssettlement.domain.MerkleTree;
import io.ocos.schemas.avro.MinuteClosed;
import io.ocos.schemas.avro.Reward;
import io.ocos.schemas.avro.RewardKind;
import io.ocos.schemas.avro.SettlementBatch;
import io.ocos.schemas.avro.TypeTotals;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.domain.TokenAmount;
import io.ocos.schemas.io.AvroValues;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryType;
import java.math.BigInteger;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.api.common.state.CheckpointListener;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;

/**
 * The settlement of a million payees, all of whom earn in each of two epochs, with checkpoints all the while; then the proof of
 * one of them from the artifact. A process of its own, so that its heap is its own.
 */
final class MillionPayees {

    static final int PAYEES = 1_000_000;

    private static final int EPOCHS = 2;
    private static final long FIRST_MINUTE = 29_000_000;
    private static final int PARALLELISM = 2;

    private static final Queue<SettlementBatch> BATCHES = new ConcurrentLinkedQueue<>();
    private static final AtomicInteger CHECKPOINTS = new AtomicInteger();

    private MillionPayees() {}

    /** Prints one line: number, payees and root of the last batch, whether a proof holds, checkpoints, peak of the heap in MiB. */
    public static void main(String[] args) throws Exception {
        Path dir = Path.of(args[0]);
        ArtifactStore store = ArtifactStore.at(dir.resolve("artifacts").toString());
        run(dir, store);
        SettlementBatch last = BATCHES.stream().skip(EPOCHS - 1L).findFirst().orElseThrow();
        BatchLines lines = store.read(last.getCid());
        MerkleTree tree = new Batch(last.getNumber(), last.getEpoch(), lines).tree();
        long index = 123_456;
        int row = lines.indexOf(payee(index));
        Hash32 leaf = MerkleTree.leaf(payee(index), lines.cumulative(row));
        boolean holds = lines.cumulative(row).equals(TokenAmount.wei(2 * amount(index)))
                && lines.delta(row).equals(TokenAmount.wei(amount(index)))
                && MerkleTree.verify(AvroValues.hash32(last.getRoot()), leaf, tree.proof(leaf));
        System.out.printf(
                "%d %d %d %s %d %d%n",
                last.getNumber(),
                last.getPayees(),
                last.getChanged(),
                holds ? "proven" : "not proven",
                CHECKPOINTS.get(),
                peakHeapMebiBytes());
    }

    private static void run(Path dir, ArtifactStore store) throws Exception {
        Configuration settings = new Configuration()
                .set(RestOptions.BIND_PORT, "0")
                .set(RestOptions.BIND_ADDRESS, "127.0.0.1")
                .set(CheckpointingOptions.CHECKPOINT_STORAGE, "filesystem")
                .set(
                        CheckpointingOptions.CHECKPOINTS_DIRECTORY,
                        dir.resolve("checkpoints").toUri().toString())
                .set(TaskManagerOptions.MANAGED_MEMORY_SIZE, MemorySize.ofMebiBytes(8))
                .set(TaskManagerOptions.NETWORK_MEMORY_MIN, MemorySize.ofMebiBytes(32))
                .set(TaskManagerOptions.NETWORK_MEMORY_MAX, MemorySize.ofMebiBytes(32));
        MiniCluster cluster = new MiniCluster(new MiniClusterConfiguration.Builder()
                .setConfiguration(settings)
                .setNumTaskManagers(1)
                .setNumSlotsPerTaskManager(PARALLELISM)
                .build());
        try {
            cluster.start();
            JobGraph graph = new JobDefinition(
                            "million-payees", Duration.ofSeconds(1), environment -> build(environment, store))
                    .graph()
                    .getJobGraph();
            cluster.submitJob(graph).get();
            cluster.requestJobResult(graph.getJobID()).get().toJobExecutionResult(MillionPayees.class.getClassLoader());
        } finally {
            cluster.closeAsync().join();
        }
    }

    private static void build(StreamExecutionEnvironment environment, ArtifactStore store) {
        environment.setParallelism(PARALLELISM);
        SettlementTopology.Streams streams = SettlementTopology.build(
                environment
                        .fromSequence(0, (long) EPOCHS * PAYEES - 1)
                        .uid("numbers")
                        .map(MillionPayees::reward, RecordTypeInfo.of(Reward.class))
                        .uid("rewards"),
                environment
                        .fromData(
                                LongStream.range(FIRST_MINUTE, FIRST_MINUTE + EPOCHS)
                                        .mapToObj(MillionPayees::closed)
                                        .toList(),
                                RecordTypeInfo.of(MinuteClosed.class))
                        .uid("closed"),
                1,
                store);
        streams.batches()
                .map(new Collected(), RecordTypeInfo.of(SettlementBatch.class))
                .setParallelism(1)
                .uid("collected")
                .sinkTo(new DiscardingSink<>())
                .uid("no-batches");
        streams.leaves().sinkTo(new DiscardingSink<>()).uid("no-leaves");
    }

    private static Reward reward(long number) {
        long index = number % PAYEES;
        return Reward.newBuilder()
                .setMinute(FIRST_MINUTE + number / PAYEES)
                .setKind(RewardKind.MINUTE)
                .setNode(AvroValues.avro(payee(index)))
                .setPayee(AvroValues.avro(payee(index)))
                .setAmount(AvroValues.avro(TokenAmount.wei(amount(index))))
                .setReason("PAID")
                .build();
    }

    private static MinuteClosed closed(long minute) {
        BigInteger sum = LongStream.range(0, PAYEES)
                .mapToObj(index -> BigInteger.valueOf(amount(index)))
                .reduce(BigInteger.ZERO, BigInteger::add);
        return new MinuteClosed(
                minute,
                List.of(new TypeTotals(
                        "AI",
                        PAYEES,
                        6L * PAYEES,
                        PAYEES,
                        AvroValues.avro(new TokenAmount(sum)),
                        AvroValues.avro(new TokenAmount(sum)),
                        AvroValues.avro(new TokenAmount(sum)))),
                0,
                AvroValues.avro(TokenAmount.ZERO),
                0,
                AvroValues.avro(TokenAmount.ZERO));
    }

    /** Spread over all parts of the ledger, in no order. */
    private static Address payee(long index) {
        return new Address(index * 0x9E3779B97F4A7C15L, index, 1);
    }

    /** About a day's pay of a node, in wei. */
    private static long amount(long index) {
        return 1_000_000_000_000_000_000L + index;
    }

    private static long peakHeapMebiBytes() {
        return ManagementFactory.getMemoryPoolMXBeans().stream()
                        .filter(pool -> pool.getType() == MemoryType.HEAP)
                        .mapToLong(pool -> pool.getPeakUsage().getUsed())
                        .sum()
                >> 20;
    }

    private static final class Collected extends RichMapFunction<SettlementBatch, SettlementBatch>
            implements CheckpointListener {
        private static final long serialVersionUID = 1;

        @Override
        public SettlementBatch map(SettlementBatch batch) {
            BATCHES.add(SettlementBatch.newBuilder(batch).build());
            return batch;
        }

        @Override
        public void notifyCheckpointComplete(long checkpoint) {
            CHECKPOINTS.incrementAndGet();
        }
    }
}
