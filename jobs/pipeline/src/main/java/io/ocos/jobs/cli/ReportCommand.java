package io.ocos.jobs.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.ocos.jobs.cli.StackDirectoryOption.NoStackException;
import io.ocos.jobs.stack.ClickHouseHttp;
import io.ocos.jobs.stack.ClickHouseHttp.QueryException;
import io.ocos.jobs.usage.UsageReports;
import io.ocos.schemas.config.ConfigException;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.TokenAmount;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What the commands share that print a report of a month from ClickHouse; exit code 1 when there is none. */
abstract class ReportCommand implements Callable<Integer> {

    static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    @Mixin
    private StackDirectoryOption stack = new StackDirectoryOption();

    @Mixin
    final MonthOption month = new MonthOption();

    @Option(
            names = "--clickhouse",
            paramLabel = "URL",
            description = "ClickHouse's HTTP interface, without a local stack.")
    private @Nullable String url;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public final Integer call() throws InterruptedException {
        PrintWriter out = spec.commandLine().getOut();
        try {
            int code = print(
                    new UsageReports(new ClickHouseHttp(
                            HttpClient.newBuilder()
                                    .connectTimeout(Duration.ofSeconds(5))
                                    .build(),
                            clickHouse())),
                    out);
            out.flush();
            return code;
        } catch (NoStackException | QueryException e) {
            return fail(String.valueOf(e.getMessage()));
        }
    }

    /** Prints the report; the exit code. */
    abstract int print(UsageReports reports, PrintWriter out) throws QueryException, InterruptedException;

    int fail(String message) {
        spec.commandLine().getErr().println("ocos: " + message);
        return 1;
    }

    private String clickHouse() {
        return url != null
                ? url
                : stack.running()
                        .url("clickhouse")
                        .orElseThrow(() -> new IllegalStateException("ClickHouse is not started yet"));
    }

    static Address address(String name, String text) {
        try {
            return Address.parse(text);
        } catch (IllegalArgumentException e) {
            throw new ConfigException("%s: %s".formatted(name, e.getMessage()), e);
        }
    }

    static String json(Object value) {
        try {
            return JSON.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** wei as OCOS. */
    static String ocos(BigInteger wei) {
        return TokenAmount.saturated(wei).toOcos() + " OCOS";
    }

    /** A share in per cent, two digits, rounded down; for people only. */
    static String percent(long part, long whole) {
        return whole == 0
                ? "-"
                : BigDecimal.valueOf(part)
                                .multiply(BigDecimal.valueOf(100))
                                .divide(BigDecimal.valueOf(whole), 2, RoundingMode.DOWN)
                        + " %";
    }

    /** A quantity by a unit, three digits, rounded down; for people only. */
    static String by(BigInteger quantity, BigInteger unit) {
        return new BigDecimal(quantity)
                .divide(new BigDecimal(unit), 3, RoundingMode.DOWN)
                .toPlainString();
    }
}
