package io.ocos.jobs.settlement;

import io.ocos.jobs.flink.RawRecord;
import io.ocos.jobs.flink.RecordTypeInfo;
import io.ocos.schemas.avro.RejectedRecord;
import io.ocos.schemas.io.MalformedRecordException;
import io.ocos.schemas.io.RecordCodec;
import java.nio.ByteBuffer;
import org.apache.avro.specific.SpecificRecord;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.util.Collector;
import org.apache.flink.util.OutputTag;

/**
 * Reads the records of a topic; one that is none goes to {@link #REJECTED}. If it stands for a reward, the minute never has as
 * many as were announced, and no batch is made of it.
 */
final class RecordDecoder<T extends SpecificRecord> extends ProcessFunction<RawRecord, T> {

    private static final long serialVersionUID = 1;

    static final OutputTag<RejectedRecord> REJECTED =
            new OutputTag<>("rejected", RecordTypeInfo.of(RejectedRecord.class));

    private static final int WHOLE_RECORD = -1;

    private final Class<T> type;

    RecordDecoder(Class<T> type) {
        this.type = type;
    }

    @Override
    public void processElement(RawRecord record, Context context, Collector<T> out) {
        byte[] value = record.value();
        if (value == null) {
            context.output(REJECTED, rejected(record, "NO_VALUE", "a record without value, expected an Avro record"));
            return;
        }
        T decoded;
        try {
            decoded = RecordCodec.decode(value, type);
        } catch (MalformedRecordException e) {
            context.output(REJECTED, rejected(record, e.reason(), e.detail()));
            return;
        }
        out.collect(decoded);
    }

    private static RejectedRecord rejected(RawRecord record, String reason, String detail) {
        RejectedRecord rejected = RejectedRecord.newBuilder()
                .setSource(record.topic())
                .setPartition(record.partition())
                .setOffset(record.offset())
                .setEntry(WHOLE_RECORD)
                .setTimestamp(Math.max(0, record.timestamp()))
                .setReason(reason)
                .setDetail(detail)
                .setDetectedBy(SettlementJob.NAME)
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
