package io.ocos.jobs.clickhouse;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/** Waiting for a condition, with a deadline. */
final class Await {

    private static final Duration DEADLINE = Duration.ofSeconds(60);

    interface Condition {
        boolean holds() throws Exception;
    }

    private Await() {}

    static void until(Condition condition) throws Exception {
        long end = System.nanoTime() + DEADLINE.toNanos();
        while (!condition.holds()) {
            if (System.nanoTime() > end) {
                throw new AssertionError("the condition did not hold within " + DEADLINE);
            }
            LockSupport.parkNanos(20_000_000);
        }
    }
}
