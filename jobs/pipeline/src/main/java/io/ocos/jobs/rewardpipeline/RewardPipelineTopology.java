package io.ocos.jobs.rewardpipeline;

import io.ocos.jobs.flink.AddressSerializer;
import io.ocos.jobs.flink.Hash32Serializer;
import io.ocos.jobs.flink.RawRecord;
import io.ocos.jobs.flink.RecordTypeInfo;
import io.ocos.jobs.rewardpipeline.domain.Closing;
import io.ocos.jobs.rewardpipeline.domain.NodeFact;
import io.ocos.metering.domain.JobEvidence;
import io.ocos.schemas.avro.MinuteClosed;
import io.ocos.schemas.avro.NodeMinute;
import io.ocos.schemas.avro.RejectedRecord;
import io.ocos.schemas.avro.ReputationScore;
import io.ocos.schemas.avro.Reward;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.ChainFact;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.domain.HeldParameter;
import io.ocos.schemas.io.AvroValues;
import java.util.List;
import org.apache.avro.specific.SpecificRecord;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.datastream.BroadcastStream;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.util.OutputTag;

/**
 * The graph of the RewardPipelineJob, in two layers: records of topics to facts, facts to minutes. Sources and sinks come from
 * outside; replay connects files to either layer. Runs as a stream and as a batch.
 */
public final class RewardPipelineTopology {

    static final String TELEMETRY_SOURCE_UID = "reward-pipeline-telemetry";
    static final String CHAIN_SOURCE_UID = "reward-pipeline-chain-events";
    static final String JOB_SOURCE_UID = "reward-pipeline-job-events";
    static final String TELEMETRY_DECODER_UID = "reward-pipeline-telemetry-decoder";
    static final String CHAIN_DECODER_UID = "reward-pipeline-chain-decoder";
    static final String JOB_DECODER_UID = "reward-pipeline-job-decoder";
    static final String CHAIN_ONCE_UID = "reward-pipeline-chain-once";
    static final String JOBS_UID = "reward-pipeline-jobs";
    static final String NODES_UID = "reward-pipeline-nodes";
    static final String POOLS_UID = "reward-pipeline-pools";
    static final String TICKER_UID = "reward-pipeline-ticker";
    static final String MINUTES_UID = "reward-pipeline-minutes";
    static final String ROWS_SINK_UID = "reward-pipeline-rows-sink";
    static final String MINUTES_SINK_UID = "reward-pipeline-minutes-sink";

    private static final OutputTag<RejectedRecord> TELEMETRY_REJECTED = rejects("telemetry-rejected");
    private static final OutputTag<RejectedRecord> CHAIN_REJECTED = rejects("chain-events-rejected");
    private static final OutputTag<RejectedRecord> JOBS_REJECTED = rejects("job-events-rejected");
    private static final OutputTag<RejectedRecord> LATE = rejects("late");
    private static final OutputTag<Long> FIRST_MINUTES = new OutputTag<>("first-minutes", Types.LONG);
    private static final OutputTag<NodeMinute> NODE_MINUTES =
            new OutputTag<>("node-minutes", RecordTypeInfo.of(NodeMinute.class));
    private static final OutputTag<ReputationScore> SCORES =
            new OutputTag<>("reputation-scores", RecordTypeInfo.of(ReputationScore.class));
    private static final OutputTag<Reward> JOB_REWARDS =
            new OutputTag<>("job-rewards", RecordTypeInfo.of(Reward.class));
    private static final OutputTag<Reward> ADJUSTMENTS =
            new OutputTag<>("adjustments", RecordTypeInfo.of(Reward.class));
    private static final OutputTag<MinutePart> TYPE_TOTALS = new OutputTag<>("type-totals", Formats.MINUTE_PART);

    /** The one key of what is one for the whole job. */
    private static final int ALL = 0;

    private static final int TYPES_PER_MINUTE = 8;

    private RewardPipelineTopology() {}

    /** Records as they lie in the three topics; in a stream with the watermarks of {@link Clocks}. */
    public record Sources(
            DataStream<RawRecord> telemetry, DataStream<RawRecord> chainEvents, DataStream<RawRecord> jobEvents) {}

    /** What the rules use of the inputs, duplicates and all. */
    public record Facts(DataStream<NodeFact> presence, DataStream<ChainRecord> chain, DataStream<JobRecord> jobs) {}

    /**
     * Every output of the second layer.
     *
     * @param minutesClosed in the order of minutes
     * @param jobEventsRejected what failed J2
     * @param late what came after its minute was closed; {@code source} names the topic it came from
     */
    public record Minutes(
            DataStream<NodeMinute> nodeMinutes,
            DataStream<ReputationScore> scores,
            DataStream<Reward> rewards,
            DataStream<MinuteClosed> minutesClosed,
            DataStream<RejectedRecord> jobEventsRejected,
            DataStream<RejectedRecord> late) {}

    /**
     * Every output of the job.
     *
     * @param minutesClosed in the order of minutes
     * @param late what came after its minute was closed; {@code source} names the topic it came from
     */
    public record Outputs(
            DataStream<NodeMinute> nodeMinutes,
            DataStream<ReputationScore> scores,
            DataStream<Reward> rewards,
            DataStream<MinuteClosed> minutesClosed,
            DataStream<RejectedRecord> telemetryRejected,
            DataStream<RejectedRecord> chainEventsRejected,
            DataStream<RejectedRecord> jobEventsRejected,
            DataStream<RejectedRecord> late) {

        /** Those of the second layer. */
        public Minutes minutes() {
            return new Minutes(nodeMinutes, scores, rewards, minutesClosed, jobEventsRejected, late);
        }
    }

    /** Both layers. */
    public static Outputs build(Sources sources, PresenceFilter filter, Closing closing) {
        Decoded decoded = decode(sources, filter);
        Minutes minutes = minutes(decoded.facts(), closing, List.of());
        return new Outputs(
                minutes.nodeMinutes(),
                minutes.scores(),
                minutes.rewards(),
                minutes.minutesClosed(),
                decoded.presence().getSideOutput(TELEMETRY_REJECTED),
                decoded.chain().getSideOutput(CHAIN_REJECTED),
                decoded.jobs().getSideOutput(JOBS_REJECTED).union(minutes.jobEventsRejected()),
                minutes.late());
    }

    /** The first layer; what it refuses is left out. */
    public static Facts facts(Sources sources, PresenceFilter filter) {
        return decode(sources, filter).facts();
    }

    private record Decoded(
            SingleOutputStreamOperator<NodeFact> presence,
            SingleOutputStreamOperator<ChainRecord> chain,
            SingleOutputStreamOperator<JobRecord> jobs) {
        Facts facts() {
            return new Facts(presence, chain, jobs);
        }
    }

    private static Decoded decode(Sources sources, PresenceFilter filter) {
        SingleOutputStreamOperator<NodeFact> presence = sources.telemetry()
                .process(new TelemetryDecoder(filter, TELEMETRY_REJECTED), Formats.NODE_FACT)
                .name("telemetry")
                .uid(TELEMETRY_DECODER_UID)
                .setParallelism(sources.telemetry().getParallelism());
        SingleOutputStreamOperator<ChainRecord> chain = sources.chainEvents()
                .process(new ChainDecoder(CHAIN_REJECTED), Formats.CHAIN_RECORD)
                .name("chain events")
                .uid(CHAIN_DECODER_UID)
                .setParallelism(sources.chainEvents().getParallelism());
        SingleOutputStreamOperator<JobRecord> jobs = sources.jobEvents()
                .process(new JobDecoder(JOBS_REJECTED), Formats.JOB_RECORD)
                .name("job events")
                .uid(JOB_DECODER_UID)
                .setParallelism(sources.jobEvents().getParallelism());
        return new Decoded(presence, chain, jobs);
    }

    /**
     * The second layer.
     *
     * @param held parameters that have a value whatever was voted; none but for a replay that asks "what if"
     */
    public static Minutes minutes(Facts facts, Closing closing, List<HeldParameter> held) {
        SingleOutputStreamOperator<ChainRecord> chain = facts.chain()
                .keyBy(ChainRecord::blockNumber, Types.LONG)
                .process(new ChainOnce(FIRST_MINUTES), Formats.CHAIN_RECORD)
                .name("chain events once")
                .uid(CHAIN_ONCE_UID);
        DataStream<ChainRecord> parameterRecords = chain.filter(
                        record -> record.fact() instanceof ChainFact.ParameterSet)
                .name("parameters")
                .uid("reward-pipeline-parameters");
        BroadcastStream<ChainRecord> parameters = parameterRecords.broadcast(ParameterBook.STATE);

        SingleOutputStreamOperator<NodeFact> jobs = chain.filter(record -> record.fact() instanceof ChainFact.OfJob)
                .name("chain events of jobs")
                .uid("reward-pipeline-chain-of-jobs")
                .keyBy(RewardPipelineTopology::jobId, Hash32Serializer.KEY_TYPE)
                .connect(facts.jobs()
                        .filter(record -> JobEvidence.needsJob(record.type()))
                        .name("job evidence")
                        .uid("reward-pipeline-job-evidence")
                        .keyBy(JobRecord::jobId, Hash32Serializer.KEY_TYPE))
                .process(new JobOperator(closing, JOBS_REJECTED, LATE), Formats.NODE_FACT)
                .name("jobs")
                .uid(JOBS_UID);

        DataStream<NodeFact> chainOfNodes = chain.filter(record -> record.fact() instanceof ChainFact.OfNode)
                .name("chain events of nodes")
                .uid("reward-pipeline-chain-of-nodes")
                .map(RewardPipelineTopology::nodeFact)
                .returns(Formats.NODE_FACT)
                .name("node facts")
                .uid("reward-pipeline-node-facts");
        SingleOutputStreamOperator<PoolClaim> nodes = facts.presence()
                .union(chainOfNodes, jobs)
                .keyBy(NodeFact::node, AddressSerializer.KEY_TYPE)
                .connect(parameters)
                .process(
                        new NodeOperator(closing, held, new NodeOperator.Tags(NODE_MINUTES, SCORES, JOB_REWARDS, LATE)),
                        Formats.POOL_CLAIM)
                .name("nodes")
                .uid(NODES_UID);

        SingleOutputStreamOperator<Reward> pools = nodes.keyBy(RewardPipelineTopology::pool, Types.LONG)
                .process(new PoolOperator(TYPE_TOTALS), RecordTypeInfo.of(Reward.class))
                .name("pools")
                .uid(POOLS_UID);

        DataStream<MinutePart> ticks = chain.getSideOutput(FIRST_MINUTES)
                .keyBy(minute -> ALL, Types.INT)
                .connect(parameters)
                .process(new MinuteTicker(closing, held), Formats.MINUTE_PART)
                .name("ticker")
                .uid(TICKER_UID)
                .setParallelism(1);
        DataStream<Reward> jobRewards = nodes.getSideOutput(JOB_REWARDS);
        DataStream<MinutePart> jobParts = jobRewards
                .map(reward -> (MinutePart) new MinutePart.Job(
                        reward.getMinute(),
                        AvroValues.amount(reward.getAmount()).wei()))
                .returns(Formats.MINUTE_PART)
                .name("job rewards of minutes")
                .uid("reward-pipeline-job-parts");
        DataStream<MinutePart> adjustmentParts = chain.filter(RewardPipelineTopology::isAdjustment)
                .name("adjustments")
                .uid("reward-pipeline-adjustments")
                .map(RewardPipelineTopology::adjustment)
                .returns(Formats.MINUTE_PART)
                .name("adjustments of minutes")
                .uid("reward-pipeline-adjustment-parts");
        SingleOutputStreamOperator<MinuteClosed> minutes = ticks.union(
                        pools.getSideOutput(TYPE_TOTALS), jobParts, adjustmentParts)
                .keyBy(MinutePart::minute, Types.LONG)
                .process(new MinuteOperator(closing, ADJUSTMENTS, LATE), RecordTypeInfo.of(MinuteClosed.class))
                .name("minutes")
                .uid(MINUTES_UID)
                .setParallelism(1); // So that minutes come in their order.

        return new Minutes(
                nodes.getSideOutput(NODE_MINUTES),
                nodes.getSideOutput(SCORES),
                pools.union(jobRewards, minutes.getSideOutput(ADJUSTMENTS)),
                minutes,
                jobs.getSideOutput(JOBS_REJECTED),
                nodes.getSideOutput(LATE).union(jobs.getSideOutput(LATE), minutes.getSideOutput(LATE)));
    }

    /** All rows and rejects as one stream; the minutes are not among them. */
    static DataStream<SpecificRecord> rows(Outputs outputs) {
        return any(outputs.nodeMinutes(), "node-minutes")
                .union(
                        any(outputs.scores(), "reputation-scores"),
                        any(outputs.rewards(), "rewards"),
                        any(
                                outputs.telemetryRejected()
                                        .union(
                                                outputs.chainEventsRejected(),
                                                outputs.jobEventsRejected(),
                                                outputs.late()),
                                "rejected"));
    }

    private static <T extends SpecificRecord> DataStream<SpecificRecord> any(DataStream<T> records, String name) {
        return records.map(record -> (SpecificRecord) record)
                .returns(RecordTypeInfo.any())
                .name(name)
                .uid("reward-pipeline-" + name);
    }

    private static Hash32 jobId(ChainRecord record) {
        if (record.fact() instanceof ChainFact.OfJob event) {
            return event.jobId();
        }
        throw new IllegalArgumentException("no event of a job: " + record);
    }

    private static NodeFact nodeFact(ChainRecord record) {
        if (record.fact() instanceof ChainFact.OfNode event) {
            return new NodeFact.Chain(record.minute(), record.blockNumber(), record.logIndex(), record.offset(), event);
        }
        throw new IllegalArgumentException("no event of a node: " + record);
    }

    @SuppressWarnings("EnumOrdinal") // Part of a key; a test of Formats holds the numbers.
    private static long pool(PoolClaim claim) {
        return claim.minute() * TYPES_PER_MINUTE + claim.type().ordinal();
    }

    /** One for the zero address is ignored (SPEC 9). */
    private static boolean isAdjustment(ChainRecord record) {
        return record.fact() instanceof ChainFact.RewardAdjusted event
                && !event.payee().equals(Address.ZERO);
    }

    private static MinutePart adjustment(ChainRecord record) {
        if (record.fact() instanceof ChainFact.RewardAdjusted event) {
            return new MinutePart.Adjustment(
                    record.minute(),
                    record.blockNumber(),
                    record.logIndex(),
                    record.offset(),
                    event.payee(),
                    event.amount());
        }
        throw new IllegalArgumentException("no adjustment: " + record);
    }

    private static OutputTag<RejectedRecord> rejects(String id) {
        return new OutputTag<>(id, RecordTypeInfo.of(RejectedRecord.class));
    }
}
