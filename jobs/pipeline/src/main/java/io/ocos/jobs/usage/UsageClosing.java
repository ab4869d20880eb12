package io.ocos.jobs.usage;

import io.ocos.jobs.rewardpipeline.domain.Closing;
import io.ocos.metering.domain.usage.JobAssignment;
import java.io.Serializable;

/**
 * When minutes of usage close: as those of rewards do, and {@link JobAssignment#CLOCK_TOLERANCE_MILLIS} later, so that all that
 * a reading of the minute may refer to is there.
 */
record UsageClosing(Closing closing) implements Serializable {

    private static final long serialVersionUID = 1;

    /** The time at which a minute is closed. */
    static long timer(long minute) {
        return Closing.timer(minute) + JobAssignment.CLOCK_TOLERANCE_MILLIS;
    }

    /** The last minute that is closed at a time; -1 for none. */
    long last(long watermark) {
        if (watermark == Long.MAX_VALUE) {
            return closing.last(watermark);
        }
        return watermark < 0 ? -1 : Math.max(-1, closing.last(watermark - JobAssignment.CLOCK_TOLERANCE_MILLIS));
    }

    /** Whether a timer for a minute may be set at a time from within a timer. */
    boolean awaits(long minute, long watermark) {
        return closing.awaits(minute, watermark);
    }
}
