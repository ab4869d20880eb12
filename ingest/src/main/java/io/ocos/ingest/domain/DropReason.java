package io.ocos.ingest.domain;

import java.util.Locale;

/** Why an agent gives up an entry that no gateway has accepted. */
public enum DropReason {
    /** The buffer, or the disk, has no room: the oldest go first. */
    FULL,
    /** Measured too long ago to count (SPEC 3, S1). */
    TOO_OLD,
    /** Measured later than now: the clock was set back (S1). */
    FUTURE,
    /** What lies on disk is not what was written. */
    CORRUPT,
    /** A gateway refuses the payload it is in. */
    REFUSED;

    /** The value of the metric's tag. */
    public String tag() {
        return name().toLowerCase(Locale.ROOT);
    }
}
