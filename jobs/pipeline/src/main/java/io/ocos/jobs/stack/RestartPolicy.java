package io.ocos.jobs.stack;

import java.time.Duration;

/**
 * When a part that ended by itself is started again.
 *
 * @param firstDelay before the first restart; doubled with each further one
 * @param maxDelay the most
 * @param stableAfter a process that lived this long begins with the first delay again
 * @param attemptsToStart how often a part that was never healthy may end before the start has failed
 * @param startBound how long it may take until it is healthy for the first time
 */
public record RestartPolicy(
        Duration firstDelay, Duration maxDelay, Duration stableAfter, int attemptsToStart, Duration startBound) {

    /** Of the local stack. */
    public static final RestartPolicy STANDARD = new RestartPolicy(
            Duration.ofMillis(500), Duration.ofSeconds(30), Duration.ofMinutes(1), 3, Duration.ofMinutes(3));

    /** The delay before restart {@code count} in a row, from 1. */
    Duration delay(int count) {
        long factor = 1L << Math.min(20, count - 1);
        Duration delay = firstDelay.multipliedBy(factor);
        return delay.compareTo(maxDelay) < 0 ? delay : maxDelay;
    }
}
