package io.ocos.ingest.domain;

import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Keccak;
import io.ocos.schemas.domain.Minutes;
import java.nio.ByteBuffer;

/**
 * When a node sends: once in each slot, at its middle (SPEC 5), so that neither a clock that is off nor a slow way moves the
 * arrival into another slot. Each node has a moment of its own near the middle: a million nodes do not send at once.
 *
 * @param offsetMillis from the beginning of the slot
 */
public record SendTimes(long offsetMillis) {

    /** How far from the middle a node's moment may lie. */
    public static final int MAX_SPREAD_MILLIS = 2_000;

    private static final long MIDDLE_MILLIS = Minutes.SLOT_MILLIS / 2;

    /**
     * The moment of a node, the same for ever.
     *
     * @param spreadMillis 0 … {@link #MAX_SPREAD_MILLIS}
     */
    public static SendTimes of(Address node, int spreadMillis) {
        int drawn = ByteBuffer.wrap(Keccak.hash(node.toBytes())).getInt();
        return new SendTimes(MIDDLE_MILLIS - spreadMillis + Math.floorMod(drawn, 2 * spreadMillis + 1));
    }

    /** The next time to send after a time, ms. */
    public long after(long timeMillis) {
        return (Math.floorDiv(timeMillis - offsetMillis, Minutes.SLOT_MILLIS) + 1) * Minutes.SLOT_MILLIS + offsetMillis;
    }

    /** The end of the slot that a time lies in, ms: what arrives later counts in the next. */
    public static long endOfSlot(long timeMillis) {
        return (Math.floorDiv(timeMillis, Minutes.SLOT_MILLIS) + 1) * Minutes.SLOT_MILLIS;
    }
}
