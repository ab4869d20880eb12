package io.ocos.jobs.rewardpipeline;

import io.ocos.jobs.JobsMetrics;
import io.ocos.jobs.rewardpipeline.domain.Closing;
import io.ocos.rewardssettlement.domain.RewardReason;
import io.ocos.schemas.avro.MinuteClosed;
import io.ocos.schemas.avro.RejectedRecord;
import io.ocos.schemas.avro.Reward;
import io.ocos.schemas.avro.RewardKind;
import io.ocos.schemas.avro.TypeTotals;
import io.ocos.schemas.domain.Minutes;
import io.ocos.schemas.domain.NodeType;
import io.ocos.schemas.domain.TokenAmount;
import io.ocos.schemas.io.AvroValues;
import io.ocos.schemas.io.Topic;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.metrics.Counter;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;
import org.apache.flink.util.OutputTag;

/**
 * Says of each minute that it is closed, and what is in it; turns adjustments into rewards when their minute closes. Keyed by
 * minute.
 *
 * <p>State: about 150 bytes per type, 30 per job reward and 90 per adjustment of the minutes that are not closed.
 */
@SuppressWarnings("NullAway.Init") // Flink calls open before anything else.
final class MinuteOperator extends KeyedProcessFunction<Long, MinutePart, MinuteClosed> {

    private static final long serialVersionUID = 1;

    static final String PARTS = "parts";

    private static final Comparator<MinutePart.Adjustment> CHAIN_ORDER = Comparator.comparingLong(
                    MinutePart.Adjustment::blockNumber)
            .thenComparingLong(MinutePart.Adjustment::logIndex);

    private final Closing closing;
    private final OutputTag<Reward> adjustments;
    private final OutputTag<RejectedRecord> late;
    private transient ListState<MinutePart> parts;
    private transient Counter lateRecords;

    MinuteOperator(Closing closing, OutputTag<Reward> adjustments, OutputTag<RejectedRecord> late) {
        this.closing = closing;
        this.adjustments = adjustments;
        this.late = late;
    }

    @Override
    public void open(OpenContext context) {
        parts = getRuntimeContext().getListState(new ListStateDescriptor<>(PARTS, Formats.MINUTE_PART));
        lateRecords = getRuntimeContext().getMetricGroup().counter(JobsMetrics.PIPELINE_LATE);
    }

    @Override
    public void processElement(MinutePart part, Context context, Collector<MinuteClosed> out) throws Exception {
        if (closing.excludes(part.minute())) {
            return;
        }
        long lastClosed = closing.last(context.timerService().currentWatermark());
        if (part.minute() <= lastClosed && part instanceof MinutePart.Adjustment adjustment) {
            lateRecords.inc();
            context.output(
                    late,
                    Rejects.late(
                            Topic.CHAIN_EVENTS,
                            0,
                            adjustment.offset(),
                            Minutes.startMillis(part.minute()),
                            part.minute(),
                            lastClosed,
                            "RewardAdjusted of " + adjustment.payee()));
            return;
        }
        parts.add(part);
        context.timerService().registerEventTimeTimer(Closing.timer(part.minute()));
    }

    @Override
    public void onTimer(long timestamp, OnTimerContext context, Collector<MinuteClosed> out) throws Exception {
        long minute = context.getCurrentKey();
        List<TypeTotals> types = new ArrayList<>();
        List<MinutePart.Adjustment> adjusted = new ArrayList<>();
        TokenAmount jobTotal = TokenAmount.ZERO;
        int jobs = 0;
        boolean ticked = false;
        for (MinutePart part : parts.get()) {
            if (part instanceof MinutePart.Tick) {
                ticked = true;
            } else if (part instanceof MinutePart.Pool pool) {
                types.add(pool.totals());
            } else if (part instanceof MinutePart.Job job) {
                jobs++;
                jobTotal = jobTotal.plusSaturating(new TokenAmount(job.amount()));
            } else if (part instanceof MinutePart.Adjustment adjustment) {
                adjusted.add(adjustment);
            }
        }
        if (!ticked) {
            return; // The stream is being drained, and the minute stays open.
        }
        parts.clear();
        types.sort(Comparator.comparing(type -> NodeType.valueOf(type.getType())));
        adjusted.sort(CHAIN_ORDER);
        TokenAmount adjustedTotal = TokenAmount.ZERO;
        for (MinutePart.Adjustment adjustment : adjusted) {
            TokenAmount amount = new TokenAmount(adjustment.amount());
            adjustedTotal = adjustedTotal.plusSaturating(amount);
            context.output(
                    adjustments,
                    Reward.newBuilder()
                            .setMinute(minute)
                            .setKind(RewardKind.ADJUSTMENT)
                            .setPayee(AvroValues.avro(adjustment.payee()))
                            .setAmount(AvroValues.avro(amount))
                            .setReason(RewardReason.ADJUSTED.name())
                            .setBlockNumber(adjustment.blockNumber())
                            .setLogIndex(adjustment.logIndex())
                            .build());
        }
        out.collect(new MinuteClosed(
                minute, types, jobs, AvroValues.avro(jobTotal), adjusted.size(), AvroValues.avro(adjustedTotal)));
    }
}
