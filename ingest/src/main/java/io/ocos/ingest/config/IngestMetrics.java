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

    /** Tag: what became of it. */
    public static final String TAG_OUTCOME = "outcome";

    /** Tag: why. */
    public static final String TAG_REASON = "reason";

    /** Tag on every metric of a process: its name. */
    public static final String TAG_PROCESS = "process";

    private IngestMetrics() {}
}
