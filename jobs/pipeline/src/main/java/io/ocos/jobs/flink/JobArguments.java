package io.ocos.jobs.flink;

import io.ocos.schemas.config.ConfigException;
import io.ocos.schemas.config.ConfigLoader;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** The arguments of a job's main method on a cluster: {@code CONFIG.yaml [KEY=VALUE …]}. */
public final class JobArguments {

    private JobArguments() {}

    /**
     * The job's configuration record.
     *
     * @throws ConfigException naming the key, its value and what was expected
     */
    public static <T> T load(Class<T> type, String... arguments) {
        if (arguments.length == 0) {
            throw new ConfigException("no arguments, expected CONFIG.yaml [KEY=VALUE …]");
        }
        Map<String, String> overrides = new LinkedHashMap<>();
        for (int i = 1; i < arguments.length; i++) {
            int equals = arguments[i].indexOf('=');
            if (equals < 1) {
                throw new ConfigException("argument '%s', expected KEY=VALUE".formatted(arguments[i]));
            }
            overrides.put(arguments[i].substring(0, equals), arguments[i].substring(equals + 1));
        }
        return ConfigLoader.load(type, Path.of(arguments[0]), overrides);
    }
}
