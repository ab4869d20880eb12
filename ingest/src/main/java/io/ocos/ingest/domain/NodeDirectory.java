package io.ocos.ingest.domain;

import io.ocos.metering.domain.NodeState;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.ChainFact;
import java.util.concurrent.ConcurrentHashMap;

/** Which nodes are registered as of the newest chain event (SPEC 4). One writer, any number of readers. */
public final class NodeDirectory {

    private final ConcurrentHashMap<Address, NodeState> nodes = new ConcurrentHashMap<>();

    /**
     * Applies an event; events come in chain order.
     *
     * @param effectiveMinute of its block (SPEC 2.2)
     */
    public void apply(ChainFact.OfNode event, long effectiveMinute) {
        nodes.compute(event.node(), (node, state) -> (state == null ? NodeState.UNKNOWN : state)
                .apply(event, effectiveMinute));
    }

    /** Whether the node is registered now. */
    public boolean isRegistered(Address node) {
        NodeState state = nodes.get(node);
        return state != null && state.isRegistered();
    }

    /** Registered nodes. */
    public long registered() {
        return nodes.values().stream().filter(NodeState::isRegistered).count();
    }
}
