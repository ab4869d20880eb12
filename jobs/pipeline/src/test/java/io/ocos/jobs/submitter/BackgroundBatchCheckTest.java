package io.ocos.jobs.submitter;

import static org.assertj.core.api.Assertions.assertThat;

import io.ocos.rewardssettlement.domain.submission.BatchCheck;
import io.ocos.rewardssettlement.domain.submission.BatchCheck.BeingChecked;
import io.ocos.rewardssettlement.domain.submission.BatchCheck.NotAvailable;
import io.ocos.rewardssettlement.domain.submission.BatchCheck.Recomputed;
import io.ocos.rewardssettlement.domain.submission.Proposal;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.domain.TokenAmount;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.Test;

class BackgroundBatchCheckTest {

    private static final Duration LONG = Duration.ofMinutes(1);
    private static final Recomputed RECOMPUTED = new Recomputed(new Hash32(0, 0, 0, 1));

    private final List<Long> begun = new CopyOnWriteArrayList<>();
    private final Semaphore mayEnd = new Semaphore(0);
    private final CountDownLatch interrupted = new CountDownLatch(1);

    private BatchCheck.Verdict slowly(Proposal batch) {
        begun.add(batch.number());
        try {
            mayEnd.acquire();
            return RECOMPUTED;
        } catch (InterruptedException e) {
            interrupted.countDown();
            return new NotAvailable("interrupted");
        }
    }

    private static Proposal batch(long number) {
        return new Proposal(number, number, Hash32.ZERO, TokenAmount.ZERO, Hash32.ZERO);
    }

    @Test
    void aShortCheckIsWaitedFor() {
        try (BackgroundBatchCheck check =
                new BackgroundBatchCheck(batch -> new NotAvailable("no manifest of " + batch.number()), LONG)) {
            assertThat(check.check(batch(2))).isEqualTo(new NotAvailable("no manifest of 2"));
            assertThat(check.check(batch(1))).isEqualTo(new NotAvailable("no manifest of 1"));
        }
    }

    @Test
    void aLongCheckKeepsNobodyAndIsNotDisplacedByALaterBatch() {
        try (BackgroundBatchCheck check = new BackgroundBatchCheck(this::slowly, Duration.ZERO)) {
            assertThat(check.check(batch(1))).isEqualTo(new BeingChecked(1));
            assertThat(check.check(batch(2))).isEqualTo(new BeingChecked(1));
            assertThat(check.check(batch(1))).isEqualTo(new BeingChecked(1));
            mayEnd.release();
            // From here on the later batch is asked for first, as the submitter does.
            while (check.check(batch(2)).equals(new BeingChecked(1))) {
                Thread.onSpinWait();
            }
            assertThat(check.check(batch(2))).isEqualTo(new BeingChecked(2));
            assertThat(check.check(batch(1)))
                    .as("while batch 2 is being checked")
                    .isEqualTo(RECOMPUTED);
            mayEnd.release();
            BatchCheck.Verdict verdict = check.check(batch(2));
            while (verdict.equals(new BeingChecked(2))) {
                verdict = check.check(batch(2));
            }
            assertThat(verdict).isEqualTo(RECOMPUTED);
        }
        assertThat(begun).containsExactly(1L, 2L);
    }

    @Test
    void aVerdictIsGivenOnceThenTheBatchIsCheckedAnew() {
        mayEnd.release(2);
        try (BackgroundBatchCheck check = new BackgroundBatchCheck(this::slowly, LONG)) {
            assertThat(check.check(batch(1))).isEqualTo(RECOMPUTED);
            assertThat(check.check(batch(1))).isEqualTo(RECOMPUTED);
        }
        assertThat(begun).containsExactly(1L, 1L);
    }

    @Test
    void aCheckThatFailsIsShown() {
        try (BackgroundBatchCheck check = new BackgroundBatchCheck(
                batch -> {
                    throw new IllegalStateException("a bug");
                },
                LONG)) {
            assertThat(check.check(batch(1)))
                    .isEqualTo(new NotAvailable("its check failed: java.lang.IllegalStateException: a bug"));
        }
    }

    @Test
    void closingEndsTheCheck() {
        BackgroundBatchCheck check = new BackgroundBatchCheck(this::slowly, Duration.ZERO);
        assertThat(check.check(batch(1))).isEqualTo(new BeingChecked(1));
        check.close();
        assertThat(begun.isEmpty() || interrupted.getCount() == 0).isTrue();
    }
}
