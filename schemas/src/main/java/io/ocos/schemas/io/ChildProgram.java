package io.ocos.schemas.io;

import java.util.ArrayList;
import java.util.List;

/** Programs that are not ours, as children of a process of ours. */
public final class ChildProgram {

    /**
     * Starts a program so that it ends with the process that starts it, kill -9 of that one included: a subshell reads
     * standard input, whose other end the starter holds, and at its end sends SIGTERM, five seconds later SIGKILL. The
     * program itself is the child that the starter sees.
     */
    private static final String ENDS_WITH_STARTER = """
            exec 3<&0
            program=$$
            (
              stop() { read -r _ _ _ parent _ </proc/self/stat && [ "$parent" = "$program" ] && kill -"$1" "$program"; }
              while read -r _; do :; done <&3
              for signal in TERM 0 0 0 0 KILL; do stop "$signal" || exit; sleep 1; done
            ) </dev/null >/dev/null 2>&1 &
            exec "$@" 3<&- </dev/null
            """;

    private ChildProgram() {}

    /**
     * The command line of a program that ends when the standard input that its starter gave it does.
     *
     * @param name for messages of the shell
     * @param command the program and its arguments
     */
    public static List<String> endingWithStarter(String name, List<String> command) {
        List<String> wrapped = new ArrayList<>(List.of("sh", "-c", ENDS_WITH_STARTER, name));
        wrapped.addAll(command);
        return wrapped;
    }
}
