package io.ocos.rewardssettlement.domain.submission;

import java.math.BigInteger;

/**
 * What a transaction offers.
 *
 * @param dynamic EIP-1559; otherwise legacy, both fields then hold the gas price
 * @param maxFeePerGas wei
 * @param maxPriorityFeePerGas wei
 */
public record Fees(boolean dynamic, BigInteger maxFeePerGas, BigInteger maxPriorityFeePerGas) {

    /** A legacy gas price, wei. */
    public static Fees legacy(BigInteger gasPrice) {
        return new Fees(false, gasPrice, gasPrice);
    }

    @Override
    public String toString() {
        return dynamic
                ? "at most %s wei per gas, %s of it priority".formatted(maxFeePerGas, maxPriorityFeePerGas)
                : "%s wei per gas".formatted(maxFeePerGas);
    }
}
