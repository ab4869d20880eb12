package io.ocos.jobs.rewardpipeline.domain;

import io.ocos.schemas.domain.Minutes;
import java.io.Serializable;

/**
 * When minutes close (SPEC 13). Every clock is brought to one scale: minute m is passed when its time has reached
 * {@link #timer}(m). Immutable.
 *
 * @param untilMinute first minute that is never closed; {@link #NEVER} for a stream, which has no end
 */
public record Closing(long untilMinute) implements Serializable {

    private static final long serialVersionUID = 1;

    /** Of a stream: every minute is closed once its time has come. */
    public static final long NEVER = Long.MAX_VALUE;

    /** Milliseconds that the clock of {@code telemetry} is held back: disorder between gateways. */
    public static final long TELEMETRY_DISORDER_MILLIS = 10_000;

    /** Milliseconds that the clock of {@code job-events} is held back: an event may be recorded that late (J1). */
    public static final long JOB_DISORDER_MILLIS = 60_000;

    /** The end of all inputs. */
    private static final long END = Long.MAX_VALUE;

    private static final long LAST_TIMER_MINUTE = Long.MAX_VALUE / Minutes.MILLIS - 2;

    /** The time at which a minute is passed: its end. */
    public static long timer(long minute) {
        return Minutes.startMillis(Math.min(minute, LAST_TIMER_MINUTE) + 1);
    }

    /**
     * The last minute that is closed at a time, -1 or less for none.
     *
     * @param time on the common scale; {@link Long#MAX_VALUE} at the end of all inputs, which in a stream without end means a
     *     stop and closes nothing
     */
    public long last(long time) {
        if (time == END && untilMinute == NEVER) {
            return -1;
        }
        return Math.min(Math.floorDiv(time, Minutes.MILLIS), untilMinute) - 1;
    }

    /** Whether a minute is never closed. */
    public boolean excludes(long minute) {
        return minute >= untilMinute;
    }

    /** Whether a timer for a minute may be set at a time from within a timer: not at the end, where it would fire for ever. */
    public boolean awaits(long minute, long time) {
        return time != END && !excludes(minute);
    }
}
