package io.ocos.jobs.archive;

import io.ocos.jobs.flink.RawRecord;
import io.ocos.schemas.avro.ChainEvent;
import io.ocos.schemas.avro.JobEvent;
import io.ocos.schemas.avro.SignedEnvelope;
import io.ocos.schemas.avro.TelemetryTick;
import io.ocos.schemas.io.MalformedRecordException;
import io.ocos.schemas.io.RecordCodec;
import io.ocos.schemas.io.Topic;
import org.apache.avro.specific.SpecificRecord;

/**
 * The time that a record brings to its partition (SPEC 13): {@code receivedAt} of an envelope and {@code at} of a tick, the
 * block's time of a {@code BlockFinalized}, {@code recordedAt} of a job event. What cannot be read, and every other chain
 * event, brings none.
 */
final class RecordTime {

    /** No time. */
    static final long NONE = -1;

    private static final String BLOCK_FINALIZED = "BlockFinalized";

    private RecordTime() {}

    /**
     * The time in milliseconds, UTC, or {@link #NONE}.
     *
     * <p>A telemetry record's is at most its Kafka timestamp: the broker holds that one within 5 s of its own clock
     * (DESIGN 2), so that no content, whoever wrote it, can close an epoch early.
     */
    static long of(RawRecord record) {
        byte[] value = record.value();
        if (value == null) {
            return NONE;
        }
        SpecificRecord decoded;
        try {
            decoded = RecordCodec.decode(value);
        } catch (MalformedRecordException e) {
            return NONE; // The pipeline rejects it; it is archived all the same.
        }
        long time =
                switch (Topic.ofName(record.topic())) {
                    case TELEMETRY -> telemetry(decoded, record.timestamp());
                    case CHAIN_EVENTS -> chain(decoded);
                    case JOB_EVENTS -> decoded instanceof JobEvent event ? event.getRecordedAt() : NONE;
                    default -> NONE;
                };
        return Math.max(time, NONE);
    }

    private static long telemetry(SpecificRecord decoded, long timestamp) {
        long time = decoded instanceof SignedEnvelope envelope
                ? envelope.getReceivedAt()
                : decoded instanceof TelemetryTick tick ? tick.getAt() : NONE;
        return timestamp < 0 ? time : Math.min(time, timestamp);
    }

    private static long chain(SpecificRecord decoded) {
        boolean progress =
                decoded instanceof ChainEvent event && event.getName().equals(BLOCK_FINALIZED);
        long seconds = progress ? ((ChainEvent) decoded).getBlockTime() : NONE;
        return seconds < 0 || seconds > Long.MAX_VALUE / 1_000 ? NONE : seconds * 1_000;
    }
}
