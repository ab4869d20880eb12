package io.ocos.jobs.cli;

import io.ocos.jobs.treasury.Treasury;
import io.ocos.jobs.treasury.TreasuryConfig;
import io.ocos.schemas.config.ConfigException;
import io.ocos.schemas.config.ConfigLoader;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options that say where the treasury's commands find things: a local stack, or a configuration. */
final class TreasuryOptions {

    @Mixin
    private StackDirectoryOption stack = new StackDirectoryOption();

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "YAML file with the keys of docs/operations/treasury.md, instead of a local stack.")
    private @Nullable Path config;

    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            description = "Sets one key, stronger than the file; repeatable.")
    private Map<String, String> overrides = new LinkedHashMap<>();

    /** Where things are. */
    TreasuryConfig config() {
        if (config != null || !overrides.isEmpty()) {
            return ConfigLoader.load(TreasuryConfig.class, config, overrides);
        }
        try {
            return TreasuryConfig.of(stack.directory(), stack.running());
        } catch (StackDirectoryOption.NoStackException e) {
            throw new ConfigException(String.valueOf(e.getMessage()), e);
        }
    }

    /** Opened. */
    Treasury open() {
        return Treasury.open(config());
    }
}
