package io.ocos.metering.domain.usage;

import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Minutes;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * A job's usage on a node (SPEC 12): minutes are closed in order, and closed again when a reading of one comes late, until
 * nothing can come any more ({@link #FINAL_AFTER_MINUTES}). What comes out in the end depends on the set of readings alone.
 *
 * <p>State: about 60 bytes per reading of the last {@value #FINAL_AFTER_MINUTES} minutes, 120 bytes beyond. Not safe for use
 * by several threads.
 */
public final class JobSeries {

    /**
     * Minutes after which a closed one is final: an entry is at most 15 min older than its envelope, which is received at most
     * 15 min later (SPEC 3), give or take the disorder between gateways.
     */
    public static final int FINAL_AFTER_MINUTES = 32;

    /** Minutes of a series that is not used any more are kept this long: longer than any clock tolerance. */
    private static final long OVER_AFTER_MILLIS = (FINAL_AFTER_MINUTES + 2) * Minutes.MILLIS;

    /**
     * A minute whose usage became known, or changed.
     *
     * @param customer who pays
     * @param before what the record before said; zero when there is none
     * @param after what holds now
     * @param region of the node
     * @param revision 0 for the first
     */
    public record Change(
            Address customer, long minute, UsageCounters before, UsageCounters after, String region, int revision) {}

    /** Where results of closing go. */
    public interface Results {

        /** A minute's usage became known, or changed. */
        void changed(Change change);

        /** A reading does not count; said once for each. */
        void refused(JobReading reading, UsageRefusal refusal);
    }

    private static final class Held {
        final JobReading reading;
        boolean refused;

        Held(JobReading reading, boolean refused) {
            this.reading = reading;
            this.refused = refused;
        }
    }

    private static final class Slot {
        final List<Held> readings = new ArrayList<>();
        RunningMaximum end = RunningMaximum.NONE;
        UsageCounters written = UsageCounters.ZERO;
        String region = "";
        int revision = -1;
    }

    private @Nullable JobAssignment assignment;
    private RunningMaximum base = RunningMaximum.NONE;
    private long finalBefore;
    private long closeFrom = Long.MAX_VALUE;
    private final NavigableMap<Long, Slot> slots = new TreeMap<>();

    /** Says to whom the job belongs, and when its usage counts. */
    public void assign(JobAssignment known) {
        if (!known.equals(assignment)) {
            assignment = known;
            reopen(0);
        }
    }

    /** Closes minutes again from one on, should something else than readings have changed: the node's region. */
    public void reopen(long fromMinute) {
        Long first = slots.ceilingKey(fromMinute);
        if (first != null) {
            closeFrom = Math.min(closeFrom, first);
        }
    }

    /**
     * Takes a reading.
     *
     * @return whether it is new; false for a duplicate, and for one of a final minute, which is told as refused
     */
    public boolean add(JobReading reading, Results results) {
        long minute = Minutes.of(reading.at());
        if (minute < finalBefore) {
            results.refused(
                    reading,
                    new UsageRefusal(
                            UsageRefusal.Reason.LATE,
                            "of minute %d, those before %d are final".formatted(minute, finalBefore)));
            return false;
        }
        List<Held> held = slots.computeIfAbsent(minute, key -> new Slot()).readings;
        int at = held.size();
        while (at > 0 && JobReading.ORDER.compare(held.get(at - 1).reading, reading) > 0) {
            at--;
        }
        if (at > 0 && held.get(at - 1).reading.isDuplicateOf(reading)) {
            return false;
        }
        held.add(at, new Held(reading, false));
        closeFrom = Math.min(closeFrom, minute);
        return true;
    }

    /**
     * Closes minutes.
     *
     * @param last last minute that is closed, not below the one before
     * @param regionOf the node's region in a minute
     */
    public void close(long last, LongFunction<String> regionOf, Results results) {
        if (closeFrom <= last) {
            Map.Entry<Long, Slot> before = slots.lowerEntry(closeFrom);
            RunningMaximum running = before == null ? base : before.getValue().end;
            for (Map.Entry<Long, Slot> entry :
                    slots.subMap(closeFrom, true, last, true).entrySet()) {
                running = close(entry.getKey(), entry.getValue(), running, regionOf, results);
            }
            Long open = slots.higherKey(last);
            closeFrom = open == null ? Long.MAX_VALUE : open;
        }
        finalBefore = Math.max(finalBefore, last - FINAL_AFTER_MINUTES);
        Iterator<Slot> finals = slots.headMap(finalBefore, false).values().iterator();
        while (finals.hasNext()) {
            base = finals.next().end;
            finals.remove();
        }
    }

    private RunningMaximum close(
            long minute, Slot slot, RunningMaximum before, LongFunction<String> regionOf, Results results) {
        RunningMaximum running = before;
        UsageCounters used = UsageCounters.ZERO;
        JobAssignment known = assignment;
        for (Held held : slot.readings) {
            Optional<UsageRefusal> refusal = known == null
                    ? Optional.of(
                            new UsageRefusal(UsageRefusal.Reason.NOT_ASSIGNED, "the job was not given to the node"))
                    : known.refusal(held.reading.at());
            Optional<RunningMaximum.Step> step = refusal.isPresent() ? Optional.empty() : running.after(held.reading);
            if (step.isPresent()) {
                used = used.plus(step.get().increase());
                running = step.get().next();
            } else if (!held.refused) {
                held.refused = true;
                results.refused(held.reading, refusal.orElse(fell(held.reading, running)));
            }
        }
        slot.end = running;
        if (known != null) {
            String region = regionOf.apply(minute);
            boolean first = slot.revision < 0;
            if (first ? !used.isZero() : !used.equals(slot.written) || !region.equals(slot.region)) {
                slot.revision++;
                results.changed(new Change(known.customer(), minute, slot.written, used, region, slot.revision));
                slot.written = used;
                slot.region = region;
            }
        }
        return running;
    }

    private static UsageRefusal fell(JobReading reading, RunningMaximum running) {
        return new UsageRefusal(
                UsageRefusal.Reason.COUNTER_FELL,
                "counters %s, after %s in boot %s; expected none below, or another boot than %s"
                        .formatted(
                                text(reading.counters()), text(running.maximum()), running.bootId(), reading.bootId()));
    }

    private static String text(UsageCounters counters) {
        return "cpu %d ms, gpu %d ms, egress %d bytes"
                .formatted(counters.cpuMillis(), counters.gpuMillis(), counters.egressBytes());
    }

    /** Whether there is something to close, now or later. */
    public boolean isActive() {
        return !slots.isEmpty();
    }

    /** Whether the series may be forgotten at a time: no reading of it can count any more. */
    public boolean isOver(long nowMillis) {
        JobAssignment known = assignment;
        return slots.isEmpty() && (known == null || nowMillis - OVER_AFTER_MILLIS > known.untilMillis());
    }

    /** Writes the whole state. */
    public void write(DataOutput out) throws IOException {
        out.writeByte(StateIo.LAYOUT_1);
        JobAssignment known = assignment;
        out.writeBoolean(known != null);
        if (known != null) {
            StateIo.write(known.customer(), out);
            out.writeLong(known.fromMillis());
            out.writeLong(known.untilMillis());
        }
        write(base, out);
        out.writeLong(finalBefore);
        out.writeLong(closeFrom);
        out.writeInt(slots.size());
        for (Map.Entry<Long, Slot> entry : slots.entrySet()) {
            Slot slot = entry.getValue();
            out.writeLong(entry.getKey());
            write(slot.end, out);
            StateIo.write(slot.written, out);
            out.writeUTF(slot.region);
            out.writeInt(slot.revision);
            out.writeInt(slot.readings.size());
            for (Held held : slot.readings) {
                write(held.reading, out);
                out.writeBoolean(held.refused);
            }
        }
    }

    /** Reads what {@link #write} wrote. */
    public static JobSeries read(DataInput in) throws IOException {
        StateIo.expectLayout1("usage of a job", in);
        JobSeries series = new JobSeries();
        if (in.readBoolean()) {
            series.assignment = new JobAssignment(StateIo.address(in), in.readLong(), in.readLong());
        }
        series.base = maximum(in);
        series.finalBefore = in.readLong();
        series.closeFrom = in.readLong();
        for (int left = in.readInt(); left > 0; left--) {
            Slot slot = new Slot();
            series.slots.put(in.readLong(), slot);
            slot.end = maximum(in);
            slot.written = StateIo.counters(in);
            slot.region = in.readUTF();
            slot.revision = in.readInt();
            for (int readings = in.readInt(); readings > 0; readings--) {
                slot.readings.add(new Held(reading(in), in.readBoolean()));
            }
        }
        return series;
    }

    private static void write(RunningMaximum value, DataOutput out) throws IOException {
        StateIo.write(value.maximum(), out);
        boot(value.bootId(), out);
    }

    private static RunningMaximum maximum(DataInput in) throws IOException {
        return new RunningMaximum(StateIo.counters(in), boot(in));
    }

    /** Writes a reading. */
    public static void write(JobReading reading, DataOutput out) throws IOException {
        out.writeLong(reading.at());
        StateIo.write(reading.counters(), out);
        boot(reading.bootId(), out);
        out.writeInt(reading.partition());
        out.writeLong(reading.offset());
        out.writeShort(reading.entry());
    }

    /** Reads what {@link #write(JobReading, DataOutput)} wrote. */
    public static JobReading reading(DataInput in) throws IOException {
        return new JobReading(
                in.readLong(), StateIo.counters(in), boot(in), in.readInt(), in.readLong(), in.readShort());
    }

    private static void boot(@Nullable Long value, DataOutput out) throws IOException {
        out.writeBoolean(value != null);
        if (value != null) {
            out.writeLong(value);
        }
    }

    private static @Nullable Long boot(DataInput in) throws IOException {
        return in.readBoolean() ? in.readLong() : null;
    }
}
