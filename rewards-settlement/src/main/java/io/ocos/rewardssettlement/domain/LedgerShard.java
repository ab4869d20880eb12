package io.ocos.rewardssettlement.domain;

import io.ocos.schemas.domain.Address;

/**
 * The parts in which the money ledger is kept, each by one task: ranges of payees, so that the parts in their order are all
 * payees in order. Payees are hashes of keys, so the parts are of about one size.
 */
public final class LedgerShard {

    private static final int BITS = 5;

    /** How many there are: part of the state's layout, never changed. */
    public static final int COUNT = 1 << BITS;

    private LedgerShard() {}

    /** The part of a payee, 0 … {@link #COUNT} − 1. */
    public static int of(Address payee) {
        return (int) (payee.high() >>> (Long.SIZE - BITS));
    }
}
