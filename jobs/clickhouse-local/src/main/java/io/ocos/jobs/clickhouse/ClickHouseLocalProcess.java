package io.ocos.jobs.clickhouse;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A {@link ClickHouseLocal} in a process of its own, on the class path of this one. It ends with this process, however
 * that ends. Its log is {@code endpoint.log} in the data directory.
 */
public final class ClickHouseLocalProcess implements AutoCloseable {

    /** Heap for the HTTP side only; the engine's memory is its own. Deep queries need the stack. */
    public static final List<String> JVM_ARGUMENTS =
            List.of("-Xmx128m", "-Xss4m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:+ExitOnOutOfMemoryError");

    private static final long STOP_SECONDS = 30;

    private final Process process;
    private final String url;

    private ClickHouseLocalProcess(Process process, String url) {
        this.process = process;
        this.url = url;
    }

    /** Starts on a free port and returns when it serves. */
    public static ClickHouseLocalProcess start(Path dataDir) {
        return start(dataDir, Map.of());
    }

    /**
     * Starts and returns when it serves.
     *
     * @param settings configuration keys beside {@code dataDir}
     * @throws IllegalStateException when it does not start; the message has what it said
     */
    public static ClickHouseLocalProcess start(Path dataDir, Map<String, String> settings) {
        try {
            Files.createDirectories(dataDir);
            Path log = dataDir.resolve("endpoint.log");
            ProcessBuilder builder = new ProcessBuilder(command(dataDir, settings));
            builder.environment().put("OCOS_PARENT_PIPE", "1");
            builder.redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()));
            Process process = builder.start();
            BufferedReader output =
                    new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
            String url = output.readLine();
            if (url == null) {
                process.destroyForcibly();
                throw new IllegalStateException("ClickHouse did not start: %s".formatted(lastLine(log)));
            }
            return new ClickHouseLocalProcess(process, url);
        } catch (IOException e) {
            throw new UncheckedIOException("ClickHouse could not be started", e);
        }
    }

    /** The command line that {@link #start} runs. */
    static List<String> command(Path dataDir, Map<String, String> settings) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(JVM_ARGUMENTS);
        command.add("-XX:ErrorFile=" + dataDir.resolve("hs_err_%p.log"));
        command.add("-Docos.tools=" + System.getProperty("ocos.tools", "target/tools"));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), ClickHouseLocal.class.getName()));
        command.addAll(List.of("--set", "dataDir=" + dataDir));
        settings.forEach((key, value) -> command.addAll(List.of("--set", key + "=" + value)));
        return command;
    }

    private static String lastLine(Path log) throws IOException {
        List<String> lines = Files.readAllLines(log);
        return lines.isEmpty() ? "it said nothing" : lines.get(lines.size() - 1);
    }

    /** Where it serves, such as {@code http://127.0.0.1:8123}. */
    public String url() {
        return url;
    }

    /** The URL for clickhouse-jdbc. */
    public String jdbcUrl() {
        return "jdbc:clickhouse:" + url;
    }

    /** The process itself, for signals. */
    public Process process() {
        return process;
    }

    /** Stops it in order; by force when that takes over half a minute. */
    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
