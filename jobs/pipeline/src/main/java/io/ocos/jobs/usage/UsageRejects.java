package io.ocos.jobs.usage;

import io.ocos.jobs.flink.RawRecord;
import io.ocos.metering.domain.usage.UsageRefusal;
import io.ocos.schemas.avro.RejectedRecord;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.io.Topic;
import java.nio.ByteBuffer;

/** Records of what this job refuses. */
final class UsageRejects {

    private static final int WHOLE_RECORD = -1;

    private UsageRejects() {}

    /** An entry of an envelope; its bytes are found at its offset. */
    static RejectedRecord entry(
            Address node, long atMillis, int partition, long offset, int entry, UsageRefusal refusal, String what) {
        return RejectedRecord.newBuilder()
                .setSource(Topic.TELEMETRY.topicName())
                .setPartition(partition)
                .setOffset(offset)
                .setEntry(entry)
                .setTimestamp(atMillis)
                .setKey(ByteBuffer.wrap(node.toBytes()))
                .setReason(refusal.reason().name())
                .setDetail("%s on node %s: %s".formatted(what, node, refusal.detail()))
                .setDetectedBy(UsageJob.NAME)
                .build();
    }

    /** A whole record. */
    static RejectedRecord record(RawRecord record, String reason, String detail) {
        RejectedRecord rejected = RejectedRecord.newBuilder()
                .setSource(record.topic())
                .setPartition(record.partition())
                .setOffset(record.offset())
                .setEntry(WHOLE_RECORD)
                .setTimestamp(Math.max(0, record.timestamp()))
                .setReason(reason)
                .setDetail(detail)
                .setDetectedBy(UsageJob.NAME)
                .build();
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
}
