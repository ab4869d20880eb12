package io.ocos.rewardssettlement.domain.review;

import static org.assertj.core.api.Assertions.assertThat;

import io.ocos.rewardssettlement.domain.BatchLines;
import io.ocos.rewardssettlement.domain.review.Anomalies.Finding;
import io.ocos.rewardssettlement.domain.review.Anomalies.Rule;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.NodeType;
import io.ocos.schemas.domain.TokenAmount;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Each rule at the edge where it begins to hold, and just below it. */
class AnomaliesTest {

    private static final TokenAmount ENOUGH = TokenAmount.ocos(1_000);

    @Test
    void aFallenAmount() {
        assertThat(find(lines(5, 5, 7, 7), lines(4, 0, 9, 2), ENOUGH, 0))
                .containsExactly(new Finding(Rule.AMOUNT_FELL, "%s: from 5 to 4 OCOS".formatted(payee(0))));
        assertThat(find(lines(5, 5, 7, 7), lines(5, 0), ENOUGH, 0))
                .containsExactly(new Finding(Rule.AMOUNT_FELL, "%s: from 7 to 0 OCOS".formatted(payee(1))));
    }

    @Test
    void aTotalAboveTheEpochCap() {
        assertThat(find(lines(), lines(5, 5, 7, 7), TokenAmount.ocos(12), 0)).isEmpty();
        assertThat(find(lines(), lines(5, 5, 7, 7), TokenAmount.ocos(11), 0))
                .containsExactly(new Finding(Rule.ABOVE_EPOCH_CAP, "12 OCOS, allowed are 11"));
    }

    @Test
    void aRiseAboveFiveTimesTheMedian() {
        // 1 per epoch before; 10 or 11 in two epochs now.
        assertThat(find(lines(4, 1), lines(14, 10), ENOUGH, 3)).isEmpty();
        assertThat(find(lines(4, 1), lines(15, 11), ENOUGH, 3))
                .containsExactly(new Finding(
                        Rule.STEEP_RISE,
                        "%s: 5.5 OCOS per epoch, the median of its last 3 batches is 1".formatted(payee(0))));
        assertThat(find(lines(4, 1), lines(15, 11), ENOUGH, 2)).isEmpty();
    }

    @Test
    void aNewcomerWithALargeShare() {
        assertThat(find(lines(1, 1), lines(95, 94, 6, 6), ENOUGH, 1))
                .containsExactly(
                        new Finding(Rule.LARGE_NEWCOMER, "%s: 6 OCOS, 6.0 %% of the rise".formatted(payee(1))));
        assertThat(find(lines(1, 1), lines(97, 96, 4, 4), ENOUGH, 1)).isEmpty();
        // Before anything was finalized everybody is new.
        assertThat(find(lines(), lines(97, 97), ENOUGH, 0)).isEmpty();
    }

    @Test
    void manyNodesOfOneOwner() {
        PeriodFigures figures = figures();
        for (int node = 0; node < 10; node++) {
            minute(figures, 1, node, 1, 6, 10, "PAID");
        }
        for (int node = 10; node < 40; node++) {
            minute(figures, 1, node, node, 6, 10, "PAID");
        }
        assertThat(find(figures))
                .containsExactly(
                        new Finding(Rule.MANY_NODES_OF_ONE_OWNER, "%s: 10 of 40 paid nodes".formatted(payee(1))));
        minute(figures, 1, 40, 40, 6, 10, "PAID");
        assertThat(find(figures)).isEmpty();
    }

    @Test
    void thinPresence() {
        PeriodFigures figures = figures();
        for (int minute = 0; minute < 10; minute++) {
            minute(figures, minute, 1, 1, 2, 1, "PAID");
            minute(figures, minute, 2, 2, 3, 1, "PAID");
        }
        for (int minute = 10; minute < 19; minute++) {
            minute(figures, minute, 1, 1, 6, 1, "PAID");
        }
        assertThat(find(figures))
                .containsExactly(new Finding(Rule.THIN_PRESENCE, "%s: 10 of 19 paid minutes".formatted(payee(1))));
        minute(figures, 19, 1, 1, 6, 1, "PAID");
        assertThat(find(figures)).isEmpty();
    }

    @Test
    void typesAgainstCapsAndReasonsOfWhatIsNotPaid() {
        // Caps of 100 in minute 1 and 200 in minute 2.
        PeriodFigures figures = new PeriodFigures((type, minute) -> BigInteger.valueOf(minute * 100));
        minute(figures, 1, 1, 1, 6, 60, "SCALED");
        minute(figures, 1, 2, 2, 6, 40, "SCALED");
        minute(figures, 2, 1, 1, 0, 0, "OFFLINE");
        minute(figures, 2, 2, 2, 6, 101, "PAID");
        figures.addJob(BigInteger.TEN);
        assertThat(find(figures)).isEmpty();
        minute(figures, 2, 3, 2, 6, 100, "PAID");
        figures.addAdjustment(BigInteger.TWO);

        PeriodFigures.OfType ai =
                Optional.ofNullable(figures.types().get(NodeType.AI)).orElseThrow();
        assertThat(ai.nodes()).isEqualTo(3);
        assertThat(ai.nodeMinutes()).isEqualTo(5);
        assertThat(ai.paidMinutes()).isEqualTo(4);
        assertThat(ai.minutesAtCap()).isEqualTo(1);
        assertThat(ai.rewards()).isEqualTo(301);
        assertThat(ai.cap()).isEqualTo(300);
        assertThat(figures.unpaid()).containsExactly(java.util.Map.entry("OFFLINE", 1L));
        assertThat(figures.jobRewards()).isEqualTo(10);
        assertThat(find(figures).stream().map(Finding::rule)).containsExactly(Rule.ABOVE_TYPE_CAP, Rule.ADJUSTMENTS);
    }

    /** Of caps that nothing reaches. */
    private static PeriodFigures figures() {
        return new PeriodFigures((type, minute) -> BigInteger.TEN.pow(18));
    }

    private static void minute(
            PeriodFigures figures, long minute, int node, int payee, int slots, long amount, String reason) {
        figures.addMinute(
                minute, NodeType.AI, payee(100 + node), payee(payee), slots, BigInteger.valueOf(amount), reason);
    }

    private static List<Finding> find(PeriodFigures figures) {
        PayeeChanges none = PayeeChanges.between(lines(), lines());
        return Anomalies.find(none, 1, ENOUGH, List.of(), Optional.of(figures));
    }

    /** @param history how often the earlier batch is in the history */
    private static List<Finding> find(BatchLines before, BatchLines now, TokenAmount maximum, int history) {
        List<Anomalies.Earlier> earlier = new ArrayList<>();
        for (int i = 0; i < history; i++) {
            earlier.add(new Anomalies.Earlier(before, 1));
        }
        return Anomalies.find(PayeeChanges.between(before, now), 2, maximum, earlier, Optional.empty());
    }

    /** Pairs of cumulative and delta, OCOS. */
    private static BatchLines lines(int... amounts) {
        BatchLines.Packer packer = new BatchLines.Packer(amounts.length);
        for (int i = 0; i < amounts.length; i += 2) {
            packer.add(payee(i / 2), TokenAmount.ocos(amounts[i]), TokenAmount.ocos(amounts[i + 1]));
        }
        return BatchLines.of(List.of(packer.block()));
    }

    private static Address payee(int number) {
        return new Address(0, 0, number);
    }
}
