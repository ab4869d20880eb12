package io.ocos.jobs.analytics;

import io.ocos.schemas.config.Secret;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.output.MigrateResult;

/** Brings the tables of database {@code ocos} to this version ({@code db/clickhouse}). */
public final class Migrations {

    private Migrations() {}

    /**
     * Applies what is missing, as user {@code default} without password.
     *
     * @param clickhouseUrl {@code http://host:port}
     * @return number of migrations that were applied, 0 when the tables were up to date
     */
    public static int run(String clickhouseUrl) {
        return run(clickhouseUrl, "default", new Secret(""));
    }

    /**
     * Applies what is missing.
     *
     * @param clickhouseUrl {@code http://host:port} or {@code https://host:port}
     * @param user needs the right to create databases, tables and views
     * @return number of migrations that were applied, 0 when the tables were up to date
     * @throws org.flywaydb.core.api.FlywayException when ClickHouse cannot be reached, a migration fails, or one that was
     *     applied has been changed since
     */
    public static int run(String clickhouseUrl, String user, Secret password) {
        MigrateResult result = Flyway.configure()
                .dataSource("jdbc:clickhouse:" + clickhouseUrl, user, password.reveal())
                .schemas(Table.DATABASE)
                .defaultSchema(Table.DATABASE)
                .createSchemas(true)
                .locations("classpath:db/clickhouse")
                .table("schema_history")
                .validateMigrationNaming(true)
                .load()
                .migrate();
        return result.migrationsExecuted;
    }
}
