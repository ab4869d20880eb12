package io.ocos.jobs.cli;

import io.ocos.jobs.analytics.Migrations;
import io.ocos.jobs.registry.PostgresDatabase;
import io.ocos.jobs.registry.RegistryMigrations;
import io.ocos.schemas.config.ConfigException;
import io.ocos.schemas.config.Secret;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code ocos migrate}. */
@Command(
        name = "migrate",
        description = "Brings the tables of ClickHouse and PostgreSQL to this version; does nothing when they are.",
        mixinStandardHelpOptions = true)
final class MigrateCommand implements Callable<Integer> {

    @Option(names = "--clickhouse-url", paramLabel = "URL", description = "http(s)://host:port")
    private @Nullable String url;

    @Option(names = "--user", paramLabel = "NAME", description = "Default: ${DEFAULT-VALUE}.")
    private String user = "default";

    @Option(
            names = "--password",
            paramLabel = "ENV",
            description = "Name of the environment variable that holds the password; default: no password.")
    private String passwordVariable = "";

    @Option(names = "--postgres-url", paramLabel = "URL", description = "postgresql://host[:port]/database")
    private @Nullable String postgresUrl;

    @Option(names = "--postgres-user", paramLabel = "NAME", description = "Default: ${DEFAULT-VALUE}.")
    private String postgresUser = "ocos";

    @Option(names = "--postgres-password-file", paramLabel = "FILE", description = "Default: no password.")
    private @Nullable Path postgresPasswordFile;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        if (url == null && postgresUrl == null) {
            throw new ConfigException("nothing to migrate: give --clickhouse-url, --postgres-url, or both");
        }
        int applied = 0;
        if (url != null) {
            String password = passwordVariable.isEmpty() ? "" : System.getenv().getOrDefault(passwordVariable, "");
            applied += Migrations.run(url, user, new Secret(password));
        }
        if (postgresUrl != null) {
            applied += RegistryMigrations.run(database(postgresUrl));
        }
        PrintWriter out = spec.commandLine().getOut();
        out.println(applied == 0 ? "up to date" : applied + " migrations applied");
        return 0;
    }

    private PostgresDatabase database(String given) {
        try {
            return PostgresDatabase.of(given, postgresUser, postgresPasswordFile);
        } catch (IllegalArgumentException e) {
            throw new ConfigException(String.valueOf(e.getMessage()), e);
        }
    }
}
