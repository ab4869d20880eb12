package io.ocos.jobs.cli;

import io.ocos.jobs.cli.StackDirectoryOption.NoStackException;
import io.ocos.jobs.stack.ClickHouseHttp;
import io.ocos.jobs.stack.ClickHouseHttp.QueryException;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code ./ocos query}: SQL to the stack's ClickHouse. */
@Command(
        name = "query",
        description = "Asks the local stack's ClickHouse, database ocos; exit code 1 when it refuses.",
        mixinStandardHelpOptions = true)
final class QueryCommand implements Callable<Integer> {

    @Mixin
    private StackDirectoryOption stack = new StackDirectoryOption();

    @Parameters(paramLabel = "SQL", description = "One statement.")
    private String sql = "";

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            description =
                    "CSV, TSV, JSON, Pretty, or any format of ClickHouse; default: Pretty in a terminal, else TSV.")
    private @Nullable String format;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws InterruptedException {
        try (InputStream answer = clickHouse().query(sql, format())) {
            answer.transferTo(System.out);
            System.out.flush();
            return System.out.checkError() ? 1 : 0;
        } catch (NoStackException | QueryException e) {
            return fail(e.getMessage());
        } catch (IOException e) {
            return fail("the answer broke off: " + e.getMessage());
        }
    }

    private ClickHouseHttp clickHouse() throws QueryException {
        String url = stack.running()
                .url("clickhouse")
                .orElseThrow(() -> new IllegalStateException("ClickHouse is not started yet"));
        return new ClickHouseHttp(
                HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build(), url);
    }

    @SuppressWarnings("SystemConsoleNull") // The build and the launcher take JDK 17 only, where null means no terminal.
    private String format() {
        if (format == null) {
            return System.console() == null ? "TSV" : "PrettyCompact";
        }
        return format.equals("Pretty") ? "PrettyCompact" : format;
    }

    private int fail(@Nullable String message) {
        spec.commandLine().getErr().println("ocos: " + message);
        return 1;
    }
}
