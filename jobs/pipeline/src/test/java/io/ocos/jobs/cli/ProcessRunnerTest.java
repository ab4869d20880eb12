package io.ocos.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.ocos.schemas.config.Service;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The contract of a process towards its supervisor, held against real processes. */
class ProcessRunnerTest {

    private @Nullable Process running;

    @AfterEach
    void endProcess() {
        if (running != null) {
            running.destroyForcibly();
        }
    }

    @Test
    void sigtermClosesTheServiceAndExitsWithZero() throws Exception {
        Process process = start("waits");
        BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
        assertThat(out.readLine()).isEqualTo("started");
        process.toHandle().destroy();
        assertThat(out.readLine()).isEqualTo("closed");
        assertThat(exitCode(process)).isZero();
    }

    @Test
    void theEndOfTheParentPipeClosesTheServiceAndExitsWithZero() throws Exception {
        Process process = start("waits");
        BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
        assertThat(out.readLine()).isEqualTo("started");
        process.getOutputStream().close();
        assertThat(out.readLine()).isEqualTo("closed");
        assertThat(exitCode(process)).isZero();
    }

    @Test
    void aServiceThatEndsByItselfExitsWithZero() throws Exception {
        Process process = start("ends");
        BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
        assertThat(out.readLine()).isEqualTo("started");
        assertThat(out.readLine()).isEqualTo("closed");
        assertThat(exitCode(process)).isZero();
    }

    @Test
    void aServiceThatFailsIsClosedAndExitsWithOne() throws Exception {
        Process process = start("fails");
        BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
        assertThat(out.readLine()).isEqualTo("started");
        assertThat(out.readLine()).isEqualTo("closed");
        assertThat(exitCode(process)).isEqualTo(1);
    }

    private Process start(String behaviour) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx64m",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Main.class.getName(),
                        behaviour)
                .redirectError(ProcessBuilder.Redirect.DISCARD);
        builder.environment().put(ParentPipe.VARIABLE, "1");
        running = builder.start();
        return running;
    }

    private int exitCode(Process process) throws InterruptedException {
        assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
        return process.exitValue();
    }

    /** A process with a service of the given behaviour. */
    static final class Main {

        public static void main(String[] arguments) {
            ParentPipe.watch();
            CompletableFuture<Void> terminated = new CompletableFuture<>();
            switch (arguments[0]) {
                case "ends" -> terminated.complete(null);
                case "fails" -> terminated.completeExceptionally(new IllegalStateException("on purpose"));
                default -> {}
            }
            System.exit(ProcessRunner.run(new Service() {
                @Override
                public CompletableFuture<Void> terminated() {
                    System.out.println("started");
                    return terminated;
                }

                @Override
                public void close() {
                    System.out.println("closed");
                }
            }));
        }
    }
}
