package io.ocos.rewardssettlement.domain.submission;

import io.ocos.rewardssettlement.domain.submission.SettlementChain.FeeQuote;
import java.math.BigInteger;
import java.util.Optional;

/**
 * What the submitter is willing to offer.
 *
 * @param legacy never EIP-1559, also where the chain has a base fee
 * @param maxFeePerGas wei; nothing above is ever signed
 * @param maxPriorityFeePerGas wei; likewise
 */
public record FeePolicy(boolean legacy, BigInteger maxFeePerGas, BigInteger maxPriorityFeePerGas) {

    private static final BigInteger EIGHT = BigInteger.valueOf(8);

    /** The offer of a first attempt; empty when the chain asks for more than the caps. */
    public Optional<Fees> initial(FeeQuote quote) {
        if (legacy || quote.baseFee().isEmpty()) {
            return withinCaps(Fees.legacy(quote.gasPrice()));
        }
        BigInteger base = quote.baseFee().get();
        BigInteger priority = quote.priorityFee().min(maxPriorityFeePerGas);
        if (base.add(priority).compareTo(maxFeePerGas) > 0) {
            return Optional.empty();
        }
        // Twice the base fee lasts through six full blocks.
        return Optional.of(new Fees(true, base.shiftLeft(1).add(priority).min(maxFeePerGas), priority));
    }

    /**
     * The offer of an attempt that replaces another of the same nonce: at least 12.5 % more on both fields, since nodes refuse
     * less than 10 %, and at least what the chain asks for; empty when that is above the caps.
     */
    public Optional<Fees> replacement(Fees previous, FeeQuote quote) {
        BigInteger maxFee = raised(previous.maxFeePerGas());
        BigInteger priority = raised(previous.maxPriorityFeePerGas());
        Optional<Fees> asked = initial(quote);
        if (asked.isPresent()) {
            maxFee = maxFee.max(asked.get().maxFeePerGas());
            priority = priority.max(asked.get().maxPriorityFeePerGas());
        }
        return previous.dynamic()
                ? withinCaps(new Fees(true, maxFee.max(priority), priority))
                : withinCaps(Fees.legacy(maxFee));
    }

    private static BigInteger raised(BigInteger fee) {
        BigInteger eighth = fee.add(EIGHT).subtract(BigInteger.ONE).divide(EIGHT);
        return fee.add(eighth.max(BigInteger.ONE));
    }

    private Optional<Fees> withinCaps(Fees fees) {
        boolean within = fees.maxFeePerGas().compareTo(maxFeePerGas) <= 0
                && (!fees.dynamic() || fees.maxPriorityFeePerGas().compareTo(maxPriorityFeePerGas) <= 0);
        return within ? Optional.of(fees) : Optional.empty();
    }
}
