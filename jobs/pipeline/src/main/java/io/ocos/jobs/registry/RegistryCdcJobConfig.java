package io.ocos.jobs.registry;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Configuration of the RegistryCdcJob. Keys that have a default may be absent (null to the constructor); afterwards nothing but the
 * files is null.
 *
 * @param kafkaBootstrap {@code host:port[,host:port]}
 * @param kafkaPropertiesFile further properties of the Kafka producer (security); null = none
 * @param postgresUrl {@code postgresql://host[:port]/database}
 * @param postgresUser role with REPLICATION; default {@code ocos}
 * @param postgresPasswordFile file that holds its password; null = none
 * @param slot replication slot of this job alone, kept for good; default {@code ocos_registry}
 * @param checkpointIntervalMillis also the time after which a change is seen, 10 … 3 600 000; default 2 000
 * @param heartbeatIntervalMillis how often the stream says how far it is, and lets PostgreSQL drop old WAL, 100 … 3 600 000; default
 *     10 000
 * @param splitRows rows of a table that are read as one piece at the first start, 2 … 1 000 000, held in memory
 *     meanwhile; default 32 768
 */
public record RegistryCdcJobConfig(
        String kafkaBootstrap,
        @Nullable Path kafkaPropertiesFile,
        String postgresUrl,
        String postgresUser,
        @Nullable Path postgresPasswordFile,
        String slot,
        Integer checkpointIntervalMillis,
        Integer heartbeatIntervalMillis,
        Integer splitRows) {

    public RegistryCdcJobConfig {
        required("kafkaBootstrap", kafkaBootstrap);
        required("postgresUrl", postgresUrl);
        postgresUser = postgresUser == null ? "ocos" : postgresUser;
        slot = slot == null ? "ocos_registry" : slot;
        if (!slot.matches("[a-z0-9_]{1,60}")) {
            throw new IllegalArgumentException(
                    "slot '%s', expected 1 … 60 lower-case letters, digits and underscores".formatted(slot));
        }
        checkpointIntervalMillis = inRange("checkpointIntervalMillis", checkpointIntervalMillis, 2_000, 10, 3_600_000);
        heartbeatIntervalMillis = inRange("heartbeatIntervalMillis", heartbeatIntervalMillis, 10_000, 100, 3_600_000);
        splitRows = inRange("splitRows", splitRows, 32_768, 2, 1_000_000);
        var unused = PostgresDatabase.of(postgresUrl, postgresUser, null);
    }

    PostgresDatabase database() {
        return PostgresDatabase.of(postgresUrl, postgresUser, postgresPasswordFile);
    }

    private static void required(String key, @Nullable Object value) {
        if (value == null) {
            throw new IllegalArgumentException("%s is missing".formatted(key));
        }
    }

    private static int inRange(String key, @Nullable Integer value, int absent, int min, int max) {
        int given = value == null ? absent : value;
        if (given < min || given > max) {
            throw new IllegalArgumentException("%s %d, expected %d … %d".formatted(key, given, min, max));
        }
        return given;
    }
}
