package io.ocos.jobs.usage;

import io.ocos.jobs.flink.AddressSerializer;
import io.ocos.jobs.flink.Hash32Serializer;
import io.ocos.jobs.flink.RawRecord;
import io.ocos.jobs.flink.RecordTypeInfo;
import io.ocos.jobs.rewardpipeline.ChainRecord;
import io.ocos.jobs.rewardpipeline.Formats;
import io.ocos.jobs.rewardpipeline.ParameterBook;
import io.ocos.jobs.rewardpipeline.PresenceFilter;
import io.ocos.jobs.rewardpipeline.domain.Closing;
import io.ocos.jobs.settlement.ArtifactStore;
import io.ocos.metering.domain.usage.AccountFact;
import io.ocos.schemas.avro.RejectedRecord;
import io.ocos.schemas.domain.ChainFact;
import io.ocos.schemas.domain.Hash32;
import org.apache.avro.specific.SpecificRecord;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.util.OutputTag;

/**
 * The graph of the UsageJob (SPEC 12): entries of envelopes to usage per node, usage to the books of accounts. Sources and sinks
 * come from outside. What holds in the end of each key of its outputs depends on the set of the inputs alone.
 */
public final class UsageTopology {

    static final String TELEMETRY_SOURCE_UID = "usage-telemetry";
    static final String CHAIN_SOURCE_UID = "usage-chain-events";
    static final String JOB_SOURCE_UID = "usage-job-events";
    static final String REGISTRY_SOURCE_UID = "usage-registry-changes";
    static final String REGISTRY_DECODER_UID = "usage-registry-decoder";
    static final String TELEMETRY_DECODER_UID = "usage-telemetry-decoder";
    static final String CHAIN_DECODER_UID = "usage-chain-decoder";
    static final String DISPATCH_DECODER_UID = "usage-dispatch-decoder";
    static final String ASSIGNMENTS_UID = "usage-assignments";
    static final String NODES_UID = "usage-nodes";
    static final String UNASSIGNED_UID = "usage-unassigned";
    static final String ACCOUNTS_UID = "usage-accounts";
    static final String SINK_UID = "usage-sink";

    private static final OutputTag<AccountFact> CHAIN_ACCOUNTS =
            new OutputTag<>("chain-accounts", UsageFormats.ACCOUNT_FACT);
    private static final OutputTag<AccountFact> DECLARATIONS =
            new OutputTag<>("declarations", UsageFormats.ACCOUNT_FACT);
    private static final OutputTag<RejectedRecord> CHAIN_REJECTED =
            new OutputTag<>("chain-rejected", RecordTypeInfo.of(RejectedRecord.class));
    private static final OutputTag<RejectedRecord> ENTRIES_REJECTED =
            new OutputTag<>("entries-rejected", RecordTypeInfo.of(RejectedRecord.class));
    private static final OutputTag<Unassigned> UNASSIGNED = new OutputTag<>("unassigned", UsageFormats.UNASSIGNED);

    private UsageTopology() {}

    /**
     * Records as they lie in the topics, with the watermarks of the RewardPipelineJob's clocks; those of the registry hold back
     * nothing ({@link #registryClock}).
     */
    public record Sources(
            DataStream<RawRecord> telemetry,
            DataStream<RawRecord> chainEvents,
            DataStream<RawRecord> jobEvents,
            DataStream<RawRecord> registryChanges) {}

    /** The clock of {@code registry-changes}. */
    public static WatermarkStrategy<RawRecord> registryClock() {
        return RegistryDecoder.clock();
    }

    /**
     * Every output of the job.
     *
     * @param records {@code UsageMinute}, {@code StorageHour}, {@code StorageCharge}, {@code QuotaEvent} and {@code Invoice}; those
     *     of an account in order
     * @param rejected what does not count; {@code source} names the topic it came from
     */
    public record Outputs(DataStream<SpecificRecord> records, DataStream<RejectedRecord> rejected) {}

    /**
     * Adds the graph.
     *
     * @param graceMinutes minutes after the end of a month at which its invoices are closed, ≥ 0
     * @param artifacts where closed invoices are kept
     */
    public static Outputs build(
            Sources sources, PresenceFilter filter, Closing closing, int graceMinutes, ArtifactStore artifacts) {
        UsageClosing usageClosing = new UsageClosing(closing);
        DataStream<NodeFact> reports = sources.telemetry()
                .process(new UsageDecoder(filter), UsageFormats.NODE_FACT)
                .name("usage in telemetry")
                .uid(TELEMETRY_DECODER_UID)
                .setParallelism(sources.telemetry().getParallelism());
        SingleOutputStreamOperator<ChainRecord> chain = sources.chainEvents()
                .process(new UsageChainDecoder(CHAIN_ACCOUNTS, CHAIN_REJECTED), Formats.CHAIN_RECORD)
                .name("chain events of usage")
                .uid(CHAIN_DECODER_UID)
                .setParallelism(sources.chainEvents().getParallelism());
        DataStream<ChainRecord> created = chain.filter(record -> record.fact() instanceof ChainFact.JobCreated)
                .name("jobs created")
                .uid("usage-jobs-created");
        DataStream<ChainRecord> parameters = chain.filter(record -> record.fact() instanceof ChainFact.ParameterSet)
                .name("parameters")
                .uid("usage-parameters");
        DataStream<NodeFact> assignments = created.keyBy(UsageTopology::jobId, Hash32Serializer.KEY_TYPE)
                .connect(sources.jobEvents()
                        .flatMap(new DispatchDecoder())
                        .returns(UsageFormats.DISPATCH)
                        .name("dispatches")
                        .uid(DISPATCH_DECODER_UID)
                        .setParallelism(sources.jobEvents().getParallelism())
                        .keyBy(Dispatch::job, Hash32Serializer.KEY_TYPE))
                .process(new AssignmentOperator(), UsageFormats.NODE_FACT)
                .name("assignments")
                .uid(ASSIGNMENTS_UID);
        SingleOutputStreamOperator<NodeFact> registry = sources.registryChanges()
                .process(new RegistryDecoder(DECLARATIONS), UsageFormats.NODE_FACT)
                .name("registry")
                .uid(REGISTRY_DECODER_UID)
                .setParallelism(sources.registryChanges().getParallelism());
        SingleOutputStreamOperator<AccountFact> nodes = reports.union(assignments, registry)
                .keyBy(NodeFact::node, AddressSerializer.KEY_TYPE)
                .process(new NodeUsageOperator(usageClosing, ENTRIES_REJECTED, UNASSIGNED), UsageFormats.ACCOUNT_FACT)
                .name("usage on nodes")
                .uid(NODES_UID);
        DataStream<RejectedRecord> unassigned = created.keyBy(UsageTopology::jobId, Hash32Serializer.KEY_TYPE)
                .connect(nodes.getSideOutput(UNASSIGNED).keyBy(Unassigned::job, Hash32Serializer.KEY_TYPE))
                .process(new UnassignedOperator(), RecordTypeInfo.of(RejectedRecord.class))
                .name("unassigned")
                .uid(UNASSIGNED_UID);
        DataStream<SpecificRecord> records = nodes.union(
                        chain.getSideOutput(CHAIN_ACCOUNTS), registry.getSideOutput(DECLARATIONS))
                .keyBy(AccountFact::account, AddressSerializer.KEY_TYPE)
                .connect(parameters.broadcast(ParameterBook.STATE))
                .process(new AccountOperator(usageClosing, graceMinutes, artifacts), RecordTypeInfo.any())
                .name("accounts")
                .uid(ACCOUNTS_UID);
        return new Outputs(
                records, chain.getSideOutput(CHAIN_REJECTED).union(nodes.getSideOutput(ENTRIES_REJECTED), unassigned));
    }

    private static Hash32 jobId(ChainRecord record) {
        if (record.fact() instanceof ChainFact.OfJob event) {
            return event.jobId();
        }
        throw new IllegalArgumentException("no event of a job: " + record);
    }
}
