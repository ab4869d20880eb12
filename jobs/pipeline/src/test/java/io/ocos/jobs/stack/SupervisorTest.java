package io.ocos.jobs.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ocos.jobs.stack.PartState.State;
import io.ocos.schemas.io.AnvilProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The supervisor over real processes. */
class SupervisorTest {

    private static final Duration BOUND = Duration.ofSeconds(30);
    /** In which nothing may be left after a supervisor was killed. */
    private static final Duration GONE_BOUND = Duration.ofSeconds(10);

    private static final RestartPolicy QUICK = new RestartPolicy(
            Duration.ofMillis(10), Duration.ofMillis(40), Duration.ofMinutes(1), 3, Duration.ofSeconds(20));

    /** Says that it is up, writes its name when it is told to stop, ends with its standard input. */
    private static final String SERVES = """
            trap 'echo $NAME >>"$DIR/order"; exit 0' TERM
            echo run >>"$DIR/$NAME.runs"
            touch "$DIR/$NAME.up"
            while read -r _; do :; done
            """;

    @TempDir
    private Path root;

    private StackDirectory directory;
    private StackDirectory.Lock lock;
    private Supervisor supervisor;

    @BeforeEach
    void open() {
        directory = StackDirectory.of(root);
        lock = directory.lock();
        supervisor = supervisor(QUICK);
    }

    @AfterEach
    void close() {
        supervisor.close();
        lock.close();
    }

    @Test
    void aKilledPartIsStartedAgainAndCounted() throws Exception {
        supervisor.start(serving("a", 0));
        supervisor.awaitUp("a");
        PartState first = state("a");
        assertThat(first.state()).isEqualTo(State.UP);
        assertThat(first.restarts()).isZero();

        kill(first.pid());
        Await.until("another process serves", BOUND, () -> {
            PartState now = state("a");
            return now.state() == State.UP && now.pid() != first.pid() && now.pid() != 0;
        });

        assertThat(state("a").restarts()).isEqualTo(1);
        assertThat(lines("a.runs")).hasSize(2);
    }

    @Test
    void everyKillIsFollowedByAStart() throws Exception {
        supervisor.start(serving("a", 0));
        supervisor.awaitUp("a");
        for (int kills = 1; kills <= 5; kills++) {
            int expected = kills;
            long pid = state("a").pid();
            kill(pid);
            Await.until(
                    "start after kill " + kills,
                    BOUND,
                    () -> state("a").restarts() == expected
                            && state("a").state() == State.UP
                            && lines("a.runs").size() == expected + 1);
        }
    }

    @Test
    void stopsByStagesFromTheHighestAndLeavesNothing() throws Exception {
        supervisor.start(serving("store", 0));
        supervisor.start(serving("job", 1));
        supervisor.start(serving("sender", 2));
        for (String name : List.of("store", "job", "sender")) {
            supervisor.awaitUp(name);
        }
        List<Long> pids = supervisor.states().stream().map(PartState::pid).toList();

        supervisor.close();

        assertThat(lines("order")).containsExactly("sender", "job", "store");
        assertThat(pids).noneMatch(SupervisorTest::isAlive);
        assertThat(supervisor.states()).extracting(PartState::state).containsOnly(State.STOPPED);
        assertThat(supervisor.states()).extracting(PartState::restarts).containsOnly(0);
    }

    @Test
    void aPartThatDoesNotStopIsKilledAndTheOthersStillStopInOrder() throws Exception {
        supervisor.start(serving("store", 0));
        supervisor.start(part(
                "stubborn",
                "trap '' TERM\ntouch \"$DIR/stubborn.up\"\nwhile :; do sleep 0.1; done",
                1,
                Duration.ofMillis(300)));
        supervisor.awaitUp("store");
        supervisor.awaitUp("stubborn");
        long pid = state("stubborn").pid();

        supervisor.close();

        assertThat(isAlive(pid)).isFalse();
        assertThat(lines("order")).containsExactly("store");
    }

    @Test
    void aPartThatEndsBeforeItIsUpIsTriedAgainThenFailsWithItsLog() throws Exception {
        supervisor.start(part("a", "echo run >>\"$DIR/a.runs\"\necho no luck\nexit 3", 0, BOUND));

        assertThatThrownBy(() -> supervisor.awaitUp("a"))
                .isInstanceOf(PartFailedException.class)
                .hasMessageContaining("a ended with exit code 3")
                .hasMessageContaining(directory.log("a").toString())
                .hasMessageContaining("no luck");
        assertThat(lines("a.runs")).hasSize(QUICK.attemptsToStart());
        assertThat(state("a").state()).isEqualTo(State.FAILED);
    }

    @Test
    void aWrongConfigurationIsNotTriedAgain() throws Exception {
        supervisor.start(part("a", "echo run >>\"$DIR/a.runs\"\necho key unknown\nexit 2", 0, BOUND));

        assertThatThrownBy(() -> supervisor.awaitUp("a"))
                .isInstanceOf(PartFailedException.class)
                .hasMessageContaining("exit code 2")
                .hasMessageContaining("key unknown");
        assertThat(lines("a.runs")).hasSize(1);
    }

    @Test
    void whoWaitsForOnePartIsToldWhenAnotherFails() {
        supervisor.start(part("waits", SERVES.replace("touch", "echo").replace("$NAME", "waits"), 0, BOUND));
        supervisor.start(part("fails", "exit 2", 0, BOUND));

        assertThatThrownBy(() -> supervisor.awaitUp("waits"))
                .isInstanceOf(PartFailedException.class)
                .hasMessageContaining("fails ended with exit code 2");
    }

    @Test
    void aPartThatNeverGetsHealthyIsEndedAndSaysWhatIsWrong() throws Exception {
        supervisor.close();
        supervisor = supervisor(new RestartPolicy(
                QUICK.firstDelay(), QUICK.maxDelay(), QUICK.stableAfter(), 3, Duration.ofMillis(200)));
        Part healthy = serving("a", 0);
        supervisor.start(new Part(
                "a", healthy.command(), Map.of(), "", () -> Optional.of("the dog ate it"), 0, healthy.stopBound()));

        assertThatThrownBy(() -> supervisor.awaitUp("a"))
                .isInstanceOf(PartFailedException.class)
                .hasMessageContaining("not healthy")
                .hasMessageContaining("the dog ate it");
        Await.until("its process is ended", BOUND, () -> state("a").pid() == 0);
    }

    @Test
    void aPartWhoseHealthCheckFailsLaterIsShownAndLeftAlone() throws Exception {
        supervisor.start(serving("a", 0));
        supervisor.awaitUp("a");
        long pid = state("a").pid();

        Files.delete(root.resolve("a.up"));
        Await.until("it is shown", BOUND, () -> state("a").state() == State.UNHEALTHY);
        assertThat(state("a").detail()).isEqualTo("a.up is missing");
        Files.createFile(root.resolve("a.up"));
        Await.until("it is well again", BOUND, () -> state("a").state() == State.UP);

        assertThat(state("a").pid()).isEqualTo(pid);
        assertThat(state("a").restarts()).isZero();
    }

    @Test
    void backoffDoublesUpToItsBound() {
        assertThat(List.of(QUICK.delay(1), QUICK.delay(2), QUICK.delay(3), QUICK.delay(4), QUICK.delay(90)))
                .extracting(Duration::toMillis)
                .containsExactly(10L, 20L, 40L, 40L, 40L);
    }

    @Test
    void afterKillNineOfTheSupervisorEverythingIsGoneWithinTenSeconds() throws Exception {
        Path other = root.resolve("killed");
        Process killed = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx64m",
                        "-XX:TieredStopAtLevel=1",
                        "-Docos.tools=" + System.getProperty("ocos.tools"),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Main.class.getName(),
                        other.toString())
                .inheritIO()
                .start();
        try {
            Path state = other.resolve("stack.json");
            Await.until(
                    "all parts are up",
                    BOUND,
                    () -> Files.exists(state)
                            && read(other).size() == 3
                            && read(other).stream().allMatch(part -> part.state() == State.UP));
            List<Long> pids = read(other).stream().map(PartState::pid).toList();
            assertThat(pids).hasSize(3).allMatch(SupervisorTest::isAlive);

            killed.destroyForcibly().waitFor();

            Await.until("all are gone", GONE_BOUND, () -> pids.stream().noneMatch(SupervisorTest::isAlive));
        } finally {
            killed.destroyForcibly();
        }
    }

    /** A supervisor over a plain process, one that takes no notice of its end of input, and a chain. */
    static final class Main {

        public static void main(String[] arguments) throws InterruptedException {
            StackDirectory directory = StackDirectory.of(Path.of(arguments[0]));
            StackDirectory.Lock lock = directory.lock();
            Supervisor supervisor =
                    new Supervisor(directory, RestartPolicy.STANDARD, parts -> StackState.ofThisProcess(Map.of(), parts)
                            .write(directory));
            supervisor.start(part(directory.root(), "plain", SERVES.replace("$NAME", "plain"), 0, BOUND));
            supervisor.start(new Part(
                    "wrapped",
                    () -> AnvilProcess.command(0, List.of("--block-time", "1")),
                    Map.of(),
                    "",
                    Optional::empty,
                    0,
                    BOUND));
            supervisor.start(new Part(
                    "java",
                    () -> List.of(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-cp",
                            System.getProperty("java.class.path"),
                            "io.ocos.jobs.cli.ProcessRunnerTest$Main",
                            "waits"),
                    Map.of(),
                    "",
                    HealthCheckOfLog.says(directory.log("java"), "started"),
                    0,
                    BOUND));
            synchronized (lock) {
                lock.wait();
            }
        }
    }

    /** Healthy once a log has a line. */
    private static final class HealthCheckOfLog {

        static HealthCheck says(Path log, String line) {
            return () -> {
                try {
                    return Files.readAllLines(log).contains(line)
                            ? Optional.empty()
                            : Optional.of("it has not said: " + line);
                } catch (IOException e) {
                    return Optional.of(e.toString());
                }
            };
        }
    }

    private Supervisor supervisor(RestartPolicy policy) {
        return new Supervisor(directory, policy, parts -> assertThat(parts).isNotEmpty());
    }

    private Part serving(String name, int stage) {
        return part(name, SERVES.replace("$NAME", name), stage, BOUND);
    }

    private Part part(String name, String script, int stage, Duration stopBound) {
        return part(root, name, script, stage, stopBound);
    }

    private static Part part(Path root, String name, String script, int stage, Duration stopBound) {
        Path up = root.resolve(name + ".up");
        return new Part(
                name,
                () -> List.of("sh", "-c", script.replace("$DIR", root.toString())),
                Map.of(),
                "",
                () -> Files.exists(up) ? Optional.empty() : Optional.of(name + ".up is missing"),
                stage,
                stopBound);
    }

    private PartState state(String name) {
        return supervisor.states().stream()
                .filter(part -> part.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static List<PartState> read(Path root) {
        return StackState.read(StackDirectory.of(root)).orElseThrow().parts();
    }

    private List<String> lines(String file) throws IOException {
        return Files.readAllLines(root.resolve(file));
    }

    private void kill(long pid) throws InterruptedException, IOException {
        // 0 would be this test's own process group.
        assertThat(pid).isPositive();
        int code = new ProcessBuilder("kill", "-9", Long.toString(pid)).start().waitFor();
        assertThat(code).isZero();
        assertThat(ProcessHandle.of(pid)
                        .map(handle -> handle.onExit()
                                .completeOnTimeout(handle, 10, TimeUnit.SECONDS)
                                .join()
                                .isAlive())
                        .orElse(false))
                .isFalse();
    }

    private static boolean isAlive(long pid) {
        return ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false);
    }
}
