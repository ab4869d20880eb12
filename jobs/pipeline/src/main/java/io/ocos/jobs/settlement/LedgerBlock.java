package io.ocos.jobs.settlement;

import io.ocos.rewardssettlement.domain.EpochClosing;

/**
 * All lines of one part of the ledger at the end of an epoch.
 *
 * @param lines in the order of payees, as {@link io.ocos.rewardssettlement.domain.BatchLines.Packer} packs them; not to be
 *     changed
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record LedgerBlock(EpochClosing closing, int shard, byte[] lines) {}
