package io.ocos.metering.domain.usage;

import io.ocos.schemas.domain.Minutes;
import java.time.Instant;
import java.time.YearMonth;
import java.time.ZoneOffset;

/** Calendar months, UTC. */
public final class Months {

    private Months() {}

    /** The month of a minute. */
    public static YearMonth of(long minute) {
        return YearMonth.from(Instant.ofEpochMilli(Minutes.startMillis(minute)).atZone(ZoneOffset.UTC));
    }

    /** The first minute of a month. */
    public static long firstMinute(YearMonth month) {
        return Minutes.of(
                month.atDay(1).atStartOfDay(ZoneOffset.UTC).toInstant().toEpochMilli());
    }
}
