package io.ocos.jobs.cli;

import io.ocos.schemas.config.ConfigException;
import java.time.DateTimeException;
import java.time.YearMonth;
import java.time.ZoneOffset;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The option that says which calendar month is meant. */
final class MonthOption {

    @Option(names = "--month", paramLabel = "YYYY-MM", description = "Calendar month, UTC; default: this one.")
    private @Nullable String month;

    /**
     * The month.
     *
     * @throws ConfigException when it is none
     */
    YearMonth month() {
        if (month == null) {
            return YearMonth.now(ZoneOffset.UTC);
        }
        try {
            YearMonth parsed = YearMonth.parse(month);
            if (parsed.getYear() >= 1970 && parsed.getYear() <= 9999) {
                return parsed;
            }
        } catch (DateTimeException e) {
            throw new ConfigException("--month '%s', expected YYYY-MM".formatted(month), e);
        }
        throw new ConfigException("--month '%s', expected 1970-01 … 9999-12".formatted(month));
    }
}
