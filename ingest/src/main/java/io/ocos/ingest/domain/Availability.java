package io.ocos.ingest.domain;

import java.util.Optional;

/** When the simulated nodes are up. The answer depends on node and time only, so every process that asks gets the same. */
public interface Availability {

    /**
     * How long a node has been up; empty while it is down.
     *
     * @param node index in the plan
     * @param timeMillis any time, ms UTC
     */
    Optional<Uptime> uptime(int node, long timeMillis);

    /**
     * An interval in which a node runs.
     *
     * @param bootId the same throughout the interval, another after every outage
     * @param millis since the interval began
     */
    record Uptime(long bootId, long millis) {}

    /** No node ever fails. */
    static Availability always() {
        return (node, timeMillis) -> Optional.of(new Uptime(1, timeMillis));
    }
}
