package io.ocos.jobs.settlement;

import io.ocos.rewardssettlement.domain.EpochClosing;

/**
 * An epoch that is over, as one part of the ledger is told of it.
 *
 * @param shard {@link io.ocos.rewardssettlement.domain.LedgerShard}
 * @param payingRewards number of rewards above 0 of this part and epoch
 */
public record ShardClosing(EpochClosing closing, int shard, long payingRewards) {}
