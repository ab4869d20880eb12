package io.ocos.rewardssettlement.domain;

import io.ocos.schemas.domain.NodeType;
import io.ocos.schemas.domain.Parameters;
import java.math.BigInteger;

/**
 * What a registered node may be paid for (SPEC 4).
 *
 * @param units min(capacityUnits, stake / stakePerUnit)
 * @param staked stake ≥ minStake of the type, and units &gt; 0
 * @param open the cap of the type is above 0
 */
public record Eligibility(BigInteger units, boolean staked, boolean open) {

    /** Eligibility of a registered node of a type, parameters as at the minute. */
    public static Eligibility of(NodeType type, BigInteger capacityUnits, BigInteger stakeWei, Parameters parameters) {
        BigInteger units = capacityUnits.min(stakeWei.divide(parameters.stakePerUnit()));
        boolean staked = stakeWei.compareTo(parameters.minStake(type)) >= 0 && units.signum() > 0;
        return new Eligibility(units, staked, parameters.cap(type).signum() > 0);
    }

    /** Whether the node is eligible. */
    public boolean eligible() {
        return open && staked;
    }
}
