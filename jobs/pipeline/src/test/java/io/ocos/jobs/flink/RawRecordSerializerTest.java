package io.ocos.jobs.flink;

import org.apache.flink.api.common.typeutils.SerializerTestBase;
import org.apache.flink.api.common.typeutils.TypeSerializer;

/** Flink's own checks of a serializer: round trips, copies, snapshots. */
final class RawRecordSerializerTest extends SerializerTestBase<RawRecord> {

    @Override
    protected TypeSerializer<RawRecord> createSerializer() {
        return RawRecordSerializer.INSTANCE;
    }

    @Override
    protected int getLength() {
        return -1;
    }

    @Override
    protected Class<RawRecord> getTypeClass() {
        return RawRecord.class;
    }

    @Override
    protected RawRecord[] getTestData() {
        return new RawRecord[] {
            new RawRecord("telemetry", 3, 1L << 40, 1_700_000_000_000L, new byte[] {1, 2}, new byte[] {-61, 1}),
            new RawRecord("chain-events", 0, 0, 0, null, null),
            new RawRecord("job-events", 0, 7, -1, new byte[0], new byte[100_000]),
        };
    }
}
