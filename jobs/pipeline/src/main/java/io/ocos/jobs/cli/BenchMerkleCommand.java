package io.ocos.jobs.cli;

import io.ocos.jobs.bench.MerkleBench;
import io.ocos.jobs.bench.MerkleBench.Result;
import io.ocos.schemas.config.ConfigException;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code ./ocos bench merkle}: see {@link MerkleBench}. */
@Command(
        name = "merkle",
        description = "Time of a batch's Merkle tree, beside that of the bare Keccak calls it needs.",
        mixinStandardHelpOptions = true)
final class BenchMerkleCommand implements Callable<Integer> {

    @Option(
            names = "--leaves",
            paramLabel = "N",
            defaultValue = "1000000",
            description = "Payees of the batch; default: ${DEFAULT-VALUE}.")
    private int leaves;

    @Option(
            names = "--rounds",
            paramLabel = "N",
            defaultValue = "7",
            description = "Measured of each, in turns, after two that are not; default: ${DEFAULT-VALUE}.")
    private int rounds;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws IOException {
        if (leaves < 1 || leaves > MerkleBench.MAX_LEAVES || rounds < 1) {
            throw new ConfigException("--leaves %d --rounds %d, expected 1 … %d leaves and at least 1 round"
                    .formatted(leaves, rounds, MerkleBench.MAX_LEAVES));
        }
        Result result = MerkleBench.run(leaves, rounds);
        PrintWriter out = spec.commandLine().getOut();
        out.printf(
                "Merkle tree of %,d leaves, %,d Keccak calls, %d cores, median of %d rounds%n",
                leaves, MerkleBench.keccakCalls(leaves), Runtime.getRuntime().availableProcessors(), rounds);
        out.printf("  tree:        %7.3f s CPU, %7.3f s%n", result.treeCpuSeconds(), result.treeSeconds());
        out.printf("  bare Keccak: %7.3f s CPU, %7.3f s%n", result.bareCpuSeconds(), result.bareSeconds());
        out.printf(
                "  artifact:    %7.3f s, %,d bytes, %s%n",
                result.artifactSeconds(), result.artifactBytes(), result.cid());
        out.printf(
                "  heap: %,d MiB of %,d used at most%n",
                result.peakHeapBytes() >> 20, Runtime.getRuntime().maxMemory() >> 20);
        out.printf(
                "ratio: %.2f by CPU, %.2f by time%n",
                result.treeCpuSeconds() / result.bareCpuSeconds(), result.treeSeconds() / result.bareSeconds());
        out.flush();
        return 0;
    }
}
