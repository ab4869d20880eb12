package io.ocos.jobs.runtime;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** {@code ./ocos flink} in a process of its own, which ends with this JVM, or by kill -9. */
public final class FlinkProcess implements AutoCloseable {

    private static final int LOG_LINES = 40;

    private final Process process;
    private final Path log;

    private FlinkProcess(Process process, Path log) {
        this.process = process;
        this.log = log;
    }

    /**
     * Starts it; what it logs is appended to {@code flink.log}.
     *
     * @param dir its data directory is {@code flink} in it
     * @param settings further keys of {@link FlinkRuntimeConfig}
     */
    public static FlinkProcess start(Path dir, Map<String, String> settings) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("-Xmx512m");
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(argument -> argument.startsWith("--add-"))
                .forEach(command::add);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), "io.ocos.jobs.cli.Ocos", "flink"));
        command.addAll(List.of("--set", "dataDir=" + dir.resolve("flink")));
        settings.forEach((key, value) -> command.addAll(List.of("--set", key + "=" + value)));
        Path log = Files.createDirectories(dir).resolve("flink.log");
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
        builder.environment().put("OCOS_PARENT_PIPE", "1");
        return new FlinkProcess(builder.start(), log);
    }

    /** kill -9; returns when the process is gone. */
    @Override
    public void close() throws IOException {
        try {
            process.destroyForcibly().waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    /** For a failure's message. */
    public String logEnd() throws IOException {
        List<String> lines = Files.readAllLines(log);
        return "the log ends with %s".formatted(lines.subList(Math.max(0, lines.size() - LOG_LINES), lines.size()));
    }
}
