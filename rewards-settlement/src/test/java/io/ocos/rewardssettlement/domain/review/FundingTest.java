package io.ocos.rewardssettlement.domain.review;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ocos.schemas.domain.TokenAmount;
import java.math.BigInteger;
import org.junit.jupiter.api.Test;

/** What the smaller of balance and allowance is enough for. */
class FundingTest {

    @Test
    void theSmallerOfBalanceAndAllowanceCounts() {
        Funding enough = funding(10, 6, 9, 4);
        assertThat(enough.required()).isEqualTo(TokenAmount.wei(4));
        assertThat(enough.isFunded()).isTrue();
        assertThat(enough.runwayEpochs(2)).contains(BigInteger.ZERO);
        Funding little = funding(10, 6, 3, 2);
        assertThat(little.isFunded()).isFalse();
        assertThat(little.lacksBalance()).isEqualTo(TokenAmount.wei(1));
        assertThat(little.lacksAllowance()).isEqualTo(TokenAmount.wei(2));
        assertThat(little.runwayEpochs(1)).contains(BigInteger.ZERO);
    }

    @Test
    void runwayIsWholeEpochsAtThePaceOfThisBatch() {
        // 4 in 2 epochs are 2 per epoch; 15 are left after it.
        assertThat(funding(10, 6, 19, 30).runwayEpochs(2)).contains(BigInteger.valueOf(7));
        assertThat(funding(6, 6, 19, 30).runwayEpochs(2)).isEmpty();
        assertThat(funding(5, 6, 19, 30).required()).isEqualTo(TokenAmount.ZERO);
        assertThatThrownBy(() -> funding(10, 6, 19, 30).runwayEpochs(0)).hasMessage("0 epochs, expected at least 1");
    }

    private static Funding funding(long total, long finalized, long balance, long allowance) {
        return Funding.of(
                TokenAmount.wei(total),
                TokenAmount.wei(finalized),
                TokenAmount.wei(balance),
                TokenAmount.wei(allowance));
    }
}
