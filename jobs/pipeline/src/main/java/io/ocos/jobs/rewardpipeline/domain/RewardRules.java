package io.ocos.jobs.rewardpipeline.domain;

import io.ocos.rewardssettlement.domain.TypePool;
import io.ocos.schemas.domain.Parameters;
import java.math.BigInteger;
import java.util.List;

/**
 * The formulas of a minute (SPEC 7–9), versioned by minute through the parameter {@code rules.version}, so that a later
 * change cannot alter what earlier minutes were paid.
 */
public interface RewardRules {

    /**
     * The rules of a minute.
     *
     * @param parameters as at the minute
     * @throws UnknownRulesException when this software does not have them
     */
    static RewardRules of(long minute, Parameters parameters) {
        BigInteger version = parameters.rulesVersion();
        if (version.equals(BigInteger.ONE)) {
            return RewardRulesV1.INSTANCE;
        }
        throw new UnknownRulesException(minute, version);
    }

    /** The rules of a version that {@link #of} has found for a minute. */
    static RewardRules ofVersion(int version) {
        if (version == 1) {
            return RewardRulesV1.INSTANCE;
        }
        throw new IllegalArgumentException("rules version %d, expected 1".formatted(version));
    }

    /** A registered node's minute. */
    NodeMinuteResult nodeMinute(
            long minute, NodeAccount account, int slots, List<NodeFact.Settled> settled, Parameters parameters);

    /** What a settled job pays to a registered node's payee, wei. */
    BigInteger jobReward(BigInteger feeWei, Parameters parameters);

    /** The rewards of a type in a minute, in the order of the claims. */
    List<BigInteger> allocate(List<TypePool.Claim> claims, BigInteger cap);
}
