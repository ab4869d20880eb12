package io.ocos.metering.domain.usage;

import io.ocos.schemas.domain.Minutes;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.math.BigInteger;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What a node stores for an account (SPEC 12): a value holds until the next one, at most {@link #HOLD_MILLIS}; usage in
 * byte-milliseconds per hour. Hours are closed in order, and closed again when a value comes late, until nothing can come any
 * more. Of several values at one time the smallest counts: the customer pays nothing that its node contradicts itself about.
 *
 * <p>State: 16 bytes per value of the last {@value JobSeries#FINAL_AFTER_MINUTES} minutes, about 100 bytes beyond. Not safe
 * for use by several threads.
 */
public final class StorageSeries {

    /** Milliseconds that a value holds at most. */
    public static final long HOLD_MILLIS = 600_000;

    /** Minutes of an hour. */
    public static final int HOUR_MINUTES = 60;

    /** Milliseconds of an hour. */
    public static final long HOUR_MILLIS = HOUR_MINUTES * Minutes.MILLIS;

    /**
     * An hour whose usage became known, or changed.
     *
     * @param hour hours since 1970 UTC
     * @param before byte-milliseconds that the record before said; zero when there is none
     * @param after byte-milliseconds that hold now
     * @param revision 0 for the first
     */
    public record Change(long hour, BigInteger before, BigInteger after, int revision) {}

    /** Where results of closing go. */
    public interface Results {

        /** An hour's usage became known, or changed. */
        void changed(Change change);
    }

    private static final class Hour {
        /** Of values that are final. */
        BigInteger settled = BigInteger.ZERO;

        BigInteger written = BigInteger.ZERO;
        int revision = -1;
    }

    private final NavigableMap<Long, Long> values = new TreeMap<>();
    private final NavigableMap<Long, Hour> hours = new TreeMap<>();
    private long finalBeforeMillis;
    private long lastClosedHour = -1;
    private boolean changed;

    /** The last hour that is over when a minute is closed. */
    public static long lastHour(long minute) {
        return Math.floorDiv(minute + 1, HOUR_MINUTES) - 1;
    }

    /**
     * Takes a value.
     *
     * @return why it does not count: it is late; empty for a duplicate too
     */
    public Optional<UsageRefusal> add(long at, long bytes) {
        if (at < finalBeforeMillis) {
            return Optional.of(new UsageRefusal(
                    UsageRefusal.Reason.LATE, "read at %d, all before %d is final".formatted(at, finalBeforeMillis)));
        }
        Long known = values.get(at);
        if (known == null || bytes < known) {
            values.put(at, bytes);
            // It changes what is held from then on, and nothing before.
            changed |= at / HOUR_MILLIS <= lastClosedHour;
        }
        return Optional.empty();
    }

    /**
     * Closes hours.
     *
     * @param last last minute that is closed, not below the one before
     */
    public void close(long last, Results results) {
        long hour = lastHour(last);
        if (changed || hour > lastClosedHour) {
            NavigableMap<Long, BigInteger> held = held();
            held.keySet().forEach(key -> hours.computeIfAbsent(key, absent -> new Hour()));
            hours.headMap(hour, true).forEach((key, known) -> close(key, known, held, results));
            lastClosedHour = Math.max(lastClosedHour, hour);
            changed = false;
        }
        settle(Minutes.startMillis(Math.max(0, last - JobSeries.FINAL_AFTER_MINUTES)));
    }

    private static void close(long key, Hour hour, Map<Long, BigInteger> held, Results results) {
        BigInteger used = hour.settled.add(held.getOrDefault(key, BigInteger.ZERO));
        boolean first = hour.revision < 0;
        if (first ? used.signum() > 0 : !used.equals(hour.written)) {
            hour.revision++;
            results.changed(new Change(key, hour.written, used, hour.revision));
            hour.written = used;
        }
    }

    /** What the values that are not settled hold, by hour. */
    private NavigableMap<Long, BigInteger> held() {
        NavigableMap<Long, BigInteger> held = new TreeMap<>();
        for (Map.Entry<Long, Long> value : values.entrySet()) {
            hold(value, (hour, byteMillis) -> held.merge(hour, byteMillis, BigInteger::add));
        }
        return held;
    }

    private interface Holding {
        void add(long hour, BigInteger byteMillis);
    }

    private void hold(Map.Entry<Long, Long> value, Holding holding) {
        long from = value.getKey();
        Long next = values.higherKey(from);
        long until = next == null ? from + HOLD_MILLIS : Math.min(next, from + HOLD_MILLIS);
        for (long hour = from / HOUR_MILLIS; hour * HOUR_MILLIS < until; hour++) {
            long millis = Math.min(until, (hour + 1) * HOUR_MILLIS) - Math.max(from, hour * HOUR_MILLIS);
            if (value.getValue() > 0) {
                holding.add(hour, BigInteger.valueOf(value.getValue()).multiply(BigInteger.valueOf(millis)));
            }
        }
    }

    /** Adds up values that nothing can cut short any more, and forgets hours that nothing can change. */
    private void settle(long finalMillis) {
        finalBeforeMillis = Math.max(finalBeforeMillis, finalMillis);
        while (!values.isEmpty() && values.firstKey() + HOLD_MILLIS < finalBeforeMillis) {
            Map.Entry<Long, Long> value = values.firstEntry();
            hold(value, (hour, byteMillis) -> {
                Hour known = hours.computeIfAbsent(hour, absent -> new Hour());
                known.settled = known.settled.add(byteMillis);
            });
            values.pollFirstEntry();
        }
        long firstOpen =
                (values.isEmpty() ? finalBeforeMillis : Math.min(finalBeforeMillis, values.firstKey())) / HOUR_MILLIS;
        hours.headMap(Math.min(firstOpen, lastClosedHour + 1), false).clear();
    }

    /** Whether there is something to close, now or later; if not, the series may be forgotten. */
    public boolean isActive() {
        return !values.isEmpty() || !hours.isEmpty();
    }

    /** Writes the whole state. */
    public void write(DataOutput out) throws IOException {
        out.writeByte(StateIo.LAYOUT_1);
        out.writeLong(finalBeforeMillis);
        out.writeLong(lastClosedHour);
        out.writeBoolean(changed);
        out.writeInt(values.size());
        for (Map.Entry<Long, Long> value : values.entrySet()) {
            out.writeLong(value.getKey());
            out.writeLong(value.getValue());
        }
        out.writeInt(hours.size());
        for (Map.Entry<Long, Hour> entry : hours.entrySet()) {
            out.writeLong(entry.getKey());
            StateIo.write(entry.getValue().settled, out);
            StateIo.write(entry.getValue().written, out);
            out.writeInt(entry.getValue().revision);
        }
    }

    /** Reads what {@link #write} wrote. */
    public static StorageSeries read(DataInput in) throws IOException {
        StateIo.expectLayout1("storage of an account", in);
        StorageSeries series = new StorageSeries();
        series.finalBeforeMillis = in.readLong();
        series.lastClosedHour = in.readLong();
        series.changed = in.readBoolean();
        for (int left = in.readInt(); left > 0; left--) {
            series.values.put(in.readLong(), in.readLong());
        }
        for (int left = in.readInt(); left > 0; left--) {
            Hour hour = new Hour();
            series.hours.put(in.readLong(), hour);
            hour.settled = StateIo.integer(in);
            hour.written = StateIo.integer(in);
            hour.revision = in.readInt();
        }
        return series;
    }
}
