package io.ocos.jobs.cli;

import io.ocos.jobs.cli.StackDirectoryOption.NoStackException;
import io.ocos.jobs.stack.StackState;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code ./ocos stop}: stops what runs, in order. */
@Command(
        name = "stop",
        description = "Stops the local stack in order and waits for its end; exit code 0 also when none runs.",
        mixinStandardHelpOptions = true)
final class StopCommand implements Callable<Integer> {

    private static final long BOUND_SECONDS = 90;

    @Mixin
    private StackDirectoryOption stack = new StackDirectoryOption();

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws InterruptedException, ExecutionException {
        PrintWriter out = spec.commandLine().getOut();
        StackState state;
        try {
            state = stack.running();
        } catch (NoStackException e) {
            out.println(e.getMessage());
            out.flush();
            return 0;
        }
        ProcessHandle supervisor = state.supervisor().orElse(null);
        if (supervisor == null) {
            return 0;
        }
        supervisor.destroy();
        try {
            supervisor.onExit().get(BOUND_SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            spec.commandLine()
                    .getErr()
                    .printf(
                            "ocos: process %d did not end within %d s: see %s%n",
                            supervisor.pid(), BOUND_SECONDS, stack.directory().log("supervisor"));
            return 1;
        }
        out.println("stopped");
        out.flush();
        return 0;
    }
}
