package io.ocos.ingest.domain;

import io.ocos.ingest.domain.BeaconBook.Beacon;
import io.ocos.schemas.domain.ChainFact;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.domain.Minutes;
import java.util.Map;

/** What the gateway knows of the chain, from topic {@code chain-events} read in its order. One writer, many readers. */
public final class ChainView {

    private static final String BLOCK_FINALIZED = "BlockFinalized";

    private final NodeDirectory nodes = new NodeDirectory();
    private final BeaconBook beacons = new BeaconBook();
    private long lastBlock = -1;
    private long lastLogIndex = Long.MAX_VALUE;

    /**
     * Applies an event. One that is not above all before is a repeat and changes nothing (SPEC 2.2); a
     * {@code BlockFinalized} comes after its block's events.
     *
     * @throws IllegalArgumentException when an argument that is used cannot be read; such an event never counts
     */
    public void apply(
            long blockNumber, Hash32 blockHash, long blockTime, long logIndex, String name, Map<String, String> args) {
        if (name.equals(BLOCK_FINALIZED)) {
            beacons.add(new Beacon(blockNumber, blockHash, blockTime));
            return;
        }
        if (blockNumber < lastBlock || (blockNumber == lastBlock && logIndex <= lastLogIndex)) {
            return;
        }
        lastBlock = blockNumber;
        lastLogIndex = logIndex;
        ChainFact.of(name, args).ifPresent(fact -> {
            if (fact instanceof ChainFact.OfNode event) {
                nodes.apply(event, Minutes.effective(blockTime));
            }
        });
    }

    public NodeDirectory nodes() {
        return nodes;
    }

    public BeaconBook beacons() {
        return beacons;
    }
}
