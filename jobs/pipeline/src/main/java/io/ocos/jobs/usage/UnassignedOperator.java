package io.ocos.jobs.usage;

import io.ocos.jobs.JobsMetrics;
import io.ocos.jobs.rewardpipeline.ChainRecord;
import io.ocos.metering.domain.usage.UsageRefusal;
import io.ocos.schemas.avro.RejectedRecord;
import io.ocos.schemas.domain.ChainFact;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.domain.Minutes;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeutils.base.BooleanSerializer;
import org.apache.flink.metrics.Counter;
import org.apache.flink.streaming.api.functions.co.KeyedCoProcessFunction;
import org.apache.flink.util.Collector;

/**
 * Says of readings that count for nothing whether their job is known: once the chain has come as far as they. Keyed by job id.
 *
 * <p>State: 1 byte per job, until a day after its deadline; readings until their minute is closed here too.
 */
@SuppressWarnings("NullAway.Init") // Flink calls open before anything else.
final class UnassignedOperator extends KeyedCoProcessFunction<Hash32, ChainRecord, Unassigned, RejectedRecord> {

    private static final long serialVersionUID = 1;

    static final String KNOWN = "known";
    static final String READINGS = "readings";

    private transient ValueState<Boolean> known;
    private transient ListState<Unassigned> readings;
    private transient Counter refused;

    @Override
    public void open(OpenContext context) {
        known = getRuntimeContext().getState(new ValueStateDescriptor<>(KNOWN, BooleanSerializer.INSTANCE));
        readings = getRuntimeContext().getListState(new ListStateDescriptor<>(READINGS, UsageFormats.UNASSIGNED));
        refused = getRuntimeContext().getMetricGroup().counter(JobsMetrics.USAGE_REJECTED);
    }

    @Override
    public void processElement1(ChainRecord record, Context context, Collector<RejectedRecord> out) throws Exception {
        if (record.fact() instanceof ChainFact.JobCreated) {
            known.update(true);
        }
    }

    @Override
    public void processElement2(Unassigned reading, Context context, Collector<RejectedRecord> out) throws Exception {
        readings.add(reading);
        context.timerService()
                .registerEventTimeTimer(
                        UsageClosing.timer(Minutes.of(reading.reading().at())));
    }

    @Override
    public void onTimer(long timestamp, OnTimerContext context, Collector<RejectedRecord> out) throws Exception {
        UsageRefusal refusal = known.value() == null
                ? new UsageRefusal(UsageRefusal.Reason.UNKNOWN_JOB, "no JobCreated of this job, expected one before")
                : new UsageRefusal(
                        UsageRefusal.Reason.NOT_ASSIGNED,
                        "the job was not given to this node, expected DISPATCHED or STARTED before");
        for (Unassigned each : readings.get()) {
            refused.inc();
            out.collect(UsageRejects.entry(
                    each.node(),
                    each.reading().at(),
                    each.reading().partition(),
                    each.reading().offset(),
                    each.reading().entry(),
                    refusal,
                    "job " + each.job()));
        }
        readings.clear();
    }
}
