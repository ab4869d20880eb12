package io.ocos.ingest.domain;

import io.ocos.schemas.domain.Hash32;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;

/**
 * Recent blocks of the canonical chain (SPEC 3, E4): a node names one in what it signs and so proves that it did not sign
 * in advance. Keeps the blocks of the last hour of chain time; safe for use by several threads.
 */
public final class BeaconBook {

    /** Milliseconds between a beacon block's time and sentAt, either way. */
    public static final long MAX_DISTANCE_MILLIS = 300_000;

    /** Milliseconds of chain time that are kept: more than any sentAt that E2 lets pass can need. */
    static final long RETENTION_MILLIS = 3_600_000;

    /**
     * A block at least `confirmations` deep.
     *
     * @param blockNumber ≥ 0
     * @param blockHash its hash
     * @param blockTime seconds
     */
    public record Beacon(long blockNumber, Hash32 blockHash, long blockTime) {}

    private final ConcurrentSkipListMap<Long, Beacon> blocks = new ConcurrentSkipListMap<>();

    /** Takes in a final block; blocks come in ascending order. */
    public void add(Beacon block) {
        blocks.put(block.blockNumber(), block);
        for (Map.Entry<Long, Beacon> oldest = blocks.firstEntry();
                oldest != null && (block.blockTime() - oldest.getValue().blockTime()) * 1_000 > RETENTION_MILLIS;
                oldest = blocks.firstEntry()) {
            blocks.remove(oldest.getKey());
        }
    }

    /** The newest block; empty before the first. */
    public Optional<Beacon> newest() {
        return Optional.ofNullable(blocks.lastEntry()).map(Map.Entry::getValue);
    }

    /**
     * Why a block is no beacon for an envelope; empty when it is one.
     *
     * @param sentAt milliseconds
     */
    public Optional<String> refusal(long blockNumber, Hash32 blockHash, long sentAt) {
        Beacon block = blocks.get(blockNumber);
        if (block == null) {
            return Optional.of("beacon block %d is not known, expected one of %s"
                    .formatted(blockNumber, blocks.isEmpty() ? "none" : blocks.firstKey() + " … " + blocks.lastKey()));
        }
        if (!block.blockHash().equals(blockHash)) {
            return Optional.of(
                    "beacon block %d with hash %s, expected %s".formatted(blockNumber, blockHash, block.blockHash()));
        }
        long distanceMillis = Math.abs(sentAt - block.blockTime() * 1_000);
        return distanceMillis <= MAX_DISTANCE_MILLIS
                ? Optional.empty()
                : Optional.of("beacon block %d is %d ms from sentAt, expected at most %d"
                        .formatted(blockNumber, distanceMillis, MAX_DISTANCE_MILLIS));
    }
}
