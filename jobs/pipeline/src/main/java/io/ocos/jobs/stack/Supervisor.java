package io.ocos.jobs.stack;

import io.ocos.jobs.stack.PartState.State;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Holds the processes of a stack: starts each, watches its health, starts it again when it ends by itself, stops all in order.
 *
 * <p>Each child's standard input is a pipe that this process holds. Its end, which comes however this process ends, is the
 * children's signal to stop, so nothing outlives the supervisor. Children are sessions of their own: a Ctrl-C in the terminal
 * reaches the supervisor alone, which stops them in order.
 */
public final class Supervisor implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Supervisor.class);

    private static final Duration POLL_STARTING = Duration.ofMillis(200);
    private static final Duration POLL_RUNNING = Duration.ofSeconds(2);
    private static final int CONFIGURATION_ERROR = 2;
    private static final int LOG_LINES = 12;

    /** Told of every change, one at a time. */
    @FunctionalInterface
    public interface Listener {
        void changed(List<PartState> parts);
    }

    private final StackDirectory directory;
    private final RestartPolicy policy;
    private final Listener listener;
    private final Map<String, Supervised> parts = new LinkedHashMap<>();
    private boolean stopping;

    public Supervisor(StackDirectory directory, RestartPolicy policy, Listener listener) {
        this.directory = directory;
        this.policy = policy;
        this.listener = listener;
    }

    /** Starts a part; returns at once. */
    public void start(Part part) {
        synchronized (parts) {
            if (stopping) {
                throw new IllegalStateException("%s cannot be started: the stack stops".formatted(part.name()));
            }
            Supervised supervised = new Supervised(part);
            if (parts.putIfAbsent(part.name(), supervised) != null) {
                throw new IllegalArgumentException("part %s is started already".formatted(part.name()));
            }
            directory.rotateLog(part.name());
            supervised.thread.start();
        }
    }

    /**
     * Waits until a part is healthy for the first time.
     *
     * @throws PartFailedException when this part or another one could not be started
     */
    public void awaitUp(String name) throws InterruptedException {
        synchronized (parts) {
            Supervised part = parts.get(name);
            if (part == null) {
                throw new IllegalArgumentException("part %s was not started".formatted(name));
            }
            while (!part.wasUp()) {
                for (Supervised any : parts.values()) {
                    any.requireNotFailed();
                }
                if (stopping) {
                    throw new PartFailedException("%s was stopped".formatted(name));
                }
                parts.wait();
            }
        }
    }

    /** Every part, in the order in which they were started. */
    public List<PartState> states() {
        Collection<Supervised> all;
        synchronized (parts) {
            all = List.copyOf(parts.values());
        }
        return all.stream().map(Supervised::state).toList();
    }

    /** Stops everything, stage by stage, by force what does not stop in its time. May be called more than once. */
    @Override
    public void close() {
        Map<Integer, List<Supervised>> stages = new TreeMap<>(Comparator.reverseOrder());
        synchronized (parts) {
            stopping = true;
            parts.notifyAll();
            for (Supervised part : parts.values()) {
                stages.computeIfAbsent(part.part.stage(), stage -> new ArrayList<>())
                        .add(part);
            }
        }
        // What ends by itself from here on, as it lost what it needs, is not started again.
        stages.values().forEach(stage -> stage.forEach(Supervised::dismiss));
        for (List<Supervised> stage : stages.values()) {
            stage.forEach(Supervised::terminate);
            stage.forEach(Supervised::awaitEnd);
        }
    }

    private void changed() {
        synchronized (parts) {
            parts.notifyAll();
        }
        synchronized (listener) {
            listener.changed(states());
        }
    }

    /** A part and its process, whichever it is at the time. */
    private final class Supervised {

        private final Part part;
        private final Thread thread;
        private @Nullable Process process;
        private State state = State.STARTING;
        private String detail = "";
        private int restarts;
        private int endsInARow;
        private boolean everUp;
        private boolean dismissed;
        private long terminatedAtNanos;

        Supervised(Part part) {
            this.part = part;
            this.thread = new Thread(this::run, "part-" + part.name());
            thread.setDaemon(true);
        }

        private void run() {
            try {
                for (Process running = launch(); running != null; running = launch()) {
                    long launched = System.nanoTime();
                    int code = watch(running);
                    if (!afterEnd(code, System.nanoTime() - launched)) {
                        break;
                    }
                }
            } catch (InterruptedException e) {
                // Only stopping interrupts; it looks after the process.
            } catch (IOException | RuntimeException e) {
                LOG.error("{} cannot be started", part.name(), e);
                set(State.FAILED, "cannot be started: " + e.getMessage());
            }
        }

        /** The new process; null when it is not to run any more. */
        private @Nullable Process launch() throws IOException {
            List<String> command = new ArrayList<>(List.of("setsid"));
            command.addAll(part.command().get());
            ProcessBuilder builder = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(
                            directory.log(part.name()).toFile()));
            builder.environment().put("OCOS_PARENT_PIPE", "1");
            // glibc keeps memory per thread and core; these processes have many threads and little to do.
            builder.environment().putIfAbsent("MALLOC_ARENA_MAX", "2");
            Process launched;
            synchronized (this) {
                if (dismissed) {
                    return null;
                }
                launched = builder.start();
                process = launched;
                state = State.STARTING;
            }
            LOG.info("{} started as process {}", part.name(), launched.pid());
            changed();
            return launched;
        }

        /** Follows the health of the process until it ends; returns its exit code. One that never gets healthy is ended. */
        private int watch(Process running) throws InterruptedException {
            long launched = System.nanoTime();
            boolean wasUp = false;
            while (true) {
                Optional<String> problem = part.health().problem();
                if (running.isAlive() && problem.isEmpty()) {
                    wasUp = true;
                    set(State.UP, "");
                } else if (running.isAlive()) {
                    set(wasUp ? State.UNHEALTHY : State.STARTING, problem.orElse(""));
                    if (!wasUp
                            && System.nanoTime() - launched
                                    > policy.startBound().toNanos()) {
                        tooLong(running, problem.orElse(""));
                    }
                }
                Duration poll = problem.isEmpty() ? POLL_RUNNING : POLL_STARTING;
                if (running.waitFor(poll.toMillis(), TimeUnit.MILLISECONDS)) {
                    return running.exitValue();
                }
            }
        }

        /** Whether it is to be started again, after its delay. */
        private boolean afterEnd(int code, long livedNanos) throws InterruptedException {
            String end = "ended with exit code " + code;
            Duration delay;
            boolean failed;
            synchronized (this) {
                process = null;
                if (dismissed || state == State.FAILED) {
                    return false;
                }
                endsInARow = livedNanos > policy.stableAfter().toNanos() ? 1 : endsInARow + 1;
                failed = !everUp && (code == CONFIGURATION_ERROR || endsInARow >= policy.attemptsToStart());
                delay = policy.delay(endsInARow);
                if (!failed) {
                    restarts++;
                    state = State.RESTARTING;
                }
            }
            if (failed) {
                // Not under the monitor: who is told may ask for the states of all.
                fail(end);
                return false;
            }
            LOG.warn("{} {}; it is started again in {} ms", part.name(), end, delay.toMillis());
            detail(end);
            TimeUnit.NANOSECONDS.sleep(delay.toNanos());
            return true;
        }

        /** Ends a process that has not become healthy; when it is the first, the start has failed. */
        private void tooLong(Process running, String problem) {
            String why = "is not healthy after %d ms: %s"
                    .formatted(policy.startBound().toMillis(), problem);
            LOG.warn("{} {}; it is killed", part.name(), why);
            boolean first;
            synchronized (this) {
                first = !everUp;
            }
            if (first) {
                fail(why);
            }
            running.destroyForcibly();
        }

        private void detail(String why) {
            synchronized (this) {
                detail = why;
            }
            changed();
        }

        private void fail(String why) {
            LOG.error("{} {}", part.name(), why);
            set(State.FAILED, why);
        }

        private void set(State next, String why) {
            synchronized (this) {
                if (state == next && detail.equals(why)) {
                    return;
                }
                state = next;
                detail = why;
                everUp |= next == State.UP;
            }
            changed();
        }

        private synchronized boolean wasUp() {
            return everUp;
        }

        private synchronized void requireNotFailed() {
            if (state == State.FAILED) {
                throw new PartFailedException("%s %s; the end of %s:%n%s"
                        .formatted(
                                part.name(),
                                detail,
                                directory.log(part.name()),
                                String.join("\n", directory.logTail(part.name(), LOG_LINES))));
            }
        }

        private synchronized PartState state() {
            ProcessHandle running = process == null ? null : process.toHandle();
            return new PartState(
                    part.name(),
                    state,
                    running == null ? 0 : running.pid(),
                    running == null ? 0 : StackState.startedAt(running),
                    part.ports(),
                    part.url(),
                    restarts,
                    detail,
                    directory.log(part.name()).toString());
        }

        /** From here on it is not started again. */
        private void dismiss() {
            synchronized (this) {
                dismissed = true;
            }
            thread.interrupt();
        }

        private synchronized void terminate() {
            terminatedAtNanos = System.nanoTime();
            if (process != null) {
                process.toHandle().destroy();
            }
        }

        private void awaitEnd() {
            Process ending;
            synchronized (this) {
                ending = process;
            }
            if (ending != null) {
                long left = part.stopBound().toNanos() - (System.nanoTime() - terminatedAtNanos);
                boolean forced = false;
                try {
                    forced = !ending.waitFor(Math.max(0, left), TimeUnit.NANOSECONDS);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    forced = true;
                }
                if (forced) {
                    LOG.warn(
                            "{} did not stop within {} s and is killed",
                            part.name(),
                            part.stopBound().toSeconds());
                    ending.descendants().forEach(ProcessHandle::destroyForcibly);
                    ending.destroyForcibly();
                    ending.onExit().join();
                }
                synchronized (this) {
                    process = null;
                }
            }
            set(State.STOPPED, "");
        }
    }
}
