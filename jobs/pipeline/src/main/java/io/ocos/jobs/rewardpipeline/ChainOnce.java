package io.ocos.jobs.rewardpipeline;

import io.ocos.jobs.JobsMetrics;
import io.ocos.jobs.flink.Hash32Serializer;
import io.ocos.jobs.rewardpipeline.domain.Closing;
import io.ocos.jobs.rewardpipeline.domain.ConflictingEventsException;
import io.ocos.schemas.domain.Hash32;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.metrics.Counter;
import org.apache.flink.runtime.execution.SuppressRestartsException;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;
import org.apache.flink.util.OutputTag;

/**
 * Hands on each chain event once, by its position; two of one position and different content end the job for good (SPEC
 * 2.2). Keyed by block number.
 *
 * <p>State: about 60 bytes per event of the last {@value #RETENTION_MINUTES} minutes of chain time. A repetition after that is
 * late, and is told as such.
 */
@SuppressWarnings("NullAway.Init") // Flink calls open before anything else.
final class ChainOnce extends KeyedProcessFunction<Long, ChainRecord, ChainRecord> {

    private static final long serialVersionUID = 1;

    static final int RETENTION_MINUTES = 1_440;

    static final String SEEN = "seen";

    private final OutputTag<Long> minutes;
    private transient MapState<Long, Hash32> seen;
    private transient long firstMinute;
    private transient Counter duplicates;

    /** @param minutes side output that holds at least the first effective minute of all */
    ChainOnce(OutputTag<Long> minutes) {
        this.minutes = minutes;
    }

    @Override
    public void open(OpenContext context) {
        seen = getRuntimeContext().getMapState(new MapStateDescriptor<>(SEEN, Types.LONG, Hash32Serializer.KEY_TYPE));
        firstMinute = Long.MAX_VALUE;
        duplicates = getRuntimeContext().getMetricGroup().counter(JobsMetrics.PIPELINE_DUPLICATES);
    }

    @Override
    public void processElement(ChainRecord record, Context context, Collector<ChainRecord> out) throws Exception {
        Hash32 before = seen.get(record.logIndex());
        if (before == null) {
            seen.put(record.logIndex(), record.content());
            context.timerService().registerEventTimeTimer(Closing.timer(record.minute() + RETENTION_MINUTES));
            if (record.minute() < firstMinute) {
                firstMinute = record.minute();
                context.output(minutes, firstMinute);
            }
            if (record.fact() != null) {
                out.collect(record);
            }
        } else if (before.equals(record.content())) {
            duplicates.inc();
        } else {
            throw new SuppressRestartsException(
                    new ConflictingEventsException(record.blockNumber(), record.logIndex()));
        }
    }

    @Override
    public void onTimer(long timestamp, OnTimerContext context, Collector<ChainRecord> out) {
        seen.clear();
    }
}
