package io.ocos.jobs.cli;

import io.ocos.jobs.analytics.Migrations;
import io.ocos.schemas.config.Secret;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code ocos migrate}. */
@Command(
        name = "migrate",
        description = "Brings the ClickHouse tables to this version; does nothing when they are.",
        mixinStandardHelpOptions = true)
final class MigrateCommand implements Callable<Integer> {

    @Option(names = "--clickhouse-url", required = true, paramLabel = "URL", description = "http(s)://host:port")
    private String url = "";

    @Option(names = "--user", paramLabel = "NAME", description = "Default: ${DEFAULT-VALUE}.")
    private String user = "default";

    @Option(
            names = "--password",
            paramLabel = "ENV",
            description = "Name of the environment variable that holds the password; default: no password.")
    private String passwordVariable = "";

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        String password = passwordVariable.isEmpty() ? "" : System.getenv().getOrDefault(passwordVariable, "");
        int applied = Migrations.run(url, user, new Secret(password));
        PrintWriter out = spec.commandLine().getOut();
        out.println(applied == 0 ? "up to date" : applied + " migrations applied");
        return 0;
    }
}
