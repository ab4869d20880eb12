package io.ocos.jobs.cli;

import io.ocos.schemas.config.ConfigLoader;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options by which every process takes its configuration. */
final class ConfigOptions {

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "YAML file; the keys are described in docs/operations.")
    private @Nullable Path config;

    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            description = "Sets one key, stronger than the file; repeatable.")
    private Map<String, String> overrides = new LinkedHashMap<>();

    /** The process's configuration record. */
    <T> T load(Class<T> type) {
        return load(type, Map.of());
    }

    /** The process's configuration record, with keys that options of the command's own set. */
    <T> T load(Class<T> type, Map<String, String> options) {
        Map<String, String> all = new LinkedHashMap<>(overrides);
        all.putAll(options);
        return ConfigLoader.load(type, config, all);
    }
}
