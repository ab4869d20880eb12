package io.ocos.jobs.rewardpipeline;

import io.ocos.jobs.flink.RawRecord;
import io.ocos.schemas.avro.RejectedRecord;
import io.ocos.schemas.io.Topic;
import java.nio.ByteBuffer;

/** Records of what this job refuses. */
final class Rejects {

    /** Name under which this job refuses records. */
    static final String DETECTED_BY = RewardPipelineJob.NAME;

    /** A record without a value. */
    static final String NO_VALUE = "NO_VALUE";

    /** A number outside its range. */
    static final String OUT_OF_RANGE = "OUT_OF_RANGE";

    /** A field that is not of its type. */
    static final String UNREADABLE = "UNREADABLE";

    /** A record whose minute was closed when it came (SPEC 13): an alarm, since the inputs and the results differ. */
    static final String LATE = "LATE";

    private static final int WHOLE_RECORD = -1;

    private Rejects() {}

    static RejectedRecord of(RawRecord record, String reason, String detail) {
        RejectedRecord rejected =
                rejected(record.topic(), record.partition(), record.offset(), record.timestamp(), reason, detail);
        byte[] key = record.key();
        if (key != null) {
            rejected.setKey(ByteBuffer.wrap(key));
        }
        byte[] raw = record.value();
        if (raw != null) {
            rejected.setRaw(ByteBuffer.wrap(raw));
        }
        return rejected;
    }

    /** A late record; its bytes are found at its offset. */
    static RejectedRecord late(
            Topic topic, int partition, long offset, long timeMillis, long minute, long lastClosed, String what) {
        return rejected(
                topic.topicName(),
                partition,
                offset,
                timeMillis,
                LATE,
                "%s of minute %d came when minutes up to %d were closed".formatted(what, minute, lastClosed));
    }

    private static RejectedRecord rejected(
            String source, int partition, long offset, long timeMillis, String reason, String detail) {
        return RejectedRecord.newBuilder()
                .setSource(source)
                .setPartition(partition)
                .setOffset(offset)
                .setEntry(WHOLE_RECORD)
                .setTimestamp(timeMillis)
                .setReason(reason)
                .setDetail(detail)
                .setDetectedBy(DETECTED_BY)
                .build();
    }
}
