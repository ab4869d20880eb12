package io.ocos.jobs.cli;

import io.ocos.jobs.archive.ArchiveJob;
import io.ocos.jobs.archive.ArchiveJobConfig;
import io.ocos.jobs.archive.ArchiveOnce;
import io.ocos.jobs.runtime.FlinkRuntime;
import io.ocos.jobs.runtime.FlinkRuntimeConfig;
import io.ocos.schemas.config.ConfigException;
import io.ocos.schemas.io.ArchiveManifest;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code ./ocos archive}: the input topics to files with manifests. */
@Command(
        name = "archive",
        description = "Archives the input topics with manifests, continuously or once; see docs/operations/archive.md.",
        mixinStandardHelpOptions = true)
final class ArchiveCommand implements Callable<Integer> {

    /** In front of the job's keys in the configuration of the Flink process. */
    private static final String SECTION = "archive.";

    @Mixin
    private ConfigOptions options = new ConfigOptions();

    @Option(
            names = "--kafka-bootstrap",
            paramLabel = "HOST:PORT",
            description = "Kafka (key archive.kafkaBootstrap; with --once kafkaBootstrap).")
    private @Nullable String kafkaBootstrap;

    @Option(
            names = "--archive",
            paramLabel = "DIR",
            description = "Directory or URI of the archive (key archive.directory; with --once directory).")
    private @Nullable String directory;

    @Option(
            names = "--epoch-minutes",
            paramLabel = "E",
            description = "Length of an epoch (key archive.epochMinutes; with --once epochMinutes; default 60).")
    private @Nullable Integer epochMinutes;

    @Option(
            names = "--once",
            description = "Archives the epochs that are complete now, and ends. The keys are those of the job alone.")
    private boolean once;

    @Option(
            names = "--from",
            paramLabel = "TIME",
            description = "With --once: leaves out epochs that begin earlier (ms since the epoch, or ISO 8601).")
    private @Nullable String from;

    @Option(
            names = "--to",
            paramLabel = "TIME",
            description = "With --once: leaves out epochs that end later (ms since the epoch, or ISO 8601).")
    private @Nullable String to;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        if (once) {
            return archiveOnce();
        }
        if (from != null || to != null) {
            throw new ConfigException("--from and --to: expected only with --once");
        }
        return ProcessRunner.run(
                FlinkRuntime.startOnly(ArchiveJob.NAME, options.load(FlinkRuntimeConfig.class, keys(SECTION))));
    }

    private int archiveOnce() {
        ArchiveJobConfig config = options.load(ArchiveJobConfig.class, keys(""));
        ArchiveOnce.Summary summary;
        try {
            summary = ArchiveOnce.run(config, time("--from", from), time("--to", to));
        } catch (IOException | IllegalStateException e) {
            spec.commandLine().getErr().println("ocos: " + e.getMessage());
            return spec.exitCodeOnExecutionException();
        }
        PrintWriter out = spec.commandLine().getOut();
        List<ArchiveManifest> manifests = summary.manifests();
        if (manifests.isEmpty()) {
            out.println("no epoch is complete that is not archived");
        } else {
            ArchiveManifest newest = manifests.get(manifests.size() - 1);
            out.printf(
                    "archived %d records in %d files (%d bytes): %d manifests, epochs %d … %d; digest %s%n",
                    summary.records(),
                    summary.files(),
                    summary.bytes(),
                    manifests.size(),
                    manifests.get(0).epoch(),
                    newest.epoch(),
                    newest.digest());
        }
        out.flush();
        return 0;
    }

    private Map<String, String> keys(String section) {
        Map<String, String> keys = new LinkedHashMap<>();
        put(keys, section + "kafkaBootstrap", kafkaBootstrap);
        put(keys, section + "directory", directory);
        put(keys, section + "epochMinutes", epochMinutes);
        return keys;
    }

    private static void put(Map<String, String> keys, String key, @Nullable Object value) {
        if (value != null) {
            keys.put(key, value.toString());
        }
    }

    private static @Nullable Long time(String option, @Nullable String text) {
        if (text == null) {
            return null;
        }
        try {
            long millis = text.matches("\\d{1,18}")
                    ? Long.parseLong(text)
                    : Instant.parse(text).toEpochMilli();
            if (millis >= 0) {
                return millis;
            }
        } catch (DateTimeException | ArithmeticException e) {
            throw new ConfigException(expected(option, text), e);
        }
        throw new ConfigException(expected(option, text));
    }

    private static String expected(String option, String text) {
        return "%s '%s': expected milliseconds since the epoch, or a time like 2026-01-31T12:00:00Z"
                .formatted(option, text);
    }
}
