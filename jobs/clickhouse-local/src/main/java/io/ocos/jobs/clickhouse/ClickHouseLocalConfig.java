package io.ocos.jobs.clickhouse;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Configuration of the ClickHouse endpoint.
 *
 * @param dataDir directory of the databases; created when absent; one process at a time
 * @param port TCP port on 127.0.0.1; 0 for a free one
 * @param maxMemoryMegabytes what the engine may hold for all statements together, 128 … 65536; one statement may take
 *     two thirds of it
 * @param maxThreads threads of one statement, 1 … 64
 * @param maxConcurrentStatements statements that run at a time, 1 … 64; more wait
 * @param stopGraceMillis how long an orderly stop lets running statements finish before it cancels them, 0 … 60 000
 */
public record ClickHouseLocalConfig(
        Path dataDir,
        int port,
        int maxMemoryMegabytes,
        int maxThreads,
        int maxConcurrentStatements,
        int stopGraceMillis) {

    public ClickHouseLocalConfig {
        check("port", port, 0, 65_535);
        check("maxMemoryMegabytes", maxMemoryMegabytes, 128, 65_536);
        check("maxThreads", maxThreads, 1, 64);
        check("maxConcurrentStatements", maxConcurrentStatements, 1, 64);
        check("stopGraceMillis", stopGraceMillis, 0, 60_000);
    }

    /** From configuration keys; all but {@code dataDir} have defaults: 0, 640, 2, 8, 3000. */
    @JsonCreator
    static ClickHouseLocalConfig of(
            @JsonProperty("dataDir") @Nullable Path dataDir,
            @JsonProperty("port") @Nullable Integer port,
            @JsonProperty("maxMemoryMegabytes") @Nullable Integer maxMemoryMegabytes,
            @JsonProperty("maxThreads") @Nullable Integer maxThreads,
            @JsonProperty("maxConcurrentStatements") @Nullable Integer maxConcurrentStatements,
            @JsonProperty("stopGraceMillis") @Nullable Integer stopGraceMillis) {
        if (dataDir == null) {
            throw new IllegalArgumentException("dataDir is missing, expected the directory of the databases");
        }
        return new ClickHouseLocalConfig(
                dataDir,
                port == null ? 0 : port,
                maxMemoryMegabytes == null ? 640 : maxMemoryMegabytes,
                maxThreads == null ? 2 : maxThreads,
                maxConcurrentStatements == null ? 8 : maxConcurrentStatements,
                stopGraceMillis == null ? 3000 : stopGraceMillis);
    }

    private static void check(String key, int value, int least, int most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException("%s is %d, expected %d to %d".formatted(key, value, least, most));
        }
    }
}
