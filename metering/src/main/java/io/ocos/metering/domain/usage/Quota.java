package io.ocos.metering.domain.usage;

import io.ocos.schemas.avro.QuotaEventKind;
import io.ocos.schemas.domain.Parameters;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;

/**
 * The lines of a compute quota (SPEC 12). A node-minute is a minute in which a customer's jobs used something on a node,
 * however many jobs.
 */
final class Quota {

    /** Minutes of the sliding window: 30 days. */
    static final long WINDOW_MINUTES = 43_200;

    private static final BigInteger WARNING_PERCENT = BigInteger.valueOf(80);
    private static final BigInteger HUNDRED = BigInteger.valueOf(100);

    /** How far a quota is used. */
    enum Level {
        BELOW,
        /** 80 % or more. */
        WARNED,
        /** 100 % or more: nothing is left. */
        EXHAUSTED
    }

    private Quota() {}

    /** Node-minutes that a stake unlocks; no quota at all when {@code stakePerNodeMinute} is 0. */
    static BigInteger allowed(BigInteger stake, Parameters parameters) {
        return stake.divide(parameters.stakePerNodeMinute());
    }

    static Level level(long used, BigInteger stake, Parameters parameters) {
        if (used == 0 || parameters.stakePerNodeMinute().signum() == 0) {
            return Level.BELOW;
        }
        BigInteger allowed = allowed(stake, parameters);
        BigInteger usedTimes100 = BigInteger.valueOf(used).multiply(HUNDRED);
        if (usedTimes100.compareTo(allowed.multiply(HUNDRED)) >= 0) {
            return Level.EXHAUSTED;
        }
        return usedTimes100.compareTo(allowed.multiply(WARNING_PERCENT)) >= 0 ? Level.WARNED : Level.BELOW;
    }

    /** The events of going from one level to another, in order. */
    static List<QuotaEventKind> events(Level before, Level after) {
        List<QuotaEventKind> events = new ArrayList<>(2);
        if (before == Level.BELOW && after != Level.BELOW) {
            events.add(QuotaEventKind.WARNING);
        }
        if (before != Level.EXHAUSTED && after == Level.EXHAUSTED) {
            events.add(QuotaEventKind.EXHAUSTED);
        }
        if (before == Level.EXHAUSTED && after != Level.EXHAUSTED) {
            events.add(QuotaEventKind.RELEASED);
        }
        return events;
    }
}
