package io.ocos.ingest.config;

/** Names of the metrics of the ingest processes; dashboards use only these. Times in seconds, sizes in bytes. */
public final class IngestMetrics {

    /** Gauge: free space left in the agent's buffer on disk, bytes. */
    public static final String AGENT_BUFFER_FREE_BYTES = "ocos.agent.buffer.free.bytes";

    /** Gauge: entries (samples and usage) that wait in the agent's buffer. */
    public static final String AGENT_BUFFER_ENTRIES = "ocos.agent.buffer.entries";

    /** Counter by {@link #TAG_REASON}: entries dropped unsent ({@code full}, {@code too_old}, {@code future}, {@code corrupt}, {@code refused}). */
    public static final String AGENT_ENTRIES_DROPPED = "ocos.agent.entries.dropped";

    /** Counter by {@link #TAG_OUTCOME}: envelopes by what became of them ({@code accepted}, {@code refused}, {@code failed}). */
    public static final String AGENT_ENVELOPES = "ocos.agent.envelopes";

    /** Gauge: the agent's last sequence number that was reserved. */
    public static final String AGENT_SEQUENCE = "ocos.agent.sequence";

    /** Gauge: when a gateway last accepted an envelope, seconds since the epoch; 0 before the first. */
    public static final String AGENT_LAST_ACCEPTED = "ocos.agent.last.accepted.seconds";

    /** Counter by {@link #TAG_OUTCOME}: envelopes of the simulated fleet ({@code accepted}, {@code refused}, {@code failed}). */
    public static final String FLEET_ENVELOPES = "ocos.fleet.envelopes";

    /** Gauge: simulated nodes that are up in the current slot. */
    public static final String FLEET_NODES_UP = "ocos.fleet.nodes.up";

    /** Counter: PROGRESS records written to topic job-events. */
    public static final String JOB_PROGRESS_RECORDS = "ocos.job.progress.records";

    /** Gauge: when a PROGRESS record was last acknowledged, seconds since the epoch; 0 before the first. */
    public static final String JOB_PROGRESS_LAST = "ocos.job.progress.last.seconds";

    /** Counter: requests to POST /v1/telemetry; = accepted + duplicate + rejected once all are answered. */
    public static final String GATEWAY_REQUESTS = "ocos.gateway.requests";

    /** Counter: envelopes that the log confirmed. */
    public static final String GATEWAY_ACCEPTED = "ocos.gateway.accepted";

    /** Counter: repeats of what was accepted before. */
    public static final String GATEWAY_DUPLICATE = "ocos.gateway.duplicate";

    /** Counter by {@link #TAG_REASON} (problem type): requests that were refused. */
    public static final String GATEWAY_REJECTED = "ocos.gateway.rejected";

    /** Counter by {@link #TAG_OUTCOME} ({@code kept}, {@code limited}, {@code failed}): refused requests worth keeping. */
    public static final String GATEWAY_REJECTS = "ocos.gateway.rejects";

    /** Counter: accepted envelopes that do not count for uptime (S2). */
    public static final String GATEWAY_LATE = "ocos.gateway.late";

    /** Counter: entries of accepted envelopes that do not count (S1). */
    public static final String GATEWAY_ENTRIES_DROPPED = "ocos.gateway.entries.dropped";

    /** Counter by {@link #TAG_OUTCOME} ({@code written}, {@code failed}): tick records, one per partition and second. */
    public static final String GATEWAY_TICKS = "ocos.gateway.ticks";

    /** Timer: from a complete request to the log's confirmation. */
    public static final String GATEWAY_APPEND = "ocos.gateway.append";

    /** Gauge: requests that wait for an answer. */
    public static final String GATEWAY_IN_FLIGHT = "ocos.gateway.in.flight";

    /** Gauge: bytes of their bodies. */
    public static final String GATEWAY_BODY_BYTES = "ocos.gateway.body.bytes";

    /** Gauge: nodes that are registered. */
    public static final String GATEWAY_NODES = "ocos.gateway.nodes";

    /** Gauge: age of the newest known block by the gateway's clock, seconds; -1 before the first. */
    public static final String GATEWAY_BEACON_AGE = "ocos.gateway.beacon.age.seconds";

    /** Counter by {@link #TAG_TOPIC}: records read back that could not be read. */
    public static final String GATEWAY_UNREADABLE = "ocos.gateway.unreadable";

    /** Tag: Kafka topic. */
    public static final String TAG_TOPIC = "topic";

    /** Tag: what became of it. */
    public static final String TAG_OUTCOME = "outcome";

    /** Tag: why. */
    public static final String TAG_REASON = "reason";

    /** Tag on every metric of a process: its name. */
    public static final String TAG_PROCESS = "process";

    private IngestMetrics() {}
}
