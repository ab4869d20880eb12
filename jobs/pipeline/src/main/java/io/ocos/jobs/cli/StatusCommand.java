package io.ocos.jobs.cli;

import io.ocos.jobs.cli.StackDirectoryOption.NoStackException;
import io.ocos.jobs.stack.PartState;
import io.ocos.jobs.stack.ResidentMemory;
import io.ocos.jobs.stack.StackState;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code ./ocos status}: what runs. */
@Command(
        name = "status",
        description = "Shows the parts of the local stack; exit code 1 when one is not up or nothing runs.",
        mixinStandardHelpOptions = true)
final class StatusCommand implements Callable<Integer> {

    private static final String ROW = "%-14s %-10s %8s %6s %9s %8s  %s%n";

    @Mixin
    private StackDirectoryOption stack = new StackDirectoryOption();

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        StackState state;
        try {
            state = stack.running();
        } catch (NoStackException e) {
            spec.commandLine().getErr().println("ocos: " + e.getMessage());
            return 1;
        }
        PrintWriter out = spec.commandLine().getOut();
        out.printf(ROW, "PART", "STATE", "PID", "PORT", "RSS", "RESTARTS", "");
        long total = row(out, "supervisor", "up", state.supervisorPid(), "", "", "");
        boolean allUp = !state.parts().isEmpty();
        for (PartState part : state.parts()) {
            boolean up = part.state() == PartState.State.UP;
            allUp &= up;
            total += row(
                    out,
                    part.name(),
                    part.state().name().toLowerCase(Locale.ROOT),
                    part.pid(),
                    part.port() == 0 ? "" : Integer.toString(part.port()),
                    Integer.toString(part.restarts()),
                    up ? part.url() : part.detail());
        }
        out.printf(ROW, "", "", "", "", mebibytes(total), "", "");
        out.flush();
        return allUp ? 0 : 1;
    }

    /** Prints a line; returns the resident bytes. */
    private static long row(
            PrintWriter out, String name, String state, long pid, String port, String restarts, String remark) {
        long resident = ResidentMemory.bytes(pid);
        out.printf(ROW, name, state, pid == 0 ? "" : Long.toString(pid), port, mebibytes(resident), restarts, remark);
        return resident;
    }

    private static String mebibytes(long bytes) {
        return (bytes >> 20) + " MiB";
    }
}
