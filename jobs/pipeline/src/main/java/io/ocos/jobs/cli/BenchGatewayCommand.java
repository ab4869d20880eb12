package io.ocos.jobs.cli;

import io.ocos.jobs.bench.BenchBroker;
import io.ocos.jobs.bench.GatewayBench;
import io.ocos.jobs.bench.GatewayBench.Options;
import io.ocos.jobs.bench.GatewayBench.Result;
import io.ocos.jobs.bench.RecoverBench;
import io.ocos.jobs.stack.Installation;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code ./ocos bench gateway}: see {@link GatewayBench}. */
@Command(
        name = "gateway",
        description = "Envelopes from HTTP to acknowledged per CPU-second of a gateway, beside bare ecdsaRecover.",
        mixinStandardHelpOptions = true)
final class BenchGatewayCommand implements Callable<Integer> {

    private static final int RECOVER_SECONDS = 3;

    @Option(names = "--warm-up", paramLabel = "S", defaultValue = "15", description = "Not measured; default 15.")
    private int warmUpSeconds;

    @Option(names = "--seconds", paramLabel = "S", defaultValue = "30", description = "Measured; default 30.")
    private int seconds;

    @Option(names = "--nodes", paramLabel = "N", defaultValue = "1000", description = "Nodes that send; default 1000.")
    private int nodes;

    @Option(
            names = "--concurrency",
            paramLabel = "N",
            defaultValue = "128",
            description = "Requests in flight; default 128.")
    private int concurrency;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws IOException, InterruptedException {
        Options options = new Options(warmUpSeconds, seconds, nodes, concurrency);
        Installation installation = Installation.ofThisProcess();
        Path directory = Files.createTempDirectory("ocos-bench-gateway");
        try (BenchBroker broker = BenchBroker.start(installation, directory.resolve("kafka"))) {
            List<String> gateway = installation.ocos(List.of("-Xmx384m"), List.of("gateway"));
            double recoverBefore = RecoverBench.perCpuSecond(RECOVER_SECONDS);
            Result result = new GatewayBench(broker.bootstrap(), gateway, directory, options).run();
            double recover = (recoverBefore + RecoverBench.perCpuSecond(RECOVER_SECONDS)) / 2;
            print(options, result, recover);
            return result.failed() == 0 ? 0 : 1;
        } finally {
            delete(directory);
        }
    }

    private void print(Options options, Result result, double recover) {
        PrintWriter out = spec.commandLine().getOut();
        out.printf(
                "gateway: %,d envelopes acknowledged in %.1f s by %d nodes, %d in flight, after %d s of warm-up%n",
                result.accepted(),
                result.wall().toMillis() / 1e3,
                options.nodes(),
                options.concurrency(),
                options.warmUpSeconds());
        out.printf(
                "  %,.0f per second; request to answer p50 %.1f ms, p99 %.1f ms; %d not accepted %s%n",
                result.accepted() * 1e9 / result.wall().toNanos(),
                result.p50Micros() / 1e3,
                result.p99Micros() / 1e3,
                result.failed(),
                result.failure());
        out.printf(
                "  %,.0f per CPU-second of the gateway's process (%.1f s of CPU)%n",
                result.perCpuSecond(), result.gatewayCpu().toMillis() / 1e3);
        out.printf("ecdsaRecover: %,.0f per CPU-second, one thread, same run%n", recover);
        out.printf("ratio: %.2f%n", result.perCpuSecond() / recover);
        out.flush();
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }
}
