package io.ocos.jobs.cli;

import java.io.PrintWriter;
import java.io.StringWriter;

/** What a command answered. */
public record CommandRun(int exitCode, String out, String err) {

    /** Runs a command in this JVM. */
    public static CommandRun of(String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int exitCode = Ocos.commandLine()
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(arguments);
        return new CommandRun(exitCode, out.toString(), err.toString());
    }
}
