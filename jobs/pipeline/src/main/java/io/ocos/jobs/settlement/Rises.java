package io.ocos.jobs.settlement;

import io.ocos.rewardssettlement.domain.EpochClosing;
import io.ocos.schemas.domain.Address;
import java.math.BigInteger;
import java.util.Map;

/**
 * What the payees of one part of the ledger earned in an epoch.
 *
 * @param amounts wei, above 0; none when nobody of this part earned anything
 */
record Rises(EpochClosing closing, int shard, Map<Address, BigInteger> amounts) {}
