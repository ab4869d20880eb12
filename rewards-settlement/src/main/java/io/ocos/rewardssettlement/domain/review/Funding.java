package io.ocos.rewardssettlement.domain.review;

import io.ocos.schemas.domain.TokenAmount;
import java.math.BigInteger;
import java.util.Optional;

/**
 * Whether the treasury can pay for a batch when it is finalized (SPEC 11), and for how many more like it.
 *
 * @param required wei that finalizing takes: the batch's total above the finalized one; 0 when it is not above
 * @param balance wei that the treasury holds
 * @param allowance wei that it lets the contract take
 */
public record Funding(TokenAmount required, TokenAmount balance, TokenAmount allowance) {

    /** Of a batch with this total. */
    public static Funding of(
            TokenAmount total, TokenAmount finalizedTotal, TokenAmount balance, TokenAmount allowance) {
        return new Funding(excess(total, finalizedTotal), balance, allowance);
    }

    /** Whether it can be finalized as it is. */
    public boolean isFunded() {
        return available().compareTo(required) >= 0;
    }

    /** What the contract can take, wei. */
    public TokenAmount available() {
        return balance.compareTo(allowance) <= 0 ? balance : allowance;
    }

    /** What the treasury holds too little, wei. */
    public TokenAmount lacksBalance() {
        return excess(required, balance);
    }

    /** What it has approved too little, wei. */
    public TokenAmount lacksAllowance() {
        return excess(required, allowance);
    }

    /**
     * For how many whole epochs what is available lasts after this batch, at the pace of its epochs; empty when it needs nothing.
     *
     * @param epochs that the required amount was earned in, at least 1
     */
    public Optional<BigInteger> runwayEpochs(long epochs) {
        if (epochs < 1) {
            throw new IllegalArgumentException("%d epochs, expected at least 1".formatted(epochs));
        }
        if (required.wei().signum() == 0) {
            return Optional.empty();
        }
        return Optional.of(excess(available(), required)
                .wei()
                .multiply(BigInteger.valueOf(epochs))
                .divide(required.wei()));
    }

    private static TokenAmount excess(TokenAmount amount, TokenAmount over) {
        return new TokenAmount(amount.wei().subtract(over.wei()).max(BigInteger.ZERO));
    }
}
