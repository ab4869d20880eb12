package io.ocos.schemas.io;

import java.util.Arrays;

/** The Kafka topics (SPEC 2, DESIGN 2): name, default partitions, and whether its records carry the progress of time. */
public enum Topic {
    /** {@code SignedEnvelope} and {@code TelemetryTick}; key = node address; timestamp = receivedAt. */
    TELEMETRY("telemetry", 4),
    TELEMETRY_REJECTED("telemetry-rejected", 1),
    /** {@code ChainEvent}; key = contract address; timestamp = blockTime. */
    CHAIN_EVENTS("chain-events", 1),
    CHAIN_EVENTS_REJECTED("chain-events-rejected", 1),
    /** {@code JobEvent}; key = job id; timestamp = recordedAt. */
    JOB_EVENTS("job-events", 1),
    JOB_EVENTS_REJECTED("job-events-rejected", 1),
    /** {@code NodeMinute}; key = node address. */
    NODE_MINUTES("node-minutes", 4),
    /** {@code ReputationScore}; key = node address. */
    REPUTATION_SCORES("reputation-scores", 4),
    /** {@code Reward}; key = payee, or node where there is none. */
    REWARDS("rewards", 4),
    REWARDS_REJECTED("rewards-rejected", 1),
    /** {@code MinuteClosed}, in ascending order of minutes. */
    MINUTES_CLOSED("minutes-closed", 1),
    MINUTES_CLOSED_REJECTED("minutes-closed-rejected", 1),
    /** {@code SettlementBatch}, in ascending order of numbers. */
    SETTLEMENT_BATCHES("settlement-batches", 1),
    /** {@code SettlementLeaf}; key = payee. Those of a batch may come before or after it. */
    SETTLEMENT_LEAVES("settlement-leaves", 4),
    /** {@code SubmissionStep}, in order, of one writer at a time; kept for good. */
    SETTLEMENT_JOURNAL("settlement-journal", 1),
    /** {@code RegistryChange}, in the order of commits within a generation; key = table/primary key; kept for good. */
    REGISTRY_CHANGES("registry-changes", 1),
    /** {@code UsageMinute}, {@code StorageHour} and {@code StorageCharge}; key = customer or account. */
    USAGE("usage", 4),
    /** {@code QuotaEvent}; key = customer. */
    QUOTA_EVENTS("quota-events", 1),
    /** {@code Invoice}, drafts and closed ones; key = account. */
    INVOICES("invoices", 1);

    private final String topicName;
    private final int partitions;

    Topic(String topicName, int partitions) {
        this.topicName = topicName;
        this.partitions = partitions;
    }

    /** The name in Kafka. */
    public String topicName() {
        return topicName;
    }

    /** Partitions it is created with; the topics of chain and jobs have one by rule (SPEC 2.3, DESIGN 2). */
    public int partitions() {
        return partitions;
    }

    /**
     * The topic of that name.
     *
     * @throws IllegalArgumentException for a name that is none of them
     */
    public static Topic ofName(String name) {
        return Arrays.stream(values())
                .filter(topic -> topic.topicName.equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("topic '%s': expected one of %s"
                        .formatted(
                                name,
                                Arrays.stream(values()).map(Topic::topicName).toList())));
    }
}
