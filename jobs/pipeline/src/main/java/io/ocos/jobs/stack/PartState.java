package io.ocos.jobs.stack;

import java.util.Map;

/**
 * A part at a moment, as it is written to the state file.
 *
 * @param name of the part
 * @param state what it is doing
 * @param pid of its process, 0 when there is none
 * @param startedAtMillis when that process began, by the system's record of it; 0 when there is none
 * @param ports by purpose
 * @param url where people reach it; empty when they do not
 * @param restarts how often it was started again in this run of the stack
 * @param detail what is wrong; empty when nothing is
 * @param log its log file
 */
public record PartState(
        String name,
        State state,
        long pid,
        long startedAtMillis,
        Map<String, Integer> ports,
        String url,
        int restarts,
        String detail,
        String log) {

    /** What a part is doing. */
    public enum State {
        /** Its process runs and has not been healthy yet. */
        STARTING,
        /** It does its work. */
        UP,
        /** Its process runs, but its health check fails. */
        UNHEALTHY,
        /** Its process ended by itself and will be started again. */
        RESTARTING,
        /** It did not start. */
        FAILED,
        /** It was stopped. */
        STOPPED
    }

    /** The port that people use, 0 when it has none. */
    public int port() {
        return ports.values().stream().findFirst().orElse(0);
    }
}
