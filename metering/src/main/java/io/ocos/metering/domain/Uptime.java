package io.ocos.metering.domain;

import io.ocos.schemas.domain.Minutes;

/** Uptime as a set of slots (SPEC 5), held as six bits: a union, so duplicates and order change nothing. */
public final class Uptime {

    private Uptime() {}

    /** The bit of the slot in which an envelope was received (milliseconds). */
    public static int bit(long receivedAt) {
        return 1 << Minutes.slot(receivedAt);
    }

    /** The number of slots in a set, 0 … 6. */
    public static int slots(int bits) {
        return Integer.bitCount(bits);
    }
}
