package io.ocos.rewardssettlement.domain;

import io.ocos.schemas.domain.Parameters;
import java.math.BigInteger;

/** What a settled job pays to the node's payee (SPEC 9). */
public final class JobReward {

    private static final BigInteger MILLION = BigInteger.valueOf(1_000_000);

    private JobReward() {}

    /** fee · (1 000 000 − job.protocolFee) / 1 000 000, in wei. */
    public static BigInteger amount(BigInteger feeWei, Parameters parameters) {
        return feeWei.multiply(MILLION.subtract(parameters.protocolFee())).divide(MILLION);
    }
}
