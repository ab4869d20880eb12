package io.ocos.jobs.cli;

import io.ocos.jobs.stack.LocalStack;
import io.ocos.jobs.stack.StackDirectory;
import io.ocos.jobs.stack.StackOptions;
import io.ocos.jobs.stack.StackView;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code ./ocos stack}: the local stack alone. */
@Command(
        name = "stack",
        description =
                "Runs the local stack without nodes: broker, chain with contracts, ClickHouse, Flink jobs, gateway.",
        mixinStandardHelpOptions = true)
final class StackCommand implements Callable<Integer> {

    @Mixin
    private StackDirectoryOption stack = new StackDirectoryOption();

    @Option(names = "--exit-after", paramLabel = "MIN", description = "Stops by itself, with a summary.")
    private @Nullable Integer exitAfterMinutes;

    @Override
    public Integer call() {
        return run(stack.directory(), new StackOptions(false, null, null, exitAfterMinutes, null, null));
    }

    static int run(StackDirectory directory, StackOptions options) {
        // The terminal is for the view; set before the first logger is made.
        System.setProperty(
                "ocos.stack.log", directory.log(LocalStack.SUPERVISOR).toString());
        System.setProperty("log4j2.configurationFile", "log4j2-stack.xml");
        return ProcessRunner.run(LocalStack.start(directory, options, StackView.standard()));
    }
}
