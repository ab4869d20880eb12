package io.ocos.schemas.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;
import org.apache.avro.SchemaNormalization;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.message.BinaryMessageEncoder;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificDatumReader;
import org.apache.avro.specific.SpecificRecord;

/**
 * Avro single-object encoding: {@code C3 01}, the writer schema's 64-bit Rabin fingerprint (little-endian), the record.
 * Several record types may share a topic; every schema that was ever written is known ({@link KnownSchemas}), so no
 * registry server is needed. Safe for use by several threads.
 */
public final class RecordCodec {

    /** Bytes before the record: marker and fingerprint. */
    public static final int HEADER_BYTES = 10;

    private static final Map<Class<?>, BinaryMessageEncoder<SpecificRecord>> ENCODERS = new ConcurrentHashMap<>();

    /** By fingerprint. Resolving one schema against the other takes far longer than reading a record does. */
    private static final ThreadLocal<Map<Long, SpecificDatumReader<SpecificRecord>>> READERS =
            ThreadLocal.withInitial(HashMap::new);

    private RecordCodec() {}

    /** The record in single-object encoding. */
    public static byte[] encode(SpecificRecord value) {
        BinaryMessageEncoder<SpecificRecord> encoder = ENCODERS.computeIfAbsent(
                value.getClass(), type -> new BinaryMessageEncoder<>(SpecificData.get(), value.getSchema(), true));
        try {
            ByteBuffer encoded = encoder.encode(value);
            byte[] bytes = new byte[encoded.remaining()];
            encoded.get(bytes);
            return bytes;
        } catch (IOException e) {
            throw new AvroRuntimeException(
                    "cannot encode a " + value.getSchema().getName(), e);
        }
    }

    /**
     * Reads a record of any known type and version. Safe on hostile bytes: it throws nothing else, and allocates nothing
     * from a length that the bytes merely claim.
     *
     * @throws MalformedRecordException when the bytes are no single-object encoding, the fingerprint is unknown, the record
     *     is cut short, or bytes are left over
     */
    public static SpecificRecord decode(byte[] bytes) throws MalformedRecordException {
        long fingerprint = fingerprint(bytes);
        KnownSchemas.Known known = KnownSchemas.byFingerprint(fingerprint);
        SpecificDatumReader<SpecificRecord> reader = READERS.get()
                .computeIfAbsent(fingerprint, unread -> new SpecificDatumReader<>(known.writer(), known.reader()));
        try {
            BinaryDecoder decoder = decoderAfterHeader(bytes);
            ClaimedLengths.check(known.writer(), decoder);
            if (!decoder.isEnd()) {
                throw new MalformedRecordException("TRAILING_BYTES", "bytes are left over after a " + known.name());
            }
            return reader.read(null, decoderAfterHeader(bytes));
        } catch (IOException | RuntimeException e) {
            throw new MalformedRecordException(
                    "UNREADABLE", "the bytes after the header are no %s: %s".formatted(known.name(), e), e);
        }
    }

    /**
     * Reads a record that must be of one type.
     *
     * @throws MalformedRecordException as {@link #decode(byte[])}, and when it is of another type
     */
    public static <T extends SpecificRecord> T decode(byte[] bytes, Class<T> type) throws MalformedRecordException {
        SpecificRecord value = decode(bytes);
        if (!type.isInstance(value)) {
            throw new MalformedRecordException(
                    "WRONG_TYPE",
                    "a %s, expected a %s".formatted(value.getSchema().getName(), type.getSimpleName()));
        }
        return type.cast(value);
    }

    private static BinaryDecoder decoderAfterHeader(byte[] bytes) {
        return DecoderFactory.get().binaryDecoder(bytes, HEADER_BYTES, bytes.length - HEADER_BYTES, null);
    }

    /** The fingerprint in the header of an encoded record. */
    public static long fingerprint(byte[] bytes) throws MalformedRecordException {
        if (bytes.length < HEADER_BYTES || bytes[0] != (byte) 0xC3 || bytes[1] != 0x01) {
            throw new MalformedRecordException(
                    "NO_HEADER",
                    "%d bytes that begin with %s, expected the single-object marker c301 and a fingerprint"
                            .formatted(
                                    bytes.length,
                                    HexFormat.of().formatHex(bytes, 0, Math.min(bytes.length, HEADER_BYTES))));
        }
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong(2);
    }

    /** The fingerprint under which records of a schema are written. */
    public static long fingerprint(Schema schema) {
        return SchemaNormalization.parsingFingerprint64(schema);
    }
}
