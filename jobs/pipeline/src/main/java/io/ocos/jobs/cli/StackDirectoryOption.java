package io.ocos.jobs.cli;

import io.ocos.jobs.stack.StackDirectory;
import io.ocos.jobs.stack.StackState;
import io.ocos.schemas.config.ConfigException;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** The option that says which local stack is meant. */
final class StackDirectoryOption {

    @Option(
            names = "--dir",
            paramLabel = "DIR",
            defaultValue = StackDirectory.DEFAULT,
            description = "Directory of the stack; default: ${DEFAULT-VALUE}.")
    private Path directory = Path.of(StackDirectory.DEFAULT);

    StackDirectory directory() {
        return StackDirectory.of(directory);
    }

    /**
     * The stack that runs there.
     *
     * @throws ConfigException when none does
     */
    StackState running() {
        StackDirectory there = directory();
        return StackState.read(there)
                .filter(state -> there.isLocked() && state.supervisor().isPresent())
                .orElseThrow(() -> new NoStackException(there));
    }

    /** No stack runs in a directory. */
    static final class NoStackException extends RuntimeException {

        private static final long serialVersionUID = 1;

        NoStackException(StackDirectory directory) {
            super("no stack runs in %s; start one with `./ocos demo`".formatted(directory.root()));
        }
    }
}
