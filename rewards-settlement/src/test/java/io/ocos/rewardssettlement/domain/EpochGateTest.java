package io.ocos.rewardssettlement.domain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.TokenAmount;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** When an epoch is over, and what cannot be right. */
class EpochGateTest {

    private static final Address PAYEE = new Address(-1, 0, 1);
    private static final int SHARD = LedgerShard.COUNT - 1;

    private final List<String> closed = new ArrayList<>();
    private EpochGate gate = new EpochGate(2, false);

    @Test
    void anEpochIsOverWhenItsMinutesAreClosedAndTheirRewardsAreThere() throws Exception {
        announce(11, 1, 5); // the first epoch, 10 and 11, has but one minute
        announce(12, 1, 1);
        announce(13, 2, 7);
        assertThat(closed).isEmpty();
        add(13, 3);
        add(12, 1);
        add(11, 5);
        assertThat(closed).containsExactly("1: epoch 5 of 11 to 12, 1 rewards");
        add(13, 4);
        assertThat(closed).containsExactly("1: epoch 5 of 11 to 12, 1 rewards", "2: epoch 6 of 12 to 14, 3 rewards");
        assertThat(gate.openMinutes()).isZero();
        assertThat(gate.lastNumber()).isEqualTo(2);
    }

    @Test
    void anEpochInWhichNobodyEarnsMakesNoBatchAndItsMinutesAreOfTheNext() throws Exception {
        add(11, 0);
        announce(10, 0, 0);
        announce(11, 1, 0);
        announce(12, 0, 0);
        assertThat(closed).isEmpty();
        add(13, 1);
        announce(13, 1, 1);
        assertThat(closed).containsExactly("1: epoch 6 of 10 to 14, 1 rewards");
    }

    @Test
    void aRepeatedAnnouncementChangesNothing() throws Exception {
        announce(10, 1, 5);
        announce(10, 1, 5);
        add(10, 5);
        announce(10, 1, 5);
        announce(11, 0, 0);
        assertThat(closed).containsExactly("1: epoch 5 of 10 to 12, 1 rewards");
    }

    @Test
    void moreRewardsThanAnnounced() throws Exception {
        announce(10, 1, 5);
        announce(11, 2, 9);
        add(11, 5);
        add(10, 5);
        add(11, 4);
        assertThat(closed).hasSize(1);
        assertContradiction(
                () -> add(11, 4),
                "a reward of 4 wei for %s in minute 11, which is complete up to minute 11".formatted(PAYEE));
        add(12, 1);
        add(12, 1);
        assertContradiction(() -> announce(12, 1, 1), "2 rewards or more in minute 12, which was closed with 1");
    }

    @Test
    void anotherSumThanAnnounced() throws Exception {
        announce(10, 2, 9);
        add(10, 4);
        assertContradiction(() -> add(10, 4), "the 2 rewards of minute 10 are 8 wei, but it was closed with 9 wei");
    }

    @Test
    void announcementsThatDiffer() throws Exception {
        announce(10, 2, 9);
        assertContradiction(
                () -> announce(10, 2, 8),
                "minute 10 closed with MinuteAnnouncement[minute=10, rewards=2, total=9],"
                        + " and again with MinuteAnnouncement[minute=10, rewards=2, total=8]");
    }

    @Test
    void aMinuteThatWasNeverClosed() throws Exception {
        announce(10, 0, 0);
        assertContradiction(() -> announce(12, 0, 0), "minute 12 closed after minute 10, expected minute 11");
    }

    @Test
    void aRewardBeforeTheFirstMinute() throws Exception {
        add(9, 1);
        assertContradiction(() -> announce(10, 0, 0), "a reward in minute 9, but the first closed minute is 10");
    }

    @Test
    void aRewardForNobody() {
        assertContradiction(
                () -> gate.add(new Earning(10, Address.ZERO, TokenAmount.wei(1)), this::onClosed),
                "a reward of 1 wei for nobody in minute 10, expected 0");
    }

    /** Bad input: sum overflow. */
    @Test
    void rewardsBeyondEveryAmount() throws Exception {
        gate = new EpochGate(1, false);
        gate.add(new Earning(1, PAYEE, TokenAmount.MAX), this::onClosed);
        gate.announce(new MinuteAnnouncement(1, 1, TokenAmount.MAX), this::onClosed);
        assertThat(closed).containsExactly("1: epoch 1 of 1 to 2, 1 rewards");
        add(2, 1);
        assertContradiction(
                () -> announce(2, 1, 1),
                "all rewards up to epoch 2 are %s wei, expected at most 2^256 - 1"
                        .formatted(TokenAmount.MAX.wei().add(java.math.BigInteger.ONE)));
    }

    @Test
    void goesOnWhereItWasWritten() throws Exception {
        add(13, 3);
        announce(11, 1, 5);
        announce(12, 0, 0);
        gate = read(2);
        add(11, 5);
        gate = read(2);
        announce(13, 1, 3);
        assertThat(closed).containsExactly("1: epoch 5 of 11 to 12, 1 rewards", "2: epoch 6 of 12 to 14, 1 rewards");
        assertThatThrownBy(() -> read(3))
                .isInstanceOf(IOException.class)
                .hasMessage(
                        "epochs of 3 minutes, but the state is of epochs of 2 minutes: the length of an epoch cannot"
                                + " change");
    }

    private EpochGate read(long epochMinutes) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        gate.write(new DataOutputStream(bytes));
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes.toByteArray()));
        EpochGate read = EpochGate.read(in, epochMinutes, false);
        assertThat(in.read()).isEqualTo(-1);
        return read;
    }

    private void add(long minute, long wei) throws ContradictionException {
        gate.add(new Earning(minute, PAYEE, TokenAmount.wei(wei)), this::onClosed);
    }

    private void announce(long minute, long rewards, long wei) throws ContradictionException {
        gate.announce(new MinuteAnnouncement(minute, rewards, TokenAmount.wei(wei)), this::onClosed);
    }

    private void onClosed(EpochClosing closing, long[] payingRewards) {
        closed.add("%d: epoch %d of %d to %d, %d rewards"
                .formatted(
                        closing.number(),
                        closing.epoch(),
                        closing.fromMinute(),
                        closing.toMinute(),
                        payingRewards[SHARD]));
    }

    private static void assertContradiction(
            org.assertj.core.api.ThrowableAssert.ThrowingCallable call, String message) {
        assertThatThrownBy(call).isInstanceOf(ContradictionException.class).hasMessage(message);
    }
}
