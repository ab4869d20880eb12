package io.ocos.jobs.cli;

import io.ocos.jobs.registry.PostgresDatabase;
import io.ocos.jobs.registry.PostgresProcess;
import io.ocos.jobs.registry.RegistryConfig;
import io.ocos.jobs.stack.StackDirectory;
import io.ocos.jobs.stack.StackState;
import io.ocos.schemas.config.ConfigException;
import io.ocos.schemas.config.ConfigLoader;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options that say which registry is meant: a local stack's, or that of a configuration. */
final class RegistryDatabaseOption {

    @Mixin
    private StackDirectoryOption stack = new StackDirectoryOption();

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "YAML file with postgresUrl, postgresUser and postgresPasswordFile, instead of --dir.")
    private @Nullable Path config;

    /**
     * The database.
     *
     * @throws ConfigException when no stack runs there, or the file does not say it
     */
    PostgresDatabase database() {
        if (config != null) {
            return ConfigLoader.load(RegistryConfig.class, config, Map.of()).database();
        }
        StackDirectory directory = stack.directory();
        StackState state;
        try {
            state = stack.running();
        } catch (StackDirectoryOption.NoStackException e) {
            throw new ConfigException("%s, or give --config".formatted(e.getMessage()), e);
        }
        String url = state.url("postgres")
                .orElseThrow(() -> new ConfigException(
                        "PostgreSQL of the stack in %s is not started yet".formatted(directory.root())));
        return PostgresDatabase.of(url, PostgresProcess.NAME, directory.key("password"));
    }
}
