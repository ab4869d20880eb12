package io.ocos.jobs.submitter;

import io.ocos.rewardssettlement.domain.submission.BatchCheck;
import io.ocos.rewardssettlement.domain.submission.Proposal;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Checks batches in a thread of its own, one at a time, so that a recomputation of hours keeps the submitter neither from the
 * chain nor from its end. A batch whose check has ended keeps its verdict until it is asked for, while another is being checked
 * too: were each new batch to displace the one before, none would ever be proposed by a check that takes longer than an epoch.
 */
final class BackgroundBatchCheck implements BatchCheck, AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(BackgroundBatchCheck.class);
    private static final long STOP_BOUND_SECONDS = 15;

    private final BatchCheck check;
    private final ExecutorService thread = Executors.newSingleThreadExecutor(task -> {
        Thread made = new Thread(task, "batch-check");
        made.setDaemon(true);
        return made;
    });
    private final Duration grace;
    private final Map<Proposal, Verdict> done = new HashMap<>();
    private @Nullable Proposal running;

    /**
     * A check in the background.
     *
     * @param check may take long; interrupted, it ends soon
     * @param grace how long a check that has just begun is waited for: most find at once that something is not there yet
     */
    BackgroundBatchCheck(BatchCheck check, Duration grace) {
        this.check = check;
        this.grace = grace;
    }

    @Override
    public synchronized Verdict check(Proposal batch) {
        if (!done.containsKey(batch)) {
            if (running != null) {
                return new BeingChecked(running.number());
            }
            running = batch;
            thread.execute(() -> run(batch));
            awaitVerdict(batch);
        }
        Verdict verdict = done.remove(batch);
        if (verdict == null) {
            return new BeingChecked(batch.number());
        }
        done.keySet().removeIf(older -> older.number() < batch.number());
        return verdict;
    }

    /** Releases this object's lock while it waits. */
    private void awaitVerdict(Proposal batch) {
        long end = System.nanoTime() + grace.toNanos();
        long left = grace.toMillis();
        try {
            while (left > 0 && !done.containsKey(batch)) {
                wait(left);
                left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run(Proposal batch) {
        LOG.info("batch {} is being checked", batch.number());
        Verdict verdict;
        try {
            verdict = check.check(batch);
        } catch (RuntimeException e) { // A bug; what it says is shown, and the check is repeated after a while.
            LOG.error("batch {}: the check failed", batch.number(), e);
            verdict = new NotAvailable("its check failed: " + e);
        }
        synchronized (this) {
            done.put(batch, verdict);
            running = null;
            notifyAll();
        }
    }

    /** Ends the check that runs; its verdict is none. */
    @Override
    public void close() {
        thread.shutdownNow();
        try {
            if (!thread.awaitTermination(STOP_BOUND_SECONDS, TimeUnit.SECONDS)) {
                LOG.warn("the check of a batch does not end; it ends with the process");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
