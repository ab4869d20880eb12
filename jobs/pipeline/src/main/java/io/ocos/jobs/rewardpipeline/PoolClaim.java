package io.ocos.jobs.rewardpipeline;

import io.ocos.rewardssettlement.domain.RewardReason;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.NodeType;
import java.math.BigInteger;

/**
 * What a registered node asks of the pool of its type for a minute, and what the pool needs to know of that minute.
 *
 * @param payee the node's owner at the minute
 * @param slots 0 … 6
 * @param raw wei, before the cap
 * @param reason as far as it does not depend on the pool
 * @param cap of the type, wei, as at the minute
 * @param rules {@code rules.version} as at the minute
 */
record PoolClaim(
        long minute,
        NodeType type,
        Address node,
        Address payee,
        int slots,
        BigInteger raw,
        RewardReason reason,
        BigInteger cap,
        int rules) {}
