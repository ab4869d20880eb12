package io.ocos.metering.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ocos.metering.domain.ReceivedEnvelope;
import io.ocos.schemas.avro.NodeMinute;
import io.ocos.schemas.avro.SignedEnvelope;
import io.ocos.schemas.avro.TelemetryTick;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.io.AvroValues;
import io.ocos.schemas.io.MalformedRecordException;
import io.ocos.schemas.io.RecordCodec;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;
import org.apache.avro.specific.SpecificRecord;

class TelemetryRecordsPropertyTest {

    @Property
    void readsWhatTheCodecReads(
            @ForAll @LongRange(min = 0) long sequence,
            @ForAll @LongRange(min = 0) long sentAt,
            @ForAll @LongRange(min = 0) long receivedAt,
            @ForAll @Size(max = 300) byte[] payload,
            @ForAll @Size(max = 70) byte[] signature,
            @ForAll String gateway)
            throws MalformedRecordException {
        SignedEnvelope envelope = envelope(sequence, sentAt, receivedAt, payload, signature, gateway);
        byte[] bytes = RecordCodec.encode(envelope);
        ReceivedEnvelope read = TelemetryRecords.read(bytes).orElseThrow();
        assertThat(read)
                .usingRecursiveComparison()
                .isEqualTo(TelemetryRecords.of(RecordCodec.decode(bytes, SignedEnvelope.class)));
        assertThat(TelemetryRecords.time(bytes)).hasValue(receivedAt);
    }

    /** A byte is changed and the end cut off: the answer is still that of the codec. */
    @Property
    void agreesWithTheCodecOnBrokenBytes(@ForAll int at, @ForAll byte value, @ForAll int cut) {
        byte[] bytes = RecordCodec.encode(envelope(7, 1_000, 2_000, new byte[] {0, 0, 0}, new byte[65], "g"));
        bytes[Math.floorMod(at, bytes.length)] = value;
        byte[] broken = Arrays.copyOf(bytes, bytes.length - Math.floorMod(cut, 4));
        Optional<ReceivedEnvelope> expected = codec(broken);
        Optional<ReceivedEnvelope> read = direct(broken);
        assertThat(read.isPresent()).isEqualTo(expected.isPresent());
        read.ifPresent(found -> assertThat(found).usingRecursiveComparison().isEqualTo(expected.orElseThrow()));
    }

    @Property
    void aTickIsATime(@ForAll @LongRange(min = 0) long at, @ForAll String gateway) throws MalformedRecordException {
        byte[] bytes = RecordCodec.encode(new TelemetryTick(gateway, at));
        assertThat(TelemetryRecords.read(bytes)).isEmpty();
        assertThat(TelemetryRecords.time(bytes)).hasValue(at);
    }

    @Example
    void negativeNumbersAndOtherRecordsAreRefused() {
        byte[] negative = RecordCodec.encode(envelope(-1, 0, 0, new byte[3], new byte[65], "g"));
        assertThatThrownBy(() -> TelemetryRecords.read(negative))
                .isInstanceOf(MalformedRecordException.class)
                .hasMessageContaining("sequence -1");
        assertThat(TelemetryRecords.time(RecordCodec.encode(new TelemetryTick("g", -5L))))
                .isEmpty();
        byte[] other = RecordCodec.encode(new NodeMinute(1L, AvroValues.avro(Address.ZERO), "AI", 1));
        assertThatThrownBy(() -> TelemetryRecords.read(other)).hasMessageContaining("a NodeMinute, expected");
        assertThat(TelemetryRecords.time(other)).isEmpty();
        assertThat(TelemetryRecords.time(new byte[] {1, 2})).isEmpty();
    }

    private static Optional<ReceivedEnvelope> direct(byte[] bytes) {
        try {
            return TelemetryRecords.read(bytes);
        } catch (MalformedRecordException e) {
            return Optional.empty();
        }
    }

    private static Optional<ReceivedEnvelope> codec(byte[] bytes) {
        try {
            SpecificRecord record = RecordCodec.decode(bytes);
            return record instanceof SignedEnvelope envelope
                            && envelope.getSequence() >= 0
                            && envelope.getSentAt() >= 0
                            && envelope.getBeaconBlock() >= 0
                            && envelope.getReceivedAt() >= 0
                    ? Optional.of(TelemetryRecords.of(envelope))
                    : Optional.empty();
        } catch (MalformedRecordException e) {
            return Optional.empty();
        }
    }

    private static SignedEnvelope envelope(
            long sequence, long sentAt, long receivedAt, byte[] payload, byte[] signature, String gateway) {
        return new SignedEnvelope(
                AvroValues.avro(new Address(1, -2, 3)),
                sequence,
                sentAt,
                77L,
                AvroValues.avro(new Hash32(1, 2, 3, -4)),
                ByteBuffer.wrap(payload),
                ByteBuffer.wrap(signature),
                receivedAt,
                gateway);
    }
}
