package io.ocos.jobs.usage;

import io.ocos.jobs.JobsMetrics;
import io.ocos.jobs.flink.AddressSerializer;
import io.ocos.jobs.flink.Hash32Serializer;
import io.ocos.metering.domain.usage.AccountFact;
import io.ocos.metering.domain.usage.JobReading;
import io.ocos.metering.domain.usage.JobSeries;
import io.ocos.metering.domain.usage.NodeTime;
import io.ocos.metering.domain.usage.StorageSeries;
import io.ocos.metering.domain.usage.UsageEntries;
import io.ocos.metering.domain.usage.UsageRefusal;
import io.ocos.schemas.avro.RejectedRecord;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.domain.Minutes;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeutils.base.LongSerializer;
import org.apache.flink.api.common.typeutils.base.StringSerializer;
import org.apache.flink.metrics.Counter;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;
import org.apache.flink.util.OutputTag;

/**
 * Meters jobs and storage on a node ({@link JobSeries}, {@link StorageSeries}) as minutes close. Keyed by node, as the topic
 * is: an envelope is one record here, whatever it holds.
 *
 * <p>State: that of the series, of jobs until their deadline, of accounts until they store nothing for an hour or so.
 */
@SuppressWarnings("NullAway.Init") // Flink calls open before anything else.
final class NodeUsageOperator extends KeyedProcessFunction<Address, NodeFact, AccountFact> {

    private static final long serialVersionUID = 1;

    static final String JOBS = "jobs";
    static final String STORAGE = "storage";
    static final String TIME = "time";
    static final String REGIONS = "regions";

    /** After this, and the tolerance of clocks, no reading of a job can come any more. */
    private static final long OVER_AFTER_MILLIS = (JobSeries.FINAL_AFTER_MINUTES + 3) * Minutes.MILLIS;

    private final UsageClosing closing;
    private final OutputTag<RejectedRecord> rejected;
    private final OutputTag<Unassigned> unassigned;
    private transient MapState<Hash32, JobSeries> jobs;
    private transient MapState<Address, StorageSeries> storage;
    private transient ValueState<NodeTime> time;
    private transient MapState<Long, String> regions;
    private transient Counter duplicates;
    private transient Counter refused;
    private transient Counter corrections;

    NodeUsageOperator(UsageClosing closing, OutputTag<RejectedRecord> rejected, OutputTag<Unassigned> unassigned) {
        this.closing = closing;
        this.rejected = rejected;
        this.unassigned = unassigned;
    }

    @Override
    public void open(OpenContext context) {
        jobs = getRuntimeContext()
                .getMapState(new MapStateDescriptor<>(JOBS, Hash32Serializer.INSTANCE, UsageFormats.JOB_SERIES));
        storage = getRuntimeContext()
                .getMapState(
                        new MapStateDescriptor<>(STORAGE, AddressSerializer.INSTANCE, UsageFormats.STORAGE_SERIES));
        time = getRuntimeContext().getState(new ValueStateDescriptor<>(TIME, UsageFormats.NODE_TIME));
        regions = getRuntimeContext()
                .getMapState(new MapStateDescriptor<>(REGIONS, LongSerializer.INSTANCE, StringSerializer.INSTANCE));
        duplicates = getRuntimeContext().getMetricGroup().counter(JobsMetrics.USAGE_DUPLICATES);
        refused = getRuntimeContext().getMetricGroup().counter(JobsMetrics.USAGE_REJECTED);
        corrections = getRuntimeContext().getMetricGroup().counter(JobsMetrics.USAGE_CORRECTIONS);
    }

    @Override
    public void processElement(NodeFact fact, Context context, Collector<AccountFact> out) throws Exception {
        if (fact instanceof NodeFact.Report report) {
            take(report.entries(), context);
        } else if (fact instanceof NodeFact.Assigned assigned) {
            JobSeries series = jobs.get(assigned.job());
            series = series == null ? new JobSeries() : series;
            series.assign(assigned.assignment());
            jobs.put(assigned.job(), series);
            context.timerService().registerEventTimeTimer(assigned.assignment().untilMillis() + OVER_AFTER_MILLIS);
        } else if (fact instanceof NodeFact.Placed placed) {
            regions.put(placed.atMillis(), placed.region());
            for (Map.Entry<Hash32, JobSeries> entry : jobs.entries()) {
                entry.getValue().reopen(Minutes.of(placed.atMillis()));
                jobs.put(entry.getKey(), entry.getValue());
            }
        }
        context.timerService()
                .registerEventTimeTimer(
                        UsageClosing.timer(closing.last(context.timerService().currentWatermark()) + 1));
    }

    private void take(UsageEntries entries, Context context) throws Exception {
        for (UsageEntries.OfJob entry : entries.jobs()) {
            JobSeries series = jobs.get(entry.job());
            series = series == null ? new JobSeries() : series;
            Results results = new Results(entry.job(), context);
            if (!series.add(entry.reading(), results) && !results.refusedAny) {
                duplicates.inc();
            }
            jobs.put(entry.job(), series);
        }
        for (UsageEntries.OfAccount entry : entries.storage()) {
            StorageSeries series = storage.get(entry.account());
            series = series == null ? new StorageSeries() : series;
            Optional<UsageRefusal> refusal =
                    series.add(entry.reading().at(), entry.reading().bytes());
            if (refusal.isPresent()) {
                refused.inc();
                context.output(
                        rejected,
                        UsageRejects.entry(
                                context.getCurrentKey(),
                                entry.reading().at(),
                                entry.reading().partition(),
                                entry.reading().offset(),
                                entry.reading().entry(),
                                refusal.get(),
                                "storage of account " + entry.account()));
            }
            storage.put(entry.account(), series);
        }
    }

    @Override
    public void onTimer(long timestamp, OnTimerContext context, Collector<AccountFact> out) throws Exception {
        long watermark = context.timerService().currentWatermark();
        long last = closing.last(watermark);
        boolean active = closeJobs(last, watermark, context, out);
        active |= closeStorage(last, context.getCurrentKey(), out);
        if (active && closing.awaits(last + 1, watermark)) {
            context.timerService().registerEventTimeTimer(UsageClosing.timer(last + 1));
        }
    }

    private boolean closeJobs(long last, long watermark, OnTimerContext context, Collector<AccountFact> out)
            throws Exception {
        boolean active = false;
        NavigableMap<Long, String> places = places(last);
        List<Results> all = new ArrayList<>();
        Iterator<Map.Entry<Hash32, JobSeries>> entries = jobs.iterator();
        while (entries.hasNext()) {
            Map.Entry<Hash32, JobSeries> entry = entries.next();
            JobSeries series = entry.getValue();
            if (series.isActive()) {
                Results results = new Results(entry.getKey(), context);
                series.close(last, minute -> region(places, minute), results);
                all.add(results);
                entry.setValue(series);
            }
            if (series.isOver(watermark)) {
                entries.remove();
            }
            active |= series.isActive();
        }
        NodeTime known = time.value();
        known = known == null ? new NodeTime() : known;
        for (Results results : all) {
            for (JobSeries.Change change : results.changes) {
                corrections.inc(change.revision() > 0 ? 1 : 0);
                out.collect(new AccountFact.JobUse(
                        change.customer(), results.job, context.getCurrentKey(), change, known.change(change)));
            }
        }
        known.forget(last - JobSeries.FINAL_AFTER_MINUTES - 1);
        if (known.isEmpty()) {
            time.clear();
        } else {
            time.update(known);
        }
        return active;
    }

    private boolean closeStorage(long last, Address node, Collector<AccountFact> out) throws Exception {
        boolean active = false;
        Iterator<Map.Entry<Address, StorageSeries>> entries = storage.iterator();
        while (entries.hasNext()) {
            Map.Entry<Address, StorageSeries> entry = entries.next();
            StorageSeries series = entry.getValue();
            series.close(last, change -> {
                corrections.inc(change.revision() > 0 ? 1 : 0);
                out.collect(new AccountFact.StorageUse(entry.getKey(), node, change));
            });
            if (series.isActive()) {
                active = true;
                entry.setValue(series);
            } else {
                entries.remove();
            }
        }
        return active;
    }

    /** Where the registry has the node, by commit time; what nothing refers to any more is forgotten. */
    private NavigableMap<Long, String> places(long last) throws Exception {
        NavigableMap<Long, String> places = new TreeMap<>();
        for (Map.Entry<Long, String> entry : regions.entries()) {
            places.put(entry.getKey(), entry.getValue());
        }
        Long needed = places.floorKey(Minutes.startMillis(Math.max(0, last - JobSeries.FINAL_AFTER_MINUTES)));
        if (needed != null) {
            NavigableMap<Long, String> past = places.headMap(needed, false);
            for (Long each : past.keySet()) {
                regions.remove(each);
            }
            past.clear();
        }
        return places;
    }

    /** The version that is valid at the end of a minute. */
    private static String region(NavigableMap<Long, String> places, long minute) {
        Map.Entry<Long, String> place = places.lowerEntry(Minutes.startMillis(minute + 1));
        return place == null ? "" : place.getValue();
    }

    private final class Results implements JobSeries.Results {

        private final Hash32 job;
        private final Context context;
        private final List<JobSeries.Change> changes = new ArrayList<>();
        private boolean refusedAny;

        Results(Hash32 job, Context context) {
            this.job = job;
            this.context = context;
        }

        @Override
        public void changed(JobSeries.Change change) {
            changes.add(change);
        }

        @Override
        public void refused(JobReading reading, UsageRefusal refusal) {
            refusedAny = true;
            if (refusal.reason() == UsageRefusal.Reason.NOT_ASSIGNED) {
                context.output(unassigned, new Unassigned(job, context.getCurrentKey(), reading));
                return;
            }
            refused.inc();
            context.output(
                    rejected,
                    UsageRejects.entry(
                            context.getCurrentKey(),
                            reading.at(),
                            reading.partition(),
                            reading.offset(),
                            reading.entry(),
                            refusal,
                            "job " + job));
        }
    }
}
