package io.ocos.jobs.cli;

import io.ocos.jobs.bench.ReplayBench;
import io.ocos.jobs.bench.ReplayBench.Options;
import io.ocos.jobs.bench.ReplayBench.Result;
import io.ocos.jobs.stack.Installation;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.apache.flink.util.FileUtils;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code ./ocos bench replay}: see {@link ReplayBench}. */
@Command(
        name = "replay",
        description = "CPU time of a replay with signature verification, beside that of bare ecdsaRecover.",
        mixinStandardHelpOptions = true)
final class BenchReplayCommand implements Callable<Integer> {

    @Option(
            names = "--nodes",
            paramLabel = "N",
            defaultValue = "1000",
            description = "Nodes that send every 10 s; default: ${DEFAULT-VALUE}.")
    private int nodes;

    @Option(
            names = "--minutes",
            paramLabel = "M",
            defaultValue = "120",
            description = "A multiple of 60; default: ${DEFAULT-VALUE}.")
    private int minutes;

    @Option(
            names = "--parallelism",
            paramLabel = "N",
            description = "Of the replay; default: the number of processors.")
    private int parallelism = Runtime.getRuntime().availableProcessors();

    @Option(
            names = "--jvm",
            paramLabel = "OPTION",
            description = "Of the replay's JVM; repeatable; default: those of ./ocos replay.")
    private List<String> jvm = List.of();

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws IOException, InterruptedException {
        Options options = new Options(nodes, minutes, parallelism);
        Installation installation = Installation.ofThisProcess();
        Path directory = Files.createTempDirectory("ocos-bench-replay");
        try {
            ReplayBench bench = new ReplayBench(directory.resolve("archive"), options);
            bench.generate(minute -> {});
            List<String> jvmOptions = jvm.isEmpty() ? installation.replayOptions() : jvm;
            Result result = bench.run(installation.ocos(jvmOptions, List.of("replay")), directory.resolve("out"));
            PrintWriter out = spec.commandLine().getOut();
            out.printf(
                    "replay of %,d envelopes of %d nodes in %d min, parallelism %d%n",
                    result.envelopes(), nodes, minutes, parallelism);
            out.printf(
                    "  replay:            %7.1f s CPU, %7.1f s%n",
                    result.replayCpu().toMillis() / 1e3, result.replay().toMillis() / 1e3);
            out.printf("  bare ecdsaRecover: %7.1f s CPU%n", result.recoverCpu().toMillis() / 1e3);
            out.printf("ratio: %.2f%n", result.ratio());
            out.flush();
            return 0;
        } finally {
            FileUtils.deleteDirectory(directory.toFile());
        }
    }
}
