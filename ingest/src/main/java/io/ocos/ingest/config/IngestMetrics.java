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

    /** Gauge: newest block of the chain by the EVM node that is asked; -1 before the first answer. */
    public static final String FOLLOWER_HEAD = "ocos.follower.head.block";

    /** Gauge: last block that is written and committed; -1 before it is known. */
    public static final String FOLLOWER_PUBLISHED = "ocos.follower.published.block";

    /** Gauge: blocks that are final and not yet written. */
    public static final String FOLLOWER_LAG = "ocos.follower.lag.blocks";

    /** Gauge: when blocks were last committed, seconds since the epoch; 0 before the first. */
    public static final String FOLLOWER_LAST_COMMIT = "ocos.follower.last.commit.seconds";

    /** Gauge: blocks asked for at once; below maxRange after an EVM node refused as many. */
    public static final String FOLLOWER_RANGE = "ocos.follower.range.blocks";

    /** Counter: blocks written, each with its BlockFinalized. */
    public static final String FOLLOWER_BLOCKS = "ocos.follower.blocks";

    /** Counter by {@link #TAG_NAME}: events written, without BlockFinalized. */
    public static final String FOLLOWER_EVENTS = "ocos.follower.events";

    /** Counter by {@link #TAG_REASON}: logs of followed contracts that are no events, kept in chain-events-rejected. */
    public static final String FOLLOWER_REJECTED = "ocos.follower.rejected";

    /** Counter: logs of other contracts, or of events that are not taken. */
    public static final String FOLLOWER_IGNORED = "ocos.follower.ignored";

    /** Counter: logs that an EVM node gave out of order. */
    public static final String FOLLOWER_OUT_OF_ORDER = "ocos.follower.out.of.order";

    /** Counter: blocks whose receipts were read because the header's bloom filter promised more than the answer held. */
    public static final String FOLLOWER_RECEIPT_CHECKS = "ocos.follower.receipt.checks";

    /** Counter: reorgs above the blocks that are final: nobody saw them. */
    public static final String FOLLOWER_REORGS = "ocos.follower.reorgs";

    /** Gauge: depth of the deepest of these reorgs, blocks; near {@code confirmations} it is time to raise that. */
    public static final String FOLLOWER_REORG_DEPTH = "ocos.follower.reorg.depth.blocks";

    /** Counter by {@link #TAG_REASON}: answers of EVM nodes that could not be used. */
    public static final String FOLLOWER_RPC_FAILURES = "ocos.follower.rpc.failures";

    /** Counter: failed reads and writes of Kafka, after each of which the cursor is read again. */
    public static final String FOLLOWER_KAFKA_FAILURES = "ocos.follower.kafka.failures";

    /** Tag: Kafka topic. */
    public static final String TAG_TOPIC = "topic";

    /** Tag: name of an event. */
    public static final String TAG_NAME = "name";

    /** Tag: what became of it. */
    public static final String TAG_OUTCOME = "outcome";

    /** Tag: why. */
    public static final String TAG_REASON = "reason";

    /** Tag on every metric of a process: its name. */
    public static final String TAG_PROCESS = "process";

    private IngestMetrics() {}
}
