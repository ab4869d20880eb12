package io.ocos.jobs.usage;

import io.ocos.jobs.JobsMetrics;
import io.ocos.jobs.rewardpipeline.ChainRecord;
import io.ocos.jobs.rewardpipeline.ParameterBook;
import io.ocos.jobs.settlement.ArtifactStore;
import io.ocos.metering.domain.usage.AccountBook;
import io.ocos.metering.domain.usage.AccountFact;
import io.ocos.metering.domain.usage.NodeMinuteCounts;
import io.ocos.metering.domain.usage.StorageSeries;
import io.ocos.schemas.domain.Address;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import org.apache.avro.specific.SpecificRecord;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeutils.base.LongSerializer;
import org.apache.flink.api.common.typeutils.base.array.IntPrimitiveArraySerializer;
import org.apache.flink.metrics.Counter;
import org.apache.flink.streaming.api.functions.co.KeyedBroadcastProcessFunction;
import org.apache.flink.util.Collector;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the book of an account ({@link AccountBook}): prices, quota, storage bill, invoices, minute by minute as they close.
 * Keyed by account.
 *
 * <p>State: that of the book, and 250 bytes for each hour of the last 30 days in which the account used node time.
 */
@SuppressWarnings("NullAway.Init") // Flink calls open before anything else.
final class AccountOperator extends KeyedBroadcastProcessFunction<Address, AccountFact, ChainRecord, SpecificRecord> {

    private static final long serialVersionUID = 1;

    static final String BOOK = "book";
    static final String NODE_MINUTES = "node-minutes";

    private final UsageClosing closing;
    private final int graceMinutes;
    private final ArtifactStore artifacts;
    private final ParameterBook parameters = new ParameterBook(List.of());
    private transient ValueState<AccountBook> book;
    private transient MapState<Long, int[]> nodeMinutes;
    private transient Counter invoices;

    AccountOperator(UsageClosing closing, int graceMinutes, ArtifactStore artifacts) {
        this.closing = closing;
        this.graceMinutes = graceMinutes;
        this.artifacts = artifacts;
    }

    @Override
    public void open(OpenContext context) {
        book = getRuntimeContext().getState(new ValueStateDescriptor<>(BOOK, UsageFormats.ACCOUNT_BOOK));
        nodeMinutes = getRuntimeContext()
                .getMapState(new MapStateDescriptor<>(
                        NODE_MINUTES, LongSerializer.INSTANCE, IntPrimitiveArraySerializer.INSTANCE));
        invoices = getRuntimeContext().getMetricGroup().counter(JobsMetrics.USAGE_INVOICES_CLOSED);
    }

    @Override
    public void processElement(AccountFact fact, ReadOnlyContext context, Collector<SpecificRecord> out)
            throws Exception {
        AccountBook known = book.value();
        known = known == null ? new AccountBook(fact.account()) : known;
        known.add(fact);
        book.update(known);
        if (known.isActive()) {
            context.timerService()
                    .registerEventTimeTimer(UsageClosing.timer(closing.last(context.currentWatermark()) + 1));
        }
    }

    @Override
    public void processBroadcastElement(ChainRecord record, Context context, Collector<SpecificRecord> out)
            throws Exception {
        parameters.add(record, context.getBroadcastState(ParameterBook.STATE));
    }

    @Override
    public void onTimer(long timestamp, OnTimerContext context, Collector<SpecificRecord> out) throws Exception {
        AccountBook known = book.value();
        if (known == null) {
            return;
        }
        long last = closing.last(context.currentWatermark());
        known.close(
                last,
                parameters.history(context.getBroadcastState(ParameterBook.STATE)),
                new Counts(),
                graceMinutes,
                new AccountBook.Results() {
                    @Override
                    public void record(SpecificRecord value) {
                        out.collect(value);
                    }

                    @Override
                    public String keep(byte[] artifact) {
                        try {
                            invoices.inc();
                            return artifacts.write(artifact);
                        } catch (IOException e) {
                            throw new UncheckedIOException(
                                    "an invoice's artifact cannot be written to " + artifacts, e);
                        }
                    }
                });
        book.update(known);
        if (known.isActive() && closing.awaits(last + 1, context.currentWatermark())) {
            context.timerService().registerEventTimeTimer(UsageClosing.timer(last + 1));
        }
    }

    /** The counts of the current key, an array of minutes per hour. */
    private final class Counts implements NodeMinuteCounts {

        @Override
        public int get(long minute) {
            int[] hour = hour(minute / StorageSeries.HOUR_MINUTES);
            return hour == null ? 0 : hour[(int) (minute % StorageSeries.HOUR_MINUTES)];
        }

        @Override
        public void add(long minute, int change) {
            long key = minute / StorageSeries.HOUR_MINUTES;
            int[] before = hour(key);
            int[] hour = before == null ? new int[StorageSeries.HOUR_MINUTES] : before.clone();
            hour[(int) (minute % StorageSeries.HOUR_MINUTES)] += change;
            try {
                nodeMinutes.put(key, hour);
            } catch (Exception e) {
                throw new IllegalStateException("state of hour " + key, e);
            }
        }

        @Override
        public void forget(long minute) {
            if (minute % StorageSeries.HOUR_MINUTES == StorageSeries.HOUR_MINUTES - 1) {
                try {
                    nodeMinutes.remove(minute / StorageSeries.HOUR_MINUTES);
                } catch (Exception e) {
                    throw new IllegalStateException("state of minute " + minute, e);
                }
            }
        }

        private int @Nullable [] hour(long key) {
            try {
                return nodeMinutes.get(key);
            } catch (Exception e) {
                throw new IllegalStateException("state of hour " + key, e);
            }
        }
    }
}
