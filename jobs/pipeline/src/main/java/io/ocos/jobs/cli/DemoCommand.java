package io.ocos.jobs.cli;

import io.ocos.jobs.stack.StackOptions;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code ./ocos demo}: the local stack with simulated nodes and this machine's own agent. */
@Command(
        name = "demo",
        description =
                "Runs everything on this machine: the local stack, simulated nodes with a past, this machine's own agent.",
        mixinStandardHelpOptions = true)
final class DemoCommand implements Callable<Integer> {

    @Mixin
    private StackDirectoryOption stack = new StackDirectoryOption();

    @Option(names = "--nodes", paramLabel = "N", description = "Simulated nodes; default: 200, or all of --nodes-csv.")
    private @Nullable Integer nodes;

    @Option(names = "--history", paramLabel = "MIN", description = "Minutes of the past to load; default: 60.")
    private @Nullable Integer historyMinutes;

    @Option(names = "--exit-after", paramLabel = "MIN", description = "Stops by itself, with a summary.")
    private @Nullable Integer exitAfterMinutes;

    @Option(names = "--nodes-csv", paramLabel = "FILE", description = "Nodes in the Alibaba openb format.")
    private @Nullable Path nodesCsv;

    @Option(
            names = "--outages-csv",
            paramLabel = "FILE",
            description = "Outages in the LANL format, .csv or .csv.xz; default: a failure model.")
    private @Nullable Path outagesCsv;

    @Override
    public Integer call() {
        return StackCommand.run(
                stack.directory(),
                new StackOptions(
                        true, nodes, historyMinutes, exitAfterMinutes, absolute(nodesCsv), absolute(outagesCsv)));
    }

    private static @Nullable String absolute(@Nullable Path file) {
        return file == null ? null : file.toAbsolutePath().normalize().toString();
    }
}
