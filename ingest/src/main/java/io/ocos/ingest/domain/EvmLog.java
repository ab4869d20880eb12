package io.ocos.ingest.domain;

import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hash32;
import java.util.List;

/**
 * A log as an EVM node gave it; well-formed, but not yet known to be an event.
 *
 * @param blockNumber ≥ 0
 * @param logIndex index in its block, ≥ 0
 * @param topics 0 to 4
 * @param data {@code 0x} and lower-case hex digits
 * @param removed whether the node says that its block is not part of the chain any more
 */
public record EvmLog(
        long blockNumber,
        Hash32 blockHash,
        Hash32 transactionHash,
        long logIndex,
        Address address,
        List<Hash32> topics,
        String data,
        boolean removed) {

    public EvmLog {
        topics = List.copyOf(topics);
    }
}
