package io.ocos.metering.io;

import io.ocos.metering.domain.Envelope;
import io.ocos.metering.domain.ReceivedEnvelope;
import io.ocos.schemas.avro.SignedEnvelope;
import io.ocos.schemas.avro.TelemetryTick;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.io.AvroValues;
import io.ocos.schemas.io.MalformedRecordException;
import io.ocos.schemas.io.RecordCodec;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalLong;
import org.apache.avro.specific.SpecificRecord;
import org.jspecify.annotations.Nullable;

/**
 * Records of topic {@code telemetry} (SPEC 2.1), read with just what the rules need. Records of the current schema are read
 * straight from their bytes, without objects for fields that nobody looks at; whatever is unusual about a record sends it
 * through {@link RecordCodec}, whose word is final. Safe for use by several threads.
 */
public final class TelemetryRecords {

    private static final long ENVELOPE = RecordCodec.fingerprint(SignedEnvelope.getClassSchema());
    private static final long TICK = RecordCodec.fingerprint(TelemetryTick.getClassSchema());

    private TelemetryRecords() {}

    /**
     * The envelope in a record.
     *
     * @return empty for a tick
     * @throws MalformedRecordException when it is neither, or a number that is never negative is
     */
    public static Optional<ReceivedEnvelope> read(byte[] value) throws MalformedRecordException {
        if (RecordCodec.fingerprint(value) == ENVELOPE) {
            ReceivedEnvelope direct = new Cursor(value).envelope();
            if (direct != null) {
                return Optional.of(direct);
            }
        }
        SpecificRecord record = RecordCodec.decode(value);
        if (record instanceof SignedEnvelope envelope) {
            return Optional.of(checked(of(envelope)));
        } else if (record instanceof TelemetryTick) {
            return Optional.empty();
        }
        throw new MalformedRecordException(
                "WRONG_TYPE",
                "a %s, expected a SignedEnvelope or a TelemetryTick"
                        .formatted(record.getSchema().getName()));
    }

    /** An envelope as the rules see it; its payload and signature are copied. */
    public static ReceivedEnvelope of(SignedEnvelope envelope) {
        return new ReceivedEnvelope(
                new Envelope(
                        AvroValues.address(envelope.getNode()),
                        envelope.getSequence(),
                        envelope.getSentAt(),
                        envelope.getBeaconBlock(),
                        AvroValues.hash32(envelope.getBeaconHash()),
                        AvroValues.bytes(envelope.getPayload()),
                        AvroValues.bytes(envelope.getSignature())),
                envelope.getReceivedAt());
    }

    /**
     * The gateway's time in a record: {@code receivedAt} of an envelope, {@code at} of a tick.
     *
     * @return empty when the record cannot be read, or says a negative time
     */
    public static OptionalLong time(byte[] value) {
        try {
            long fingerprint = RecordCodec.fingerprint(value);
            long direct = fingerprint == ENVELOPE
                    ? new Cursor(value).receivedAt()
                    : fingerprint == TICK ? new Cursor(value).tick() : -1;
            if (direct >= 0) {
                return OptionalLong.of(direct);
            }
            SpecificRecord record = RecordCodec.decode(value);
            long time = record instanceof SignedEnvelope envelope
                    ? envelope.getReceivedAt()
                    : record instanceof TelemetryTick tick ? tick.getAt() : -1;
            return time < 0 ? OptionalLong.empty() : OptionalLong.of(time);
        } catch (MalformedRecordException e) {
            return OptionalLong.empty();
        }
    }

    private static ReceivedEnvelope checked(ReceivedEnvelope received) throws MalformedRecordException {
        Envelope envelope = received.envelope();
        if (isNegative(envelope, received.receivedAt())) {
            throw new MalformedRecordException(
                    "OUT_OF_RANGE",
                    "sequence %d, sentAt %d, beaconBlock %d, receivedAt %d, expected none below 0"
                            .formatted(
                                    envelope.sequence(),
                                    envelope.sentAt(),
                                    envelope.beaconBlock(),
                                    received.receivedAt()));
        }
        return received;
    }

    private static boolean isNegative(Envelope envelope, long receivedAt) {
        return (envelope.sequence() | envelope.sentAt() | envelope.beaconBlock() | receivedAt) < 0;
    }

    /** Reads forward; after anything unusual {@link #failed} is set and what is read has no meaning. */
    private static final class Cursor {

        private final byte[] bytes;
        private int position = RecordCodec.HEADER_BYTES;
        private boolean failed;

        Cursor(byte[] bytes) {
            this.bytes = bytes;
        }

        /** Null when the record cannot be read this way. */
        @Nullable
        ReceivedEnvelope envelope() {
            int node = skip(Address.BYTES);
            long sequence = varint();
            long sentAt = varint();
            long beaconBlock = varint();
            int beaconHash = skip(Hash32.BYTES);
            int payloadLength = length();
            int payload = skip(payloadLength);
            int signatureLength = length();
            int signature = skip(signatureLength);
            long receivedAt = varint();
            skip(length());
            if (failed || position != bytes.length || (sequence | sentAt | beaconBlock | receivedAt) < 0) {
                return null;
            }
            return new ReceivedEnvelope(
                    new Envelope(
                            Address.of(bytes, node),
                            sequence,
                            sentAt,
                            beaconBlock,
                            Hash32.of(bytes, beaconHash),
                            Arrays.copyOfRange(bytes, payload, payload + payloadLength),
                            Arrays.copyOfRange(bytes, signature, signature + signatureLength)),
                    receivedAt);
        }

        /** -1 when the record cannot be read this way. */
        long receivedAt() {
            skip(Address.BYTES);
            varint();
            varint();
            varint();
            skip(Hash32.BYTES);
            skip(length());
            skip(length());
            long receivedAt = varint();
            skip(length());
            return failed || position != bytes.length ? -1 : receivedAt;
        }

        /** -1 when the record cannot be read this way. */
        long tick() {
            skip(length());
            long at = varint();
            return failed || position != bytes.length ? -1 : at;
        }

        private int length() {
            long length = varint();
            if (length < 0 || length > bytes.length - position) {
                failed = true;
                return 0;
            }
            return (int) length;
        }

        private int skip(int count) {
            if (failed || count > bytes.length - position) {
                failed = true;
                return 0;
            }
            int from = position;
            position += count;
            return from;
        }

        private long varint() {
            long raw = 0;
            for (int shift = 0; shift < 63; shift += 7) {
                if (failed || position == bytes.length) {
                    failed = true;
                    return 0;
                }
                byte b = bytes[position++];
                raw |= (b & 0x7fL) << shift;
                if (b >= 0) {
                    return (raw >>> 1) ^ -(raw & 1);
                }
            }
            failed = true; // Ten bytes: rare enough for the slow way.
            return 0;
        }
    }
}
