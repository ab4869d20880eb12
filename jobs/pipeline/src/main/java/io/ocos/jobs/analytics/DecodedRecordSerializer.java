package io.ocos.jobs.analytics;

import io.ocos.jobs.flink.RawRecord;
import io.ocos.jobs.flink.RawRecordSerializer;
import io.ocos.jobs.flink.ValueSerializer;
import java.io.IOException;
import java.util.List;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** The record alone: its rows are a function of it. In use only where an operator was split off the chain. */
final class DecodedRecordSerializer extends ValueSerializer<DecodedRecord> {

    private static final long serialVersionUID = 1;

    static final DecodedRecordSerializer INSTANCE = new DecodedRecordSerializer();

    @Override
    public DecodedRecord createInstance() {
        return new DecodedRecord(RawRecordSerializer.INSTANCE.createInstance(), List.of());
    }

    @Override
    public void serialize(DecodedRecord value, DataOutputView target) throws IOException {
        RawRecordSerializer.INSTANCE.serialize(value.source(), target);
    }

    @Override
    public DecodedRecord deserialize(DataInputView source) throws IOException {
        RawRecord record = RawRecordSerializer.INSTANCE.deserialize(source);
        return DecodedRecord.of(record);
    }

    @Override
    public TypeSerializerSnapshot<DecodedRecord> snapshotConfiguration() {
        return new Snapshot();
    }

    /** Version 1 of the layout. */
    public static final class Snapshot extends SimpleTypeSerializerSnapshot<DecodedRecord> {
        public Snapshot() {
            super(() -> INSTANCE);
        }
    }
}
