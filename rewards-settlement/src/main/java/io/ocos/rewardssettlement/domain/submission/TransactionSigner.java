package io.ocos.rewardssettlement.domain.submission;

import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hash32;

/** Signs with the submitter's key. Has no effect beside its answer. */
public interface TransactionSigner {

    /**
     * A transaction that can be sent.
     *
     * @param raw its bytes, 0x-hex
     */
    record Signed(Hash32 hash, String raw) {}

    /** The key's address. */
    Address address();

    /** A transaction of the contract's chain. */
    Signed sign(Call call, long nonce, long gasLimit, Fees fees);
}
