package io.ocos.jobs.rewardpipeline;

import io.ocos.jobs.flink.RawRecord;
import io.ocos.jobs.rewardpipeline.domain.Closing;
import io.ocos.metering.io.TelemetryRecords;
import io.ocos.schemas.avro.ChainEvent;
import io.ocos.schemas.avro.JobEvent;
import io.ocos.schemas.io.MalformedRecordException;
import io.ocos.schemas.io.RecordCodec;
import java.io.Serializable;
import org.apache.avro.specific.SpecificRecord;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.common.eventtime.WatermarkGenerator;
import org.apache.flink.api.common.eventtime.WatermarkOutput;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.jspecify.annotations.Nullable;

/**
 * The three clocks that close minutes (SPEC 13), as watermarks on the scale of {@link Closing#timer}. "Later than" is strict,
 * hence one millisecond less each. None is ever declared idle: silence is no progress, ticks are. A record that cannot be
 * read moves no clock.
 */
public final class Clocks {

    private static final String BLOCK_FINALIZED = "BlockFinalized";

    /** Block times beyond this, in the year 292 278 994, are read as this. */
    private static final long MAX_SECONDS = Long.MAX_VALUE / 1_000 - 1;

    private static final long NO_TIME = Long.MIN_VALUE;

    private Clocks() {}

    /** How far a record moves its clock, {@link #NO_TIME} for not at all. */
    private interface Reading extends Serializable {
        long millis(RawRecord record, byte[] value) throws MalformedRecordException;
    }

    /**
     * Of a partition of {@code telemetry}: receivedAt − 10 s; not later than the record's timestamp, which the broker has
     * checked against its own clock.
     */
    public static WatermarkStrategy<RawRecord> telemetry() {
        return strategy((record, value) -> {
            long time = TelemetryRecords.time(value).orElse(-1);
            return time < 0 ? NO_TIME : checked(time, record) - Closing.TELEMETRY_DISORDER_MILLIS - 1;
        });
    }

    /** Of {@code chain-events}: the time of the newest {@code BlockFinalized}. */
    public static WatermarkStrategy<RawRecord> chain() {
        return strategy((record, value) ->
                decode(value) instanceof ChainEvent event && event.getName().equals(BLOCK_FINALIZED)
                        ? Math.min(event.getBlockTime(), MAX_SECONDS) * 1_000 - 1
                        : NO_TIME);
    }

    /** Of {@code job-events}: recordedAt − 60 s; not later than the record's timestamp. */
    public static WatermarkStrategy<RawRecord> jobs() {
        return strategy((record, value) -> decode(value) instanceof JobEvent event && event.getRecordedAt() >= 0
                ? checked(event.getRecordedAt(), record) - Closing.JOB_DISORDER_MILLIS - 1
                : NO_TIME);
    }

    private static SpecificRecord decode(byte[] value) throws MalformedRecordException {
        return RecordCodec.decode(value);
    }

    private static long checked(long time, RawRecord record) {
        return record.timestamp() < 0 ? time : Math.min(time, record.timestamp());
    }

    private static WatermarkStrategy<RawRecord> strategy(Reading reading) {
        return context -> new Clock(reading);
    }

    private static final class Clock implements WatermarkGenerator<RawRecord> {

        private final Reading reading;
        private long time = NO_TIME;

        Clock(Reading reading) {
            this.reading = reading;
        }

        @Override
        public void onEvent(RawRecord record, long timestamp, WatermarkOutput output) {
            time = Math.max(time, millis(record, record.value()));
        }

        private long millis(RawRecord record, byte @Nullable [] value) {
            try {
                return value == null ? NO_TIME : reading.millis(record, value);
            } catch (MalformedRecordException e) {
                return NO_TIME;
            }
        }

        @Override
        public void onPeriodicEmit(WatermarkOutput output) {
            if (time != NO_TIME) {
                output.emitWatermark(new Watermark(time));
            }
        }
    }
}
