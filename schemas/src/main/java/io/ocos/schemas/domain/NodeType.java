package io.ocos.schemas.domain;

import java.util.Optional;

/** What a node does; on chain its ASCII name, right-padded with zeros (SPEC 1). The order is that of all listings. */
public enum NodeType {
    AI,
    WASM,
    SIMULATION,
    STORAGE,
    EDGE;

    /** The name as bytes32. */
    public Hash32 onChain() {
        return Hash32.ofName(name());
    }

    /** The type with this bytes32 name; empty when no type has exactly these 32 bytes. */
    public static Optional<NodeType> fromChain(Hash32 name) {
        for (NodeType type : values()) {
            if (type.onChain().equals(name)) {
                return Optional.of(type);
            }
        }
        return Optional.empty();
    }
}
