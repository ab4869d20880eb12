package io.ocos.jobs.cli;

import io.ocos.jobs.bench.BenchBroker;
import io.ocos.jobs.bench.UsageBench;
import io.ocos.jobs.bench.UsageBench.Options;
import io.ocos.jobs.bench.UsageBench.Speed;
import io.ocos.jobs.bench.UsageBench.StateBytes;
import io.ocos.jobs.stack.Installation;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.apache.commons.io.FileUtils;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code ./ocos bench usage}: see {@link UsageBench}. */
@Command(
        name = "usage",
        description = "CPU time of the UsageJob beside that of a bare consumer, and bytes of its state over days.",
        mixinStandardHelpOptions = true)
final class BenchUsageCommand implements Callable<Integer> {

    @Option(
            names = "--nodes",
            paramLabel = "N",
            defaultValue = "500",
            description = "Nodes that send every 10 s; default: ${DEFAULT-VALUE}.")
    private int nodes;

    @Option(
            names = "--minutes",
            paramLabel = "M",
            defaultValue = "120",
            description = "Minutes of telemetry; default: ${DEFAULT-VALUE}.")
    private int minutes;

    @Option(
            names = "--jobs-per-node",
            paramLabel = "N",
            defaultValue = "2",
            description = "Jobs that each node reports in each envelope; default: ${DEFAULT-VALUE}.")
    private int jobsPerNode;

    @Option(
            names = "--days",
            paramLabel = "D",
            defaultValue = "60",
            description = "Days over which state is simulated; default: ${DEFAULT-VALUE}.")
    private int days;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws Exception {
        PrintWriter out = spec.commandLine().getOut();
        Path directory = Files.createTempDirectory("ocos-bench-usage");
        try (BenchBroker broker = BenchBroker.start(Installation.ofThisProcess(), directory.resolve("kafka"))) {
            UsageBench bench = new UsageBench(
                    broker.bootstrap(), directory.resolve("artifacts"), new Options(nodes, minutes, jobsPerNode));
            bench.generate();
            Speed speed = bench.speed();
            out.printf(
                    "%,d envelopes with %,d readings of %d nodes in %d min; %,d records written%n",
                    speed.envelopes(), speed.entries(), nodes, minutes, speed.records());
            out.printf(
                    "  bare consume and decode: %6.2f s CPU, %,9.0f envelopes per CPU-second%n",
                    speed.bareCpu().toNanos() / 1e9,
                    speed.envelopes() * 1e9 / speed.bareCpu().toNanos());
            out.printf(
                    "  UsageJob:                %6.2f s CPU, %,9.0f envelopes per CPU-second%n",
                    speed.jobCpu().toNanos() / 1e9,
                    speed.envelopes() * 1e9 / speed.jobCpu().toNanos());
            out.printf("ratio: %.2f%n", speed.ratio());
            out.println("state, bytes:  day  per active job  per account");
            for (StateBytes state : UsageBench.state(days)) {
                out.printf("%18d %,15d %,12d%n", state.day(), state.job(), state.account());
            }
            out.flush();
            return 0;
        } finally {
            FileUtils.deleteDirectory(directory.toFile());
        }
    }
}
