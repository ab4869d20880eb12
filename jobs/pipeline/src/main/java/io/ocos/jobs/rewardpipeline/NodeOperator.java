package io.ocos.jobs.rewardpipeline;

import io.ocos.jobs.JobsMetrics;
import io.ocos.jobs.rewardpipeline.domain.Closing;
import io.ocos.jobs.rewardpipeline.domain.NodeAccount;
import io.ocos.jobs.rewardpipeline.domain.NodeFact;
import io.ocos.jobs.rewardpipeline.domain.NodeLedger;
import io.ocos.jobs.rewardpipeline.domain.NodeMinuteResult;
import io.ocos.jobs.rewardpipeline.domain.UnknownRulesException;
import io.ocos.rewardssettlement.domain.RewardReason;
import io.ocos.schemas.avro.NodeMinute;
import io.ocos.schemas.avro.RejectedRecord;
import io.ocos.schemas.avro.ReputationScore;
import io.ocos.schemas.avro.Reward;
import io.ocos.schemas.avro.RewardKind;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.HeldParameter;
import io.ocos.schemas.domain.Minutes;
import io.ocos.schemas.domain.NodeType;
import io.ocos.schemas.domain.ParameterHistory;
import io.ocos.schemas.domain.Parameters;
import io.ocos.schemas.domain.TokenAmount;
import io.ocos.schemas.io.AvroValues;
import io.ocos.schemas.io.Topic;
import java.io.Serializable;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.metrics.Counter;
import org.apache.flink.runtime.execution.SuppressRestartsException;
import org.apache.flink.streaming.api.functions.co.KeyedBroadcastProcessFunction;
import org.apache.flink.util.Collector;
import org.apache.flink.util.OutputTag;

/**
 * Closes the minutes of nodes: uptime, reputation, and what each asks of the pool of its type. Keyed by node; the parameters
 * are broadcast and looked up by minute.
 *
 * <p>State per node: {@link NodeAccount}, about 130 bytes; 16 bytes per open minute in which it was seen, of which there are
 * two or three while all clocks run; 60 to 150 bytes per chain event, job or evidence that waits for its minute.
 */
@SuppressWarnings("NullAway.Init") // Flink calls open before anything else.
final class NodeOperator extends KeyedBroadcastProcessFunction<Address, NodeFact, ChainRecord, PoolClaim> {

    private static final long serialVersionUID = 1;

    static final String ACCOUNT = "account";
    static final String SLOTS = "slots";
    static final String FACTS = "facts";

    /** Where everything but the claims goes. */
    record Tags(
            OutputTag<NodeMinute> nodeMinutes,
            OutputTag<ReputationScore> scores,
            OutputTag<Reward> jobRewards,
            OutputTag<RejectedRecord> late)
            implements Serializable {
        private static final long serialVersionUID = 1;
    }

    private final Closing closing;
    private final Tags tags;
    private final ParameterBook parameters;
    private transient ValueState<NodeAccount> account;
    private transient MapState<Long, Integer> slots;
    private transient ListState<NodeFact> facts;
    private transient Counter counted;
    private transient Counter duplicates;
    private transient Counter lateRecords;

    NodeOperator(Closing closing, List<HeldParameter> held, Tags tags) {
        this.closing = closing;
        this.parameters = new ParameterBook(held);
        this.tags = tags;
    }

    @Override
    public void open(OpenContext context) {
        account = getRuntimeContext().getState(new ValueStateDescriptor<>(ACCOUNT, Formats.NODE_ACCOUNT));
        slots = getRuntimeContext().getMapState(new MapStateDescriptor<>(SLOTS, Types.LONG, Types.INT));
        facts = getRuntimeContext().getListState(new ListStateDescriptor<>(FACTS, Formats.NODE_FACT));
        counted = getRuntimeContext().getMetricGroup().counter(JobsMetrics.PIPELINE_COUNTED);
        duplicates = getRuntimeContext().getMetricGroup().counter(JobsMetrics.PIPELINE_DUPLICATES);
        lateRecords = getRuntimeContext().getMetricGroup().counter(JobsMetrics.PIPELINE_LATE);
    }

    @Override
    public void processElement(NodeFact fact, ReadOnlyContext context, Collector<PoolClaim> out) throws Exception {
        if (closing.excludes(fact.minute())) {
            return;
        }
        long lastClosed = closing.last(context.currentWatermark());
        if (fact.minute() <= lastClosed) {
            lateRecords.inc();
            context.output(tags.late(), late(fact, lastClosed));
            return;
        }
        if (fact instanceof NodeFact.Presence presence) {
            Integer before = slots.get(presence.minute());
            int after = (before == null ? 0 : before) | presence.bits();
            if (before != null && before == after) {
                duplicates.inc();
                return;
            }
            counted.inc();
            slots.put(presence.minute(), after);
            if (before != null) {
                return;
            }
        } else {
            facts.add(fact);
        }
        context.timerService().registerEventTimeTimer(Closing.timer(fact.minute()));
    }

    @Override
    public void processBroadcastElement(ChainRecord record, Context context, Collector<PoolClaim> out)
            throws Exception {
        long lastClosed = closing.last(context.currentWatermark());
        if (record.minute() <= lastClosed && getRuntimeContext().getTaskInfo().getIndexOfThisSubtask() == 0) {
            lateRecords.inc();
            context.output(
                    tags.late(),
                    Rejects.late(
                            Topic.CHAIN_EVENTS,
                            0,
                            record.offset(),
                            Minutes.startMillis(record.minute()),
                            record.minute(),
                            lastClosed,
                            "ParameterSet"));
        }
        parameters.add(record, context.getBroadcastState(ParameterBook.STATE));
    }

    @Override
    public void onTimer(long timestamp, OnTimerContext context, Collector<PoolClaim> out) throws Exception {
        long watermark = context.currentWatermark();
        long last = closing.last(watermark);
        NodeAccount before = account.value();
        ParameterHistory history = parameters.history(context.getBroadcastState(ParameterBook.STATE));
        SortedMap<Long, List<NodeFact>> open = openFacts();
        boolean due = !open.isEmpty() && Objects.requireNonNull(open.firstKey()) <= last;
        NodeAccount after;
        try {
            after = NodeLedger.close(
                    before == null ? NodeAccount.UNKNOWN : before,
                    open,
                    this::slotBits,
                    last,
                    history::at,
                    new Rows(context, out));
        } catch (UnknownRulesException e) {
            throw new SuppressRestartsException(e);
        }
        if (!after.equals(before == null ? NodeAccount.UNKNOWN : before)) {
            account.update(after);
        }
        if (due) {
            facts.update(open.values().stream().flatMap(List::stream).toList());
        }
        removeSlots(last);
        if (after.chain().isRegistered() && closing.awaits(after.nextMinute(), watermark)) {
            context.timerService().registerEventTimeTimer(Closing.timer(after.nextMinute()));
        }
    }

    private long slotBits(long minute) {
        try {
            Integer bits = slots.get(minute);
            return bits == null ? 0 : bits;
        } catch (Exception e) {
            throw new IllegalStateException("state '%s' cannot be read".formatted(SLOTS), e);
        }
    }

    private SortedMap<Long, List<NodeFact>> openFacts() throws Exception {
        SortedMap<Long, List<NodeFact>> open = new TreeMap<>();
        for (NodeFact fact : facts.get()) {
            open.computeIfAbsent(fact.minute(), minute -> new ArrayList<>()).add(fact);
        }
        return open;
    }

    private void removeSlots(long last) throws Exception {
        for (Iterator<Long> minutes = slots.keys().iterator(); minutes.hasNext(); ) {
            if (minutes.next() <= last) {
                minutes.remove();
            }
        }
    }

    private static RejectedRecord late(NodeFact fact, long lastClosed) {
        int partition = fact instanceof NodeFact.Presence presence ? presence.partition() : 0;
        long offset = fact instanceof NodeFact.Presence presence
                ? presence.offset()
                : fact instanceof NodeFact.Chain chain ? chain.offset() : -1;
        return Rejects.late(
                fact instanceof NodeFact.Presence ? Topic.TELEMETRY : Topic.CHAIN_EVENTS,
                partition,
                offset,
                Minutes.startMillis(fact.minute()),
                fact.minute(),
                lastClosed,
                "%s of %s".formatted(fact.getClass().getSimpleName(), fact.node()));
    }

    /** What becomes of a node's minutes, as records. */
    private final class Rows implements NodeLedger.Output {

        private final OnTimerContext context;
        private final Collector<PoolClaim> claims;
        private final Address node;

        Rows(OnTimerContext context, Collector<PoolClaim> claims) {
            this.context = context;
            this.claims = claims;
            this.node = context.getCurrentKey();
        }

        @Override
        public void minute(
                long minute,
                NodeType type,
                int slots,
                NodeAccount account,
                NodeMinuteResult result,
                Parameters parameters) {
            context.output(tags.nodeMinutes(), new NodeMinute(minute, AvroValues.avro(node), type.name(), slots));
            context.output(
                    tags.scores(),
                    new ReputationScore(
                            minute, AvroValues.avro(node), result.reputation().score()));
            claims.collect(new PoolClaim(
                    minute,
                    type,
                    node,
                    account.chain().owner(),
                    slots,
                    result.claim().raw(),
                    result.claim().reason(),
                    parameters.cap(type),
                    parameters.rulesVersion().intValueExact()));
        }

        @Override
        public void job(NodeFact.Settled job, NodeAccount account, BigInteger amount) {
            Reward.Builder reward = Reward.newBuilder()
                    .setMinute(job.minute())
                    .setKind(RewardKind.JOB)
                    .setNode(AvroValues.avro(node))
                    .setJob(AvroValues.avro(job.jobId()))
                    .setAmount(AvroValues.avro(new TokenAmount(amount)))
                    .setReason(RewardReason.UNREGISTERED.name())
                    .setBlockNumber(job.blockNumber())
                    .setLogIndex(job.logIndex());
            if (account.chain().isRegistered()) {
                reward.setPayee(AvroValues.avro(account.chain().owner())).setReason(RewardReason.PAID.name());
            }
            context.output(tags.jobRewards(), reward.build());
        }
    }
}
