package io.ocos.schemas.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ocos.schemas.avro.Bytes20;
import io.ocos.schemas.avro.Bytes32;
import io.ocos.schemas.avro.ChainEvent;
import io.ocos.schemas.avro.SignedEnvelope;
import io.ocos.schemas.avro.TelemetryBatch;
import io.ocos.schemas.avro.TelemetrySubmission;
import java.io.ByteArrayOutputStream;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.apache.avro.Schema;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** FAULTS, bad input, rows 17 and 18: whatever the bytes, a record or a {@link MalformedRecordException}. */
class RecordCodecFuzzPropertyTest {

    private static final byte[] SUBMISSION = RecordCodec.encode(new TelemetrySubmission(
            new Bytes20(new byte[20]),
            7L,
            1_700_000_000_000L,
            100L,
            new Bytes32(new byte[32]),
            ByteBuffer.wrap(new byte[40]),
            ByteBuffer.wrap(new byte[65])));
    private static final byte[] EVENT = RecordCodec.encode(new ChainEvent(
            1L,
            new Bytes32(new byte[32]),
            1_700_000_000L,
            new Bytes32(new byte[32]),
            0L,
            new Bytes20(new byte[20]),
            "NodeRegistered",
            Map.of("node", "0x00", "capacityUnits", "12")));

    @Property(tries = 2_000)
    void row17_randomBytesAfterAKnownHeader(
            @ForAll @IntRange(max = 10) int type, @ForAll @Size(max = 200) byte[] body) {
        readsOrRefuses(withHeader(KnownSchemas.CURRENT.get(type), body));
    }

    @Property(tries = 500)
    void row17_randomBytes(@ForAll @Size(max = 64) byte[] bytes) {
        readsOrRefuses(bytes);
    }

    @Property(tries = 4_000)
    void row18_mutatedRecords(
            @ForAll boolean event, @ForAll @Size(min = 1, max = 4) int[] positions, @ForAll @Size(4) byte[] values) {
        byte[] bytes = (event ? EVENT : SUBMISSION).clone();
        for (int i = 0; i < positions.length; i++) {
            bytes[Math.floorMod(positions[i], bytes.length)] = values[i];
        }
        readsOrRefuses(bytes);
    }

    @ParameterizedTest
    @ValueSource(longs = {-1, Long.MIN_VALUE, Long.MAX_VALUE, Integer.MAX_VALUE, Integer.MAX_VALUE - 8, 1L << 40})
    void row18_lengthOfBytesThatAreNotThere(long length) throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        BinaryEncoder encoder = EncoderFactory.get().directBinaryEncoder(out, null);
        encoder.writeFixed(new byte[20]);
        encoder.writeLong(7);
        encoder.writeLong(1_700_000_000_000L);
        encoder.writeLong(100);
        encoder.writeFixed(new byte[32]);
        encoder.writeLong(length); // payload
        refusesWithoutAllocation(withHeader(TelemetrySubmission.getClassSchema(), out.toByteArray()));
        refusesWithoutAllocation(withHeader(SignedEnvelope.getClassSchema(), out.toByteArray()));
    }

    @ParameterizedTest
    @ValueSource(longs = {Long.MIN_VALUE, Long.MAX_VALUE, Integer.MAX_VALUE, -Integer.MAX_VALUE, 1_000_000})
    void row18_countOfABlockThatIsNotThere(long count) throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        BinaryEncoder encoder = EncoderFactory.get().directBinaryEncoder(out, null);
        encoder.writeLong(count);
        encoder.writeLong(0); // The block's size, where the count is negative.
        encoder.writeLong(0);
        encoder.writeLong(0);
        refusesWithoutAllocation(withHeader(TelemetryBatch.getClassSchema(), out.toByteArray()));
    }

    private static void readsOrRefuses(byte[] bytes) {
        try {
            assertThat(RecordCodec.decode(bytes)).isNotNull();
        } catch (MalformedRecordException e) {
            assertThat(e.reason()).matches("[A-Z_]+");
            assertThat(e.detail()).isNotEmpty();
        }
    }

    private static void refusesWithoutAllocation(byte[] bytes) {
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        assertThatThrownBy(() -> RecordCodec.decode(bytes)).isInstanceOf(MalformedRecordException.class); // warm
        long before = threads.getCurrentThreadAllocatedBytes();
        assertThatThrownBy(() -> RecordCodec.decode(bytes)).isInstanceOf(MalformedRecordException.class);
        assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(4_000_000);
    }

    private static byte[] withHeader(Schema schema, byte[] body) {
        return ByteBuffer.allocate(RecordCodec.HEADER_BYTES + body.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put((byte) 0xC3)
                .put((byte) 0x01)
                .putLong(RecordCodec.fingerprint(schema))
                .put(body)
                .array();
    }
}
