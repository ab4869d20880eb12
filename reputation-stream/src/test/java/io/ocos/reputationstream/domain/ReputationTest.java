package io.ocos.reputationstream.domain;

import static io.ocos.reputationstream.domain.Reputation.UNIT;
import static org.assertj.core.api.Assertions.assertThat;

import io.ocos.reputationstream.domain.Reputation.Evidence;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.domain.Parameters;
import java.math.BigInteger;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class ReputationTest {

    private static final Parameters DEFAULTS = Parameters.DEFAULTS;
    private static final BigInteger K = BigInteger.valueOf(295_332);

    @Example
    void firstMinuteByHand() {
        Reputation initial = Reputation.initial(DEFAULTS);
        assertThat(initial.alpha()).isEqualTo(UNIT);
        assertThat(initial.beta()).isEqualTo(UNIT.multiply(BigInteger.valueOf(20)));

        // 2^24 · 295332 / 2^32 = 1153 (floored from 1153.64), 20 · 2^24 · 295332 / 2^32 = 23072; 5 slots: 2^24 · 5 / 6.
        Reputation after = initial.after(0, uptime(5, true), DEFAULTS);
        long up = (1L << 24) * 5 / 6;
        assertThat(after.alpha().longValueExact()).isEqualTo((1L << 24) - 1153 + up);
        assertThat(after.beta().longValueExact()).isEqualTo(20 * (1L << 24) - 23_072 + (1L << 24) - up);
        assertThat(after.score()).isEqualTo((int) (1_000_000L
                * after.alpha().longValueExact()
                / (after.alpha().longValueExact() + after.beta().longValueExact())));
    }

    @Example
    void evidenceIsForgottenWithAHalfLifeOfAWeek() {
        BigInteger alpha = UNIT.shiftLeft(20);
        Reputation reputation = new Reputation(alpha, BigInteger.ZERO, 0);
        for (int minute = 0; minute < 10_080; minute++) {
            reputation = reputation.after(minute, uptime(0, false), DEFAULTS);
        }
        assertThat(reputation.alpha().doubleValue() / alpha.doubleValue()).isBetween(0.49999, 0.50001);
    }

    @Example
    void whoIsNotEligibleGainsNothingAndLosesAllTheSame() {
        Reputation initial = Reputation.initial(DEFAULTS);
        Reputation full = initial.after(0, new Evidence(6, false, 0, 0, 0, UNIT), DEFAULTS);
        assertThat(full.alpha()).isEqualTo(decayed(UNIT));
        assertThat(full.beta()).isEqualTo(decayed(initial.beta()));
        Reputation none = initial.after(0, uptime(0, false), DEFAULTS);
        assertThat(none.beta()).isEqualTo(full.beta().add(UNIT));
    }

    @Example
    void failuresWeighAndProbationOnlyGrows() {
        Reputation before = new Reputation(UNIT, BigInteger.ZERO, 5_000);
        Reputation after = before.after(100, new Evidence(6, true, 2, 1, 1, BigInteger.ZERO), DEFAULTS);
        assertThat(after.beta()).isEqualTo(UNIT.multiply(BigInteger.valueOf(2 * 10 + 100 + 1440)));
        assertThat(after.probationUntil()).isEqualTo(5_000);
        assertThat(before.after(4_000, new Evidence(6, true, 0, 1, 0, BigInteger.ZERO), DEFAULTS)
                        .probationUntil())
                .isEqualTo(4_000 + 1440);
        assertThat(before.after(4_000, new Evidence(6, true, 1, 0, 0, BigInteger.ZERO), DEFAULTS)
                        .probationUntil())
                .isEqualTo(5_000);
    }

    @Example
    void probationThatDoesNotEndSaturates() {
        Parameters forEver = DEFAULTS.with(
                Hash32.ofName("reputation.probation"), BigInteger.TWO.pow(128).subtract(BigInteger.ONE));
        assertThat(Reputation.initial(forEver)
                        .after(1, new Evidence(6, true, 0, 0, 1, BigInteger.ZERO), forEver)
                        .probationUntil())
                .isEqualTo(Long.MAX_VALUE);
    }

    @Example
    void goodEvidenceOfJobsIsCappedAtAMinute() {
        BigInteger fee = BigInteger.TEN.pow(18);
        assertThat(Reputation.good(fee.shiftRight(1), DEFAULTS)).isEqualTo(UNIT.shiftRight(1));
        assertThat(Reputation.good(fee.shiftLeft(5), DEFAULTS)).isEqualTo(UNIT);
        Reputation initial = Reputation.initial(DEFAULTS);
        assertThat(initial.after(0, new Evidence(0, true, 0, 0, 0, UNIT.shiftLeft(3)), DEFAULTS)
                        .alpha())
                .isEqualTo(decayed(UNIT).add(UNIT));
    }

    @Example
    void whoLeavesComesBackWithAtMostANewcomersGoodName() {
        assertThat(new Reputation(UNIT.shiftLeft(9), UNIT, 7).rejoined()).isEqualTo(new Reputation(UNIT, UNIT, 7));
        assertThat(new Reputation(BigInteger.TEN, UNIT, 7).rejoined().alpha()).isEqualTo(BigInteger.TEN);
    }

    @Property
    void theScoreIsAlwaysAShare(@ForAll @IntRange(max = 6) int slots, @ForAll @IntRange(max = 3_000) int minutes) {
        Parameters lenient = DEFAULTS.with(Hash32.ofName("reputation.prior"), BigInteger.ZERO);
        Reputation reputation = Reputation.initial(lenient);
        for (int minute = 0; minute < minutes; minute++) {
            reputation = reputation.after(minute, uptime(slots, true), lenient);
            assertThat(reputation.score()).isBetween(0, 1_000_000);
        }
        assertThat(reputation.alpha()).isPositive();
    }

    private static Evidence uptime(int slots, boolean eligible) {
        return new Evidence(slots, eligible, 0, 0, 0, BigInteger.ZERO);
    }

    private static BigInteger decayed(BigInteger value) {
        return value.subtract(value.multiply(K).divide(BigInteger.TWO.pow(32)));
    }
}
