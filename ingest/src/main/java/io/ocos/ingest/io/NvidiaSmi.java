package io.ocos.ingest.io;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The use of NVIDIA GPUs, by the driver's own tool. Where the tool is not there, or does not answer, use is 0: cards of other
 * makers are not measured.
 */
final class NvidiaSmi {

    private static final Logger LOG = LoggerFactory.getLogger(NvidiaSmi.class);
    private static final File NOTHING = new File("/dev/null");
    private static final long TIMEOUT_SECONDS = 4;

    /**
     * All GPUs together.
     *
     * @param computePpm mean of their utilisation
     * @param memoryPpm share of their memory that is used
     */
    record Use(int computePpm, int memoryPpm) {

        static final Use NONE = new Use(0, 0);
    }

    private final List<String> command;
    private final boolean there;
    private boolean failedBefore;

    /** @param tool name on the PATH, or path */
    NvidiaSmi(String tool) {
        command =
                List.of(tool, "--query-gpu=utilization.gpu,memory.used,memory.total", "--format=csv,noheader,nounits");
        there = starts();
    }

    /** Whether the tool is there. */
    boolean isThere() {
        return there;
    }

    /** The use now. */
    Use measure() {
        if (!there) {
            return Use.NONE;
        }
        try {
            Use use = parse(run());
            failedBefore = false;
            return use;
        } catch (IOException | IllegalArgumentException e) {
            if (!failedBefore) {
                LOG.warn("GPUs cannot be measured, their use counts as 0 until they can: {}", e.toString());
            }
            failedBefore = true;
            return Use.NONE;
        }
    }

    /**
     * Reads lines of {@code PERCENT, MIB USED, MIB TOTAL}; a GPU that does not tell one of them ({@code [N/A]}) counts as 0 there.
     *
     * @throws IllegalArgumentException when a line is not of this form
     */
    static Use parse(String lines) {
        long percent = 0;
        long used = 0;
        long total = 0;
        int gpus = 0;
        for (String line : lines.lines().filter(text -> !text.isBlank()).toList()) {
            String[] fields = line.split(",", -1);
            if (fields.length != 3) {
                throw new IllegalArgumentException("'%s', expected three numbers".formatted(line));
            }
            percent += number(fields[0]);
            used += number(fields[1]);
            total += number(fields[2]);
            gpus++;
        }
        return new Use(
                gpus == 0 ? 0 : HostMetrics.ppm(percent / (100.0 * gpus)),
                total == 0 ? 0 : HostMetrics.ppm((double) used / total));
    }

    private static long number(String field) {
        String text = field.strip();
        return text.startsWith("[") ? 0 : Long.parseLong(text);
    }

    private boolean starts() {
        try {
            run();
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private String run() throws IOException {
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectInput(ProcessBuilder.Redirect.from(NOTHING))
                .start();
        try {
            // Read beside the wait: a full pipe would hold the tool up, and a tool that hangs must not hold up the
            // agent.
            CompletableFuture<String> output = CompletableFuture.supplyAsync(() -> read(process));
            String text = output.get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
            if (!process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
                throw new IOException("%s: %s".formatted(command.get(0), text.strip()));
            }
            return text;
        } catch (TimeoutException e) {
            throw new IOException("%s: no answer in %d s".formatted(command.get(0), TIMEOUT_SECONDS), e);
        } catch (ExecutionException e) {
            throw new IOException("%s: %s".formatted(command.get(0), e.getMessage()), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("%s: interrupted".formatted(command.get(0)), e);
        } finally {
            process.destroyForcibly();
        }
    }

    private static String read(Process process) {
        try {
            return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
