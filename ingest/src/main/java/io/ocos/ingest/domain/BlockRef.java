package io.ocos.ingest.domain;

import io.ocos.schemas.domain.Hash32;

/**
 * A block's place in the chain.
 *
 * @param number ≥ 0
 * @param hash its hash
 */
public record BlockRef(long number, Hash32 hash) {

    @Override
    public String toString() {
        return number + " (" + hash + ")";
    }
}
