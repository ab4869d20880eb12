package io.ocos.jobs.rewardpipeline;

import io.ocos.jobs.rewardpipeline.domain.Closing;
import io.ocos.jobs.rewardpipeline.domain.RewardRules;
import io.ocos.jobs.rewardpipeline.domain.UnknownRulesException;
import io.ocos.schemas.domain.HeldParameter;
import io.ocos.schemas.domain.ParameterHistory;
import java.util.List;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.runtime.execution.SuppressRestartsException;
import org.apache.flink.streaming.api.functions.co.KeyedBroadcastProcessFunction;
import org.apache.flink.util.Collector;

/**
 * Names every minute from the effective minute of the first chain event on, as it closes, whether or not a node is
 * registered; ends the job for good at one whose rules are not known. Keyed by one constant.
 */
@SuppressWarnings("NullAway.Init") // Flink calls open before anything else.
final class MinuteTicker extends KeyedBroadcastProcessFunction<Integer, Long, ChainRecord, MinutePart> {

    private static final long serialVersionUID = 1;

    static final String NEXT = "next";

    private final Closing closing;
    private final ParameterBook parameters;
    private transient ValueState<Long> next;

    MinuteTicker(Closing closing, List<HeldParameter> held) {
        this.closing = closing;
        this.parameters = new ParameterBook(held);
    }

    @Override
    public void open(OpenContext context) {
        next = getRuntimeContext().getState(new ValueStateDescriptor<>(NEXT, Types.LONG));
    }

    @Override
    public void processElement(Long minute, ReadOnlyContext context, Collector<MinutePart> out) throws Exception {
        Long known = next.value();
        if ((known == null || minute < known)
                && !closing.excludes(minute)
                && minute > closing.last(context.currentWatermark())) {
            next.update(minute);
            context.timerService().registerEventTimeTimer(Closing.timer(minute));
        }
    }

    @Override
    public void processBroadcastElement(ChainRecord record, Context context, Collector<MinutePart> out)
            throws Exception {
        parameters.add(record, context.getBroadcastState(ParameterBook.STATE));
    }

    @Override
    public void onTimer(long timestamp, OnTimerContext context, Collector<MinutePart> out) throws Exception {
        long watermark = context.currentWatermark();
        long last = closing.last(watermark);
        ParameterHistory history = parameters.history(context.getBroadcastState(ParameterBook.STATE));
        long minute = next.value();
        for (; minute <= last; minute++) {
            try {
                RewardRules.of(minute, history.at(minute));
            } catch (UnknownRulesException e) {
                throw new SuppressRestartsException(e);
            }
            out.collect(new MinutePart.Tick(minute));
        }
        next.update(minute);
        if (closing.awaits(minute, watermark)) {
            context.timerService().registerEventTimeTimer(Closing.timer(minute));
        }
    }
}
