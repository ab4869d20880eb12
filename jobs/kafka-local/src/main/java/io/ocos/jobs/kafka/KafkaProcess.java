package io.ocos.jobs.kafka;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * A {@link KafkaLocal} broker as a child process, for tests. This class needs nothing but the JDK, so a module can use
 * it (test scope, all transitive dependencies excluded) beside its own version of the Kafka clients. The child ends with
 * the process that started it, however that ends.
 */
public final class KafkaProcess implements AutoCloseable {

    private static final long START_BOUND_SECONDS = 90;
    private static final long STOP_BOUND_SECONDS = 15;

    private final Path dataDir;
    private final int port;
    private Process process;

    private KafkaProcess(Path dataDir, int port, Process process) {
        this.dataDir = dataDir;
        this.port = port;
        this.process = process;
    }

    /**
     * Starts a broker on a free port of 127.0.0.1 and waits until it serves.
     *
     * @param dataDir its data; made when missing, taken up when there; {@code broker.log} in it is its log
     * @throws IllegalStateException when it does not come up within 90 s; the message ends with its log
     */
    public static KafkaProcess start(Path dataDir) {
        Process process = launch(dataDir, 0);
        String address = awaitReady(dataDir, process);
        return new KafkaProcess(dataDir, Integer.parseInt(address.substring(address.lastIndexOf(':') + 1)), process);
    }

    /** What clients take as {@code bootstrap.servers}; the same for the life of this object, over restarts too. */
    public String bootstrap() {
        return "127.0.0.1:" + port;
    }

    /** Kills the broker as {@code kill -9} does, and waits until it is gone. */
    public void kill() {
        process.destroyForcibly();
        awaitExit(process);
    }

    /** Starts the broker again on its data and port, after {@link #kill()} or {@link #stop()}. */
    public void restart() {
        if (process.isAlive()) {
            throw new IllegalStateException(
                    "the broker at %s still runs, expected it killed or stopped".formatted(bootstrap()));
        }
        process = launch(dataDir, port);
        awaitReady(dataDir, process);
    }

    @Override
    public void close() {
        stop();
    }

    /** Stops the broker cleanly, and waits until it is gone. */
    public void stop() {
        process.toHandle().destroy();
        awaitExit(process);
    }

    /** The class path of the broker: the classes (or jar) of this module and the {@code lib} folder beside them. */
    public static String classPath() {
        try {
            Path own = Path.of(KafkaProcess.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
            return own + File.pathSeparator + own.resolveSibling("lib") + File.separator + "*";
        } catch (URISyntaxException e) {
            throw new IllegalStateException("kafka-local was not loaded from a file", e);
        }
    }

    private static Process launch(Path dataDir, int port) {
        try {
            Files.createDirectories(dataDir);
            ProcessBuilder builder = new ProcessBuilder(List.of(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-Xmx384m",
                            "-XX:+UseSerialGC",
                            "-XX:TieredStopAtLevel=1",
                            "-cp",
                            classPath(),
                            "io.ocos.jobs.kafka.KafkaLocal",
                            dataDir.toString(),
                            Integer.toString(port)))
                    .redirectError(ProcessBuilder.Redirect.appendTo(log(dataDir).toFile()));
            builder.environment().put("OCOS_PARENT_PIPE", "1");
            return builder.start();
        } catch (IOException e) {
            throw new IllegalStateException("the broker on %s cannot be started".formatted(dataDir), e);
        }
    }

    private static Path log(Path dataDir) {
        return dataDir.resolve("broker.log");
    }

    private static String awaitReady(Path dataDir, Process process) {
        CompletableFuture<@Nullable String> ready = CompletableFuture.supplyAsync(() -> readyAddress(process));
        try {
            return Objects.requireNonNull(ready.get(START_BOUND_SECONDS, TimeUnit.SECONDS));
        } catch (InterruptedException | ExecutionException | TimeoutException | NullPointerException e) {
            process.destroyForcibly();
            throw new IllegalStateException("the broker on %s did not start:%n%s".formatted(dataDir, tail(dataDir)), e);
        }
    }

    private static @Nullable String readyAddress(Process process) {
        try {
            BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
            String line = out.readLine();
            while (line != null && !line.startsWith("kafka ready at ")) {
                line = out.readLine();
            }
            return line == null ? null : line.substring("kafka ready at ".length());
        } catch (IOException e) {
            return null;
        }
    }

    private static String tail(Path dataDir) {
        try {
            List<String> lines = Files.readAllLines(log(dataDir));
            return String.join("\n", lines.subList(Math.max(0, lines.size() - 40), lines.size()));
        } catch (IOException e) {
            return "(no log: %s)".formatted(e.getMessage());
        }
    }

    private static void awaitExit(Process process) {
        try {
            if (!process.waitFor(STOP_BOUND_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
