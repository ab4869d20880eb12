package io.ocos.jobs.cli;

import java.io.IOException;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/**
 * Ends this process when its supervisor is gone: the supervisor holds the other end of standard input, so its death, by
 * kill -9 too, is an end of file here.
 */
final class ParentPipe {

    /** Set to {@code 1} by a supervisor in the environment of its children. */
    static final String VARIABLE = "OCOS_PARENT_PIPE";

    /** A clean stop gets this long before the process is halted: nothing may outlive its supervisor by 10 s. */
    private static final long STOP_BOUND_MILLIS = 6_000;

    private ParentPipe() {}

    /** Starts to watch, if the environment asks for it. */
    static void watch() {
        if (Objects.equals(System.getenv(VARIABLE), "1")) {
            start("parent-pipe", ParentPipe::awaitEndOfFile);
        }
    }

    private static void awaitEndOfFile() {
        try {
            while (System.in.read() >= 0) {
                // What comes has no meaning; only the end has.
            }
        } catch (IOException e) {
            // A broken pipe says the same as its end.
        }
        start("parent-pipe-bound", ParentPipe::haltAfterBound);
        System.exit(0);
    }

    private static void haltAfterBound() {
        try {
            TimeUnit.MILLISECONDS.sleep(STOP_BOUND_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        Runtime.getRuntime().halt(1);
    }

    private static void start(String name, Runnable body) {
        Thread thread = new Thread(body, name);
        thread.setDaemon(true);
        thread.start();
    }
}
