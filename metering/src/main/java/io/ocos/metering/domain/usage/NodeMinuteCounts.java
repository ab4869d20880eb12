package io.ocos.metering.domain.usage;

/** A customer's node-minutes by minute, for as long as they are in the quota's window. */
public interface NodeMinuteCounts {

    /** Node-minutes of a minute. */
    int get(long minute);

    /** Adds to those of a minute. */
    void add(long minute, int change);

    /** Forgets a minute, and may forget all before it. */
    void forget(long minute);
}
