package io.ocos.jobs.rewardpipeline.domain;

import io.ocos.metering.domain.NodeState;
import io.ocos.reputationstream.domain.Reputation;
import io.ocos.rewardssettlement.domain.Eligibility;
import io.ocos.rewardssettlement.domain.JobReward;
import io.ocos.rewardssettlement.domain.MinuteClaim;
import io.ocos.rewardssettlement.domain.TypePool;
import io.ocos.schemas.domain.NodeType;
import io.ocos.schemas.domain.Parameters;
import java.math.BigInteger;
import java.util.List;

/** Version 1 of the formulas: SPEC 7, 8 and 9. Never changed; a change is a version of its own. */
final class RewardRulesV1 implements RewardRules {

    static final RewardRulesV1 INSTANCE = new RewardRulesV1();

    private RewardRulesV1() {}

    @Override
    public NodeMinuteResult nodeMinute(
            long minute, NodeAccount account, int slots, List<NodeFact.Settled> settled, Parameters parameters) {
        NodeState node = account.chain();
        NodeType type = node.registeredType().orElseThrow();
        Eligibility eligibility = Eligibility.of(type, node.capacityUnits(), node.stake(), parameters);
        Reputation reputation = entering(account, parameters)
                .after(
                        minute,
                        new Reputation.Evidence(
                                slots,
                                eligibility.eligible(),
                                account.failed(),
                                account.mismatch(),
                                account.slashed(),
                                good(node, settled, parameters)),
                        parameters);
        boolean proven = MinuteClaim.isProven(minute, type, account.lastVerified(), node.registeredFrom(), parameters);
        MinuteClaim claim = MinuteClaim.of(
                minute, type, eligibility, slots, reputation.probationUntil(), proven, reputation.score(), parameters);
        return new NodeMinuteResult(reputation, claim);
    }

    private static Reputation entering(NodeAccount account, Parameters parameters) {
        Reputation reputation = account.reputation();
        if (reputation == null) {
            return Reputation.initial(parameters);
        }
        return account.chain().leftSince() ? reputation.rejoined() : reputation;
    }

    private static BigInteger good(NodeState node, List<NodeFact.Settled> settled, Parameters parameters) {
        BigInteger good = BigInteger.ZERO;
        for (NodeFact.Settled job : settled) {
            if (!job.customer().equals(node.owner())) {
                good = good.add(Reputation.good(job.fee(), parameters));
            }
        }
        return good;
    }

    @Override
    public BigInteger jobReward(BigInteger feeWei, Parameters parameters) {
        return JobReward.amount(feeWei, parameters);
    }

    @Override
    public List<BigInteger> allocate(List<TypePool.Claim> claims, BigInteger cap) {
        return TypePool.allocate(claims, cap);
    }
}
