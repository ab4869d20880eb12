package io.ocos.jobs.rewardpipeline;

import io.ocos.jobs.JobsMetrics;
import io.ocos.jobs.rewardpipeline.domain.Closing;
import io.ocos.jobs.rewardpipeline.domain.CreatedJob;
import io.ocos.jobs.rewardpipeline.domain.JobVerdict;
import io.ocos.jobs.rewardpipeline.domain.JobVerdict.Occurrence;
import io.ocos.jobs.rewardpipeline.domain.NodeFact;
import io.ocos.metering.domain.JobEvidence;
import io.ocos.schemas.avro.RejectedRecord;
import io.ocos.schemas.domain.ChainFact;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.domain.Minutes;
import io.ocos.schemas.io.Topic;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.ToLongFunction;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.metrics.Counter;
import org.apache.flink.streaming.api.functions.co.KeyedCoProcessFunction;
import org.apache.flink.util.Collector;
import org.apache.flink.util.OutputTag;
import org.jspecify.annotations.Nullable;

/**
 * Judges a job's events and settlements when their minutes close (SPEC 6): by then its {@code JobCreated} is known, if there
 * is one that matters, whichever came first. Keyed by job id.
 *
 * <p>State per job: about 70 bytes for good (a {@code JobSettled} may come at any time, and the first {@code JobCreated} of
 * an id must stay the first); 250 bytes per event that waits for its minute; 40 bytes per event that has counted, until no other can.
 */
@SuppressWarnings("NullAway.Init") // Flink calls open before anything else.
final class JobOperator extends KeyedCoProcessFunction<Hash32, ChainRecord, JobRecord, NodeFact> {

    private static final long serialVersionUID = 1;

    static final String CREATED = "created";
    static final String SETTLED = "settled";
    static final String EVENTS = "events";
    static final String COUNTED = "counted";

    private static final Comparator<ChainRecord> CHAIN_ORDER =
            Comparator.comparingLong(ChainRecord::blockNumber).thenComparingLong(ChainRecord::logIndex);

    private final Closing closing;
    private final OutputTag<RejectedRecord> rejected;
    private final OutputTag<RejectedRecord> late;
    private transient ValueState<CreatedJob> created;
    private transient ListState<ChainRecord> settled;
    private transient ListState<JobRecord> events;
    private transient MapState<Occurrence, Boolean> counted;
    private transient Counter duplicates;
    private transient Counter refused;
    private transient Counter lateRecords;

    JobOperator(Closing closing, OutputTag<RejectedRecord> rejected, OutputTag<RejectedRecord> late) {
        this.closing = closing;
        this.rejected = rejected;
        this.late = late;
    }

    @Override
    public void open(OpenContext context) {
        created = getRuntimeContext().getState(new ValueStateDescriptor<>(CREATED, Formats.CREATED_JOB));
        settled = getRuntimeContext().getListState(new ListStateDescriptor<>(SETTLED, Formats.CHAIN_RECORD));
        events = getRuntimeContext().getListState(new ListStateDescriptor<>(EVENTS, Formats.JOB_RECORD));
        counted = getRuntimeContext().getMapState(new MapStateDescriptor<>(COUNTED, Formats.OCCURRENCE, Types.BOOLEAN));
        duplicates = getRuntimeContext().getMetricGroup().counter(JobsMetrics.PIPELINE_DUPLICATES);
        refused = getRuntimeContext().getMetricGroup().counter(JobsMetrics.PIPELINE_REJECTED);
        lateRecords = getRuntimeContext().getMetricGroup().counter(JobsMetrics.PIPELINE_LATE);
    }

    @Override
    public void processElement1(ChainRecord record, Context context, Collector<NodeFact> out) throws Exception {
        if (record.fact() instanceof ChainFact.JobCreated event) {
            CreatedJob known = created.value();
            if (known == null || !known.isBefore(record.blockNumber(), record.logIndex())) {
                created.update(CreatedJob.of(record.blockNumber(), record.logIndex(), record.timeSeconds(), event));
            }
        } else if (awaited(record.minute(), context)) {
            settled.add(record);
        } else if (!closing.excludes(record.minute())) {
            lateRecords.inc();
            context.output(
                    late,
                    Rejects.late(
                            Topic.CHAIN_EVENTS,
                            0,
                            record.offset(),
                            Minutes.startMillis(record.minute()),
                            record.minute(),
                            lastClosed(context),
                            "JobSettled"));
        }
    }

    @Override
    public void processElement2(JobRecord record, Context context, Collector<NodeFact> out) throws Exception {
        if (awaited(record.minute(), context)) {
            events.add(record);
        } else if (!closing.excludes(record.minute())) {
            lateRecords.inc();
            context.output(
                    late,
                    Rejects.late(
                            Topic.JOB_EVENTS,
                            record.source().partition(),
                            record.source().offset(),
                            record.recordedAt(),
                            record.minute(),
                            lastClosed(context),
                            record.type().name()));
        }
    }

    /** Sets the timer of a minute, unless it is closed or never will be. */
    private boolean awaited(long minute, Context context) {
        if (closing.excludes(minute) || minute <= lastClosed(context)) {
            return false;
        }
        context.timerService().registerEventTimeTimer(Closing.timer(minute));
        return true;
    }

    private long lastClosed(Context context) {
        return closing.last(context.timerService().currentWatermark());
    }

    @Override
    public void onTimer(long timestamp, OnTimerContext context, Collector<NodeFact> out) throws Exception {
        long last = closing.last(context.timerService().currentWatermark());
        CreatedJob job = created.value();
        List<JobRecord> dueEvents = take(events, JobRecord::minute, last);
        dueEvents.sort(Comparator.comparingLong(JobRecord::at));
        for (JobRecord event : dueEvents) {
            judge(event, job, context, out);
        }
        if (job != null && last >= lastMinute(job)) {
            counted.clear();
        }
        List<ChainRecord> dueSettled = take(settled, ChainRecord::minute, last);
        dueSettled.sort(CHAIN_ORDER);
        for (ChainRecord record : dueSettled) {
            if (job != null
                    && job.isBefore(record.blockNumber(), record.logIndex())
                    && record.fact() instanceof ChainFact.JobSettled event) {
                out.collect(new NodeFact.Settled(
                        event.node(),
                        record.minute(),
                        record.blockNumber(),
                        record.logIndex(),
                        event.jobId(),
                        event.fee(),
                        job.customer()));
            }
        }
    }

    private void judge(JobRecord event, @Nullable CreatedJob job, OnTimerContext context, Collector<NodeFact> out)
            throws Exception {
        Occurrence occurrence = new Occurrence(event.type(), event.node());
        JobVerdict verdict = JobVerdict.of(event.type(), event.at(), job, !counted.contains(occurrence));
        switch (verdict) {
            case EVIDENCE -> {
                count(occurrence, job, context);
                out.collect(new NodeFact.Evidence(event.node(), event.minute(), event.type()));
            }
            case COUNTED -> count(occurrence, job, context);
            case DUPLICATE -> duplicates.inc();
            case REJECTED -> {
                refused.inc();
                context.output(rejected, Rejects.of(event.source(), "J2", detail(event, job)));
            }
        }
    }

    /** Remembers an event as long as another of its kind could count. */
    private void count(Occurrence occurrence, @Nullable CreatedJob job, OnTimerContext context) throws Exception {
        counted.put(occurrence, true);
        if (job != null
                && closing.awaits(lastMinute(job), context.timerService().currentWatermark())) {
            context.timerService().registerEventTimeTimer(Closing.timer(lastMinute(job)));
        }
    }

    private static long lastMinute(CreatedJob job) {
        return Minutes.of(JobEvidence.lastMillis(job.deadlineSeconds()));
    }

    private static String detail(JobRecord event, @Nullable CreatedJob job) {
        return job == null
                ? "%s of job %s, which does not exist at %d".formatted(event.type(), event.jobId(), event.at())
                : "%s at %d of job %s, created at %d s with deadline %s s: expected between the two, or 30 days later"
                        .formatted(event.type(), event.at(), event.jobId(), job.timeSeconds(), job.deadlineSeconds());
    }

    /** Takes the entries of minutes up to one out of a list. */
    private static <T> List<T> take(ListState<T> state, ToLongFunction<T> minute, long last) throws Exception {
        List<T> due = new ArrayList<>();
        List<T> rest = new ArrayList<>();
        for (T entry : state.get()) {
            (minute.applyAsLong(entry) <= last ? due : rest).add(entry);
        }
        if (!due.isEmpty()) {
            state.update(rest);
        }
        return due;
    }
}
