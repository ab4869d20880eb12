package io.ocos.ingest.domain;

import io.ocos.schemas.domain.Hash32;

/**
 * What the follower looks at in a block's header.
 *
 * @param number ≥ 0
 * @param hash its hash
 * @param parentHash hash of the block before it
 * @param timeSeconds seconds since the epoch, ≥ 0
 * @param bloom of the addresses and topics of all its logs
 */
public record BlockHeader(long number, Hash32 hash, Hash32 parentHash, long timeSeconds, LogsBloom bloom) {

    /** Its place in the chain. */
    public BlockRef ref() {
        return new BlockRef(number, hash);
    }
}
