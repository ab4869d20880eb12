package io.ocos.metering.domain;

/** The rules of acceptance (SPEC 3), by the names under which rejects are kept. */
public enum Rule {
    /** The signature is well formed and recovers to the node. */
    E1,
    /** Received between 30 s before and 900 s after it was sent, by the two clocks. */
    E2,
    /** The payload decodes as {@code TelemetryBatch} with no byte left, at most 1 000 entries, every field in its range. */
    E3,
    /** The gateway's own: registered node, fresh sequence, canonical recent beacon block, size. */
    E4,
    /** An entry was measured at most 900 s before its envelope was sent, and not after. */
    S1,
    /** The envelope counts for uptime: received within 30 s of being sent. */
    S2
}
