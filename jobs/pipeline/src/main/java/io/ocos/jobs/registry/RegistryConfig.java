package io.ocos.jobs.registry;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Where the registry is, for the commands that edit it.
 *
 * @param postgresUrl {@code postgresql://host[:port]/database}
 * @param postgresUser default {@code ocos}
 * @param postgresPasswordFile file that holds the password; null = none
 */
public record RegistryConfig(
        String postgresUrl, String postgresUser, @Nullable Path postgresPasswordFile) {

    public RegistryConfig {
        if (postgresUrl == null) {
            throw new IllegalArgumentException("postgresUrl is missing");
        }
        postgresUser = postgresUser == null ? "ocos" : postgresUser;
    }

    /** The database. */
    public PostgresDatabase database() {
        return PostgresDatabase.of(postgresUrl, postgresUser, postgresPasswordFile);
    }
}
