package io.ocos.metering.domain.usage;

import io.ocos.schemas.domain.Address;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * Which customers' jobs used something on a node in each minute that is not final, so that several jobs of a customer are one
 * node-minute. Not safe for use by several threads.
 */
public final class NodeTime {

    private final NavigableMap<Long, Map<Address, Integer>> jobs = new TreeMap<>();

    /**
     * A job's usage of a minute became known, or changed.
     *
     * @return by how much the customer's node-minutes change: 1, 0 or -1
     */
    public int change(JobSeries.Change change) {
        boolean was = !change.before().isZero();
        boolean is = !change.after().isZero();
        if (was == is) {
            return 0;
        }
        Map<Address, Integer> minute = jobs.computeIfAbsent(change.minute(), key -> new HashMap<>());
        int before = minute.getOrDefault(change.customer(), 0);
        int after = before + (is ? 1 : -1);
        if (after == 0) {
            minute.remove(change.customer());
        } else {
            minute.put(change.customer(), after);
        }
        return Integer.signum(after) - Integer.signum(before);
    }

    /** Forgets minutes that are final. */
    public void forget(long beforeMinute) {
        jobs.headMap(beforeMinute, false).clear();
    }

    /** Whether nothing is held. */
    public boolean isEmpty() {
        return jobs.isEmpty();
    }

    /** Writes the whole state. */
    public void write(DataOutput out) throws IOException {
        out.writeByte(StateIo.LAYOUT_1);
        out.writeInt(jobs.size());
        for (Map.Entry<Long, Map<Address, Integer>> minute : jobs.entrySet()) {
            out.writeLong(minute.getKey());
            out.writeInt(minute.getValue().size());
            for (Map.Entry<Address, Integer> customer : minute.getValue().entrySet()) {
                StateIo.write(customer.getKey(), out);
                out.writeInt(customer.getValue());
            }
        }
    }

    /** Reads what {@link #write} wrote. */
    public static NodeTime read(DataInput in) throws IOException {
        StateIo.expectLayout1("node time", in);
        NodeTime time = new NodeTime();
        for (int left = in.readInt(); left > 0; left--) {
            Map<Address, Integer> minute = new HashMap<>();
            time.jobs.put(in.readLong(), minute);
            for (int customers = in.readInt(); customers > 0; customers--) {
                minute.put(StateIo.address(in), in.readInt());
            }
        }
        return time;
    }
}
