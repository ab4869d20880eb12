package io.ocos.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** What the commands for a running stack say when there is none. */
class StackCommandsTest {

    @TempDir
    private Path root;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @Test
    void statusOfNothingIsOneLineAndOne() {
        assertThat(run("status")).isEqualTo(1);
        assertThat(err.toString())
                .isEqualTo("ocos: no stack runs in %s; start one with `./ocos demo`%n".formatted(root));
    }

    @Test
    void queryOfNothingIsOneLineAndOne() {
        assertThat(run("query", "SELECT 1")).isEqualTo(1);
        assertThat(err.toString())
                .isEqualTo("ocos: no stack runs in %s; start one with `./ocos demo`%n".formatted(root));
    }

    @Test
    void stopOfNothingIsDoneAlready() {
        assertThat(run("stop")).isZero();
        assertThat(out.toString()).isEqualTo("no stack runs in %s; start one with `./ocos demo`%n".formatted(root));
    }

    @Test
    void aDemoWithAnOptionOutOfRangeIsOneLineAndTwo() {
        assertThat(run("demo", "--nodes", "0")).isEqualTo(2);
        assertThat(err.toString()).isEqualTo("ocos: --nodes 0, expected 1 … 100000%n".formatted());
    }

    private int run(String command, String... arguments) {
        CommandLine line = Ocos.commandLine().setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
        String[] all = new String[arguments.length + 3];
        all[0] = command;
        all[1] = "--dir";
        all[2] = root.toString();
        System.arraycopy(arguments, 0, all, 3, arguments.length);
        return line.execute(all);
    }
}
