package io.ocos.jobs.bench;

import io.ocos.rewardssettlement.domain.Batch;
import io.ocos.rewardssettlement.domain.BatchLines;
import io.ocos.rewardssettlement.domain.LedgerShard;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.domain.Keccak;
import io.ocos.schemas.domain.TokenAmount;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.IntStream;

/**
 * The tree of a batch against the Keccak calls that no implementation can do without: two for each leaf, of 64 and 32 bytes,
 * one of 64 for each inner node. Both are spread over the cores in the same way, and measured in turns.
 */
public final class MerkleBench {

    /** More do not fit in the lists of the generator. */
    public static final int MAX_LEAVES = 16_000_000;

    private static final int WARM_UPS = 2;
    private static final int GRAIN = 2_048;
    private static final int LEAF_BYTES = 64;

    private MerkleBench() {}

    /**
     * Medians.
     *
     * @param root of the tree
     * @param artifactSeconds of writing the artifact once into a digest
     * @param peakHeapBytes of the whole run
     */
    public record Result(
            Hash32 root,
            double treeCpuSeconds,
            double treeSeconds,
            double bareCpuSeconds,
            double bareSeconds,
            double artifactSeconds,
            long artifactBytes,
            String cid,
            long peakHeapBytes) {}

    private record Time(double cpuSeconds, double seconds) {}

    /** The calls that a tree needs. */
    public static long keccakCalls(int leaves) {
        return 3L * leaves - 1;
    }

    /** Measures. */
    public static Result run(int leaves, int rounds) {
        Batch batch = new Batch(1, 1, lines(leaves));
        List<Time> tree = new ArrayList<>();
        List<Time> bare = new ArrayList<>();
        LongAdder used = new LongAdder(); // so that nothing can be left out as unused
        for (int round = 0; round < WARM_UPS + rounds; round++) {
            Time bareTime = time(() -> used.add(bare(leaves)));
            Time treeTime = time(() -> used.add(batch.tree().root().a()));
            if (round >= WARM_UPS) {
                bare.add(bareTime);
                tree.add(treeTime);
            }
        }
        long start = System.nanoTime();
        Batch.ArtifactId artifact = batch.artifactId();
        double artifactSeconds = (System.nanoTime() - start) / 1e9;
        return new Result(
                batch.root(),
                median(tree.stream().mapToDouble(Time::cpuSeconds).toArray()),
                median(tree.stream().mapToDouble(Time::seconds).toArray()),
                median(bare.stream().mapToDouble(Time::cpuSeconds).toArray()),
                median(bare.stream().mapToDouble(Time::seconds).toArray()),
                artifactSeconds,
                artifact.bytes(),
                artifact.cid(),
                peakHeapBytes());
    }

    /** Random payees in ascending order, with amounts of some thousand OCOS. */
    static BatchLines lines(int leaves) {
        SplittableRandom random = new SplittableRandom(1);
        List<TreeMap<Address, TokenAmount>> shards = IntStream.range(0, LedgerShard.COUNT)
                .mapToObj(shard -> new TreeMap<Address, TokenAmount>())
                .toList();
        for (int i = 0; i < leaves; i++) {
            Address payee = new Address(random.nextLong(), random.nextLong(), i);
            BigInteger wei =
                    BigInteger.valueOf(random.nextLong(1, Long.MAX_VALUE)).multiply(BigInteger.valueOf(1_000));
            shards.get(LedgerShard.of(payee)).put(payee, new TokenAmount(wei));
        }
        List<byte[]> blocks = new ArrayList<>();
        for (TreeMap<Address, TokenAmount> shard : shards) {
            BatchLines.Packer packer = new BatchLines.Packer(shard.size());
            shard.forEach((payee, amount) -> packer.add(payee, amount, TokenAmount.ZERO));
            shard.clear();
            blocks.add(packer.block());
        }
        return BatchLines.of(blocks);
    }

    private static long bare(int leaves) {
        return inParallel(leaves, MerkleBench::leafCalls) + inParallel(leaves - 1, MerkleBench::innerCalls);
    }

    private static long leafCalls(int count) {
        Keccak.Hasher keccak = new Keccak.Hasher();
        byte[] input = new byte[LEAF_BYTES];
        byte[] hash = new byte[Keccak.BYTES];
        for (int i = 0; i < count; i++) {
            keccak.hash(input, 0, LEAF_BYTES, hash, 0);
            keccak.hash(hash, 0, Keccak.BYTES, input, 0);
        }
        return input[0];
    }

    private static long innerCalls(int count) {
        Keccak.Hasher keccak = new Keccak.Hasher();
        byte[] pair = new byte[2 * Keccak.BYTES];
        for (int i = 0; i < count; i++) {
            keccak.hash(pair, 0, pair.length, pair, 0);
        }
        return pair[0];
    }

    private interface Calls {
        long make(int count);
    }

    private static long inParallel(int calls, Calls task) {
        return IntStream.range(0, (calls + GRAIN - 1) / GRAIN)
                .parallel()
                .mapToLong(i -> task.make(Math.min(GRAIN, calls - i * GRAIN)))
                .sum();
    }

    private static Time time(Runnable task) {
        long cpu = processCpuNanos();
        long start = System.nanoTime();
        task.run();
        return new Time((processCpuNanos() - cpu) / 1e9, (System.nanoTime() - start) / 1e9);
    }

    private static long processCpuNanos() {
        return ManagementFactory.getPlatformMXBean(com.sun.management.OperatingSystemMXBean.class)
                .getProcessCpuTime();
    }

    private static long peakHeapBytes() {
        return ManagementFactory.getMemoryPoolMXBeans().stream()
                .filter(pool -> pool.getType() == MemoryType.HEAP)
                .map(MemoryPoolMXBean::getPeakUsage)
                .mapToLong(java.lang.management.MemoryUsage::getUsed)
                .sum();
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }
}
