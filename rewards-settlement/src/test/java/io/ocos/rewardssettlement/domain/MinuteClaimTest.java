package io.ocos.rewardssettlement.domain;

import static org.assertj.core.api.Assertions.assertThat;

import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.domain.NodeType;
import io.ocos.schemas.domain.Parameters;
import io.ocos.schemas.domain.TokenAmount;
import java.math.BigInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MinuteClaimTest {

    private static final Parameters DEFAULTS = Parameters.DEFAULTS;
    private static final long MINUTE = 29_833_333;

    @ParameterizedTest
    @CsvSource({
        // capacity, stake in OCOS, units, staked
        "4, 1000, 4, true",
        "40, 1000, 10, true",
        "40, 1099, 10, true",
        "4, 999, 4, false",
        "0, 1000, 0, false"
    })
    void unitsAreBackedByStake(long capacity, long stake, long units, boolean staked) {
        Eligibility eligibility = Eligibility.of(
                NodeType.AI,
                BigInteger.valueOf(capacity),
                TokenAmount.ocos(stake).wei(),
                DEFAULTS);
        assertThat(eligibility.units()).isEqualTo(units);
        assertThat(eligibility.staked()).isEqualTo(staked);
    }

    @ParameterizedTest
    @CsvSource({
        // slots, score, raw in wei for one EDGE unit of 2·10^15 a minute, reason
        "6, 1000000, 2000000000000000, PAID",
        "6, 950000, 2000000000000000, PAID",
        "6, 949999, 1999994000000000, PAID",
        "3, 725000, 500000000000000, PAID",
        "6, 500001, 4000000000, PAID",
        "6, 500000, 0, LOW_REPUTATION",
        "0, 1000000, 0, OFFLINE"
    })
    void theMultiplierIsInPpmAndTheRewardDividedOnce(int slots, int score, BigInteger raw, RewardReason reason) {
        assertThat(claim(slots, 0, true, score)).isEqualTo(new MinuteClaim(raw, reason));
    }

    @Test
    void theFirstReasonThatHoldsIsGiven() {
        assertThat(claim(6, MINUTE + 1, false, 0).reason()).isEqualTo(RewardReason.PROBATION);
        assertThat(claim(6, MINUTE, false, 0).reason()).isEqualTo(RewardReason.UNPROVEN);
        assertThat(claim(0, MINUTE + 1, false, 0).reason()).isEqualTo(RewardReason.OFFLINE);
        Eligibility none = new Eligibility(BigInteger.ZERO, false, false);
        assertThat(MinuteClaim.of(MINUTE, NodeType.EDGE, none, 0, 0, true, 0, DEFAULTS)
                        .reason())
                .isEqualTo(RewardReason.TYPE_CLOSED);
        Eligibility open = new Eligibility(BigInteger.ZERO, false, true);
        assertThat(MinuteClaim.of(MINUTE, NodeType.EDGE, open, 0, 0, true, 0, DEFAULTS)
                        .reason())
                .isEqualTo(RewardReason.UNDERSTAKED);
    }

    @ParameterizedTest
    @CsvSource({
        // last verified, registered from, proof, proven
        "-1, 0, 0, true",
        "-1, 0, 10, false",
        "100, 0, 10, true",
        "91, 0, 10, true",
        "90, 0, 10, false",
        "95, 96, 10, false",
        "96, 96, 10, true"
    })
    void aProofHoldsForItsMinutesAndNotAcrossARegistration(
            long lastVerified, long registeredFrom, long proof, boolean proven) {
        Parameters parameters = DEFAULTS.with(Hash32.ofName("proof.AI"), BigInteger.valueOf(proof));
        assertThat(MinuteClaim.isProven(100, NodeType.AI, lastVerified, registeredFrom, parameters))
                .isEqualTo(proven);
    }

    @Test
    void aFloorAtOrAboveFullLeavesOneStep() {
        Parameters steep = DEFAULTS.with(Hash32.ofName("reputation.full"), BigInteger.ZERO);
        Eligibility one = new Eligibility(BigInteger.ONE, true, true);
        assertThat(MinuteClaim.of(MINUTE, NodeType.EDGE, one, 6, 0, true, 500_001, steep)
                        .raw())
                .isEqualTo(steep.rate(NodeType.EDGE));
    }

    @Test
    void aJobPaysItsFeeLessTheProtocols() {
        assertThat(JobReward.amount(BigInteger.valueOf(19), DEFAULTS)).isEqualTo(17);
        assertThat(JobReward.amount(
                        BigInteger.valueOf(19),
                        DEFAULTS.with(Hash32.ofName("job.protocolFee"), BigInteger.valueOf(2_000_000))))
                .isEqualTo(0);
    }

    private static MinuteClaim claim(int slots, long probationUntil, boolean proven, int score) {
        Eligibility one = new Eligibility(BigInteger.ONE, true, true);
        return MinuteClaim.of(MINUTE, NodeType.EDGE, one, slots, probationUntil, proven, score, DEFAULTS);
    }
}
