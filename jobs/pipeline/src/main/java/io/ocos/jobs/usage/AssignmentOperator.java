package io.ocos.jobs.usage;

import io.ocos.jobs.flink.AddressSerializer;
import io.ocos.jobs.rewardpipeline.ChainRecord;
import io.ocos.jobs.rewardpipeline.Formats;
import io.ocos.jobs.rewardpipeline.domain.CreatedJob;
import io.ocos.metering.domain.usage.JobAssignment;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.ChainFact;
import io.ocos.schemas.domain.Hash32;
import java.math.BigInteger;
import java.util.Map;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeutils.base.LongSerializer;
import org.apache.flink.streaming.api.functions.co.KeyedCoProcessFunction;
import org.apache.flink.util.Collector;

/**
 * Tells a node of each job that was given to it, once creation and dispatch are known, whichever came first; again when an
 * earlier one comes. Keyed by job id.
 *
 * <p>State per job: about 80 bytes, and 30 per node, until {@link #FORGET_AFTER_MILLIS} after the deadline.
 */
@SuppressWarnings("NullAway.Init") // Flink calls open before anything else.
final class AssignmentOperator extends KeyedCoProcessFunction<Hash32, ChainRecord, Dispatch, NodeFact> {

    private static final long serialVersionUID = 1;

    static final String CREATED = "created";
    static final String DISPATCHED = "dispatched";

    /** A day after a job's deadline nothing refers to it any more. */
    static final long FORGET_AFTER_MILLIS = 86_400_000;

    private static final BigInteger MILLIS_PER_SECOND = BigInteger.valueOf(1_000);

    /** The largest time that a timer is set for: the year 146 million. */
    private static final BigInteger LAST_MILLIS = BigInteger.valueOf(Long.MAX_VALUE / 2);

    private transient ValueState<CreatedJob> created;
    private transient MapState<Address, Long> dispatched;

    @Override
    public void open(OpenContext context) {
        created = getRuntimeContext().getState(new ValueStateDescriptor<>(CREATED, Formats.CREATED_JOB));
        dispatched = getRuntimeContext()
                .getMapState(new MapStateDescriptor<>(DISPATCHED, AddressSerializer.INSTANCE, LongSerializer.INSTANCE));
    }

    @Override
    public void processElement1(ChainRecord record, Context context, Collector<NodeFact> out) throws Exception {
        if (record.fact() instanceof ChainFact.JobCreated event) {
            CreatedJob known = created.value();
            if (known == null || !known.isBefore(record.blockNumber(), record.logIndex())) {
                CreatedJob job = CreatedJob.of(record.blockNumber(), record.logIndex(), record.timeSeconds(), event);
                created.update(job);
                context.timerService().registerEventTimeTimer(forgetAt(job));
                for (Map.Entry<Address, Long> entry : dispatched.entries()) {
                    out.collect(assigned(context.getCurrentKey(), entry.getKey(), job, entry.getValue()));
                }
            }
        }
    }

    @Override
    public void processElement2(Dispatch dispatch, Context context, Collector<NodeFact> out) throws Exception {
        Long before = dispatched.get(dispatch.node());
        if (before != null && before <= dispatch.at()) {
            return;
        }
        dispatched.put(dispatch.node(), dispatch.at());
        CreatedJob job = created.value();
        if (job == null) {
            context.timerService().registerEventTimeTimer(dispatch.at() + FORGET_AFTER_MILLIS);
        } else {
            out.collect(assigned(dispatch.job(), dispatch.node(), job, dispatch.at()));
        }
    }

    @Override
    public void onTimer(long timestamp, OnTimerContext context, Collector<NodeFact> out) throws Exception {
        CreatedJob job = created.value();
        if (job == null || timestamp >= forgetAt(job)) {
            created.clear();
            dispatched.clear();
        }
    }

    private static NodeFact assigned(Hash32 id, Address node, CreatedJob job, long dispatchedAt) {
        return new NodeFact.Assigned(
                node,
                id,
                new JobAssignment(
                        job.customer(), Math.max(job.timeSeconds() * 1_000, dispatchedAt), deadlineMillis(job)));
    }

    private static long deadlineMillis(CreatedJob job) {
        return job.deadlineSeconds()
                .multiply(MILLIS_PER_SECOND)
                .min(LAST_MILLIS)
                .longValueExact();
    }

    private static long forgetAt(CreatedJob job) {
        return deadlineMillis(job) + FORGET_AFTER_MILLIS;
    }
}
