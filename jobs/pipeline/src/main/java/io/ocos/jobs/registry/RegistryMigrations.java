package io.ocos.jobs.registry;

import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.output.MigrateResult;

/** Brings the tables of schema {@code registry} to this version ({@code db/postgresql}). */
public final class RegistryMigrations {

    static final String SCHEMA = "registry";

    private RegistryMigrations() {}

    /**
     * Applies what is missing.
     *
     * @param database its user needs the rights to create schemas, the extension btree_gist and publications in it
     * @return number of migrations that were applied, 0 when the tables were up to date
     * @throws org.flywaydb.core.api.FlywayException when PostgreSQL cannot be reached, a migration fails, or one that was
     *     applied has been changed since
     */
    public static int run(PostgresDatabase database) {
        MigrateResult result = Flyway.configure()
                .dataSource(
                        database.jdbcUrl(), database.user(), database.password().reveal())
                .schemas(SCHEMA)
                .defaultSchema(SCHEMA)
                .createSchemas(true)
                .locations("classpath:db/postgresql")
                .table("schema_history")
                .validateMigrationNaming(true)
                .load()
                .migrate();
        return result.migrationsExecuted;
    }
}
