package io.ocos.schemas.io;

import java.io.IOException;
import org.apache.avro.Schema;
import org.apache.avro.io.BinaryDecoder;

/**
 * Walks an encoded record before it is decoded, allocating nothing: every length and count that the bytes claim must be
 * covered by bytes that are there. Avro's own decoder allocates what a length claims before it looks, and reads a block
 * count of −2<sup>63</sup> as the end of an array.
 */
final class ClaimedLengths {

    private ClaimedLengths() {}

    /**
     * Reads one value and throws it away.
     *
     * @param decoder over a byte array, at the value; at its end afterwards
     * @throws IOException when the bytes end before the value does
     * @throws MalformedRecordException when a length, count or branch cannot be
     */
    static void check(Schema schema, BinaryDecoder decoder) throws IOException, MalformedRecordException {
        switch (schema.getType()) {
            case RECORD -> {
                for (Schema.Field field : schema.getFields()) {
                    check(field.schema(), decoder);
                }
            }
            case ARRAY -> {
                for (long count = blockCount(decoder); count > 0; count = blockCount(decoder)) {
                    for (long i = 0; i < count; i++) {
                        check(schema.getElementType(), decoder);
                    }
                }
            }
            case MAP -> {
                for (long count = blockCount(decoder); count > 0; count = blockCount(decoder)) {
                    for (long i = 0; i < count; i++) {
                        skip(decoder);
                        check(schema.getValueType(), decoder);
                    }
                }
            }
            case UNION -> {
                int branch = decoder.readIndex();
                if (branch < 0 || branch >= schema.getTypes().size()) {
                    throw new MalformedRecordException(
                            "UNREADABLE",
                            "branch %d of a union of %d"
                                    .formatted(branch, schema.getTypes().size()));
                }
                check(schema.getTypes().get(branch), decoder);
            }
            case STRING, BYTES -> skip(decoder);
            case FIXED -> decoder.skipFixed(schema.getFixedSize());
            case ENUM, INT -> decoder.readInt();
            case LONG -> decoder.readLong();
            case FLOAT -> decoder.readFloat();
            case DOUBLE -> decoder.readDouble();
            case BOOLEAN -> decoder.readBoolean();
            case NULL -> decoder.readNull();
        }
    }

    /** The count of the next block; an entry of our schemas takes at least one byte. */
    private static long blockCount(BinaryDecoder decoder) throws IOException, MalformedRecordException {
        long count = decoder.readLong();
        if (count < 0) {
            decoder.readLong(); // The block's size in bytes.
            count = -count;
        }
        return covered(count, "a block count", decoder);
    }

    private static void skip(BinaryDecoder decoder) throws IOException, MalformedRecordException {
        decoder.skipFixed((int) covered(decoder.readLong(), "a length", decoder));
    }

    private static long covered(long claimed, String what, BinaryDecoder decoder)
            throws IOException, MalformedRecordException {
        int available = decoder.inputStream().available();
        if (claimed < 0 || claimed > available) {
            throw new MalformedRecordException(
                    "UNREADABLE", "%s of %d where %d bytes are left".formatted(what, claimed, available));
        }
        return claimed;
    }
}
