package io.ocos.schemas.domain;

/** Minutes and slots of time (SPEC 1). A minute index counts minutes since the Unix epoch, UTC; ranges are half-open. */
public final class Minutes {

    /** Milliseconds of a minute. */
    public static final long MILLIS = 60_000;

    /** Milliseconds of a slot. */
    public static final long SLOT_MILLIS = 10_000;

    /** Slots of a minute. */
    public static final int SLOTS = 6;

    private Minutes() {}

    /** The minute index of a time in milliseconds, which is never negative. */
    public static long of(long timeMillis) {
        return timeMillis / MILLIS;
    }

    /** The slot, 0 … 5, of a time in milliseconds within its minute. */
    public static int slot(long timeMillis) {
        return (int) (timeMillis % MILLIS / SLOT_MILLIS);
    }

    /** The first millisecond of a minute. */
    public static long startMillis(long minute) {
        return minute * MILLIS;
    }

    /** Effective minute of an event in a block (SPEC 2.2): ceil(blockTime · 1000 / 60000), the block's time in seconds. */
    public static long effective(long blockTimeSeconds) {
        return -Math.floorDiv(-blockTimeSeconds, 60L);
    }
}
