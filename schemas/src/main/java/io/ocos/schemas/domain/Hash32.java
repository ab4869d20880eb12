package io.ocos.schemas.domain;

import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * A 32-byte value (block hash, job id, Merkle root, padded name), ordered as unsigned bytes, written as {@code 0x} and 64
 * lower-case hex digits (SPEC 1).
 *
 * @param a bytes 0 … 7, big-endian
 * @param b bytes 8 … 15
 * @param c bytes 16 … 23
 * @param d bytes 24 … 31
 */
public record Hash32(long a, long b, long c, long d) implements Comparable<Hash32>, Serializable {

    private static final long serialVersionUID = 1;

    /** Bytes of a value. */
    public static final int BYTES = 32;

    /** All zeros. */
    public static final Hash32 ZERO = new Hash32(0, 0, 0, 0);

    /**
     * Reads {@code 0x} and 64 hex digits of any case.
     *
     * @throws IllegalArgumentException saying what is wrong with the text
     */
    public static Hash32 parse(String text) {
        return of(Hex.parse("32-byte value", text, BYTES));
    }

    /** A value from its 32 bytes. */
    public static Hash32 of(byte[] bytes) {
        if (bytes.length != BYTES) {
            throw new IllegalArgumentException("32-byte value of %d bytes".formatted(bytes.length));
        }
        return of(bytes, 0);
    }

    /** A value from 32 bytes of an array, beginning at an offset. */
    public static Hash32 of(byte[] bytes, int offset) {
        return new Hash32(
                Words.longAt(bytes, offset),
                Words.longAt(bytes, offset + 8),
                Words.longAt(bytes, offset + 16),
                Words.longAt(bytes, offset + 24));
    }

    /** An ASCII name, right-padded with zeros, as parameters, node types and job kinds are written on chain (SPEC 1, 4). */
    public static Hash32 ofName(String name) {
        byte[] ascii = name.getBytes(StandardCharsets.US_ASCII);
        if (ascii.length > BYTES) {
            throw new IllegalArgumentException(
                    "name %s of %d bytes, expected at most %d".formatted(name, ascii.length, BYTES));
        }
        byte[] bytes = new byte[BYTES];
        System.arraycopy(ascii, 0, bytes, 0, ascii.length);
        return of(bytes);
    }

    /** The 32 bytes. */
    public byte[] toBytes() {
        byte[] bytes = new byte[BYTES];
        Words.putLong(bytes, 0, a);
        Words.putLong(bytes, 8, b);
        Words.putLong(bytes, 16, c);
        Words.putLong(bytes, 24, d);
        return bytes;
    }

    /** Written out, since the language promises no algorithm: streams are partitioned, and their state is laid out, by it. */
    @Override
    public int hashCode() {
        return 31 * (31 * (31 * Long.hashCode(a) + Long.hashCode(b)) + Long.hashCode(c)) + Long.hashCode(d);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Hash32 that && a == that.a && b == that.b && c == that.c && d == that.d;
    }

    @Override
    public int compareTo(Hash32 other) {
        int order = Long.compareUnsigned(a, other.a);
        order = order != 0 ? order : Long.compareUnsigned(b, other.b);
        order = order != 0 ? order : Long.compareUnsigned(c, other.c);
        return order != 0 ? order : Long.compareUnsigned(d, other.d);
    }

    @Override
    public String toString() {
        return Hex.format(toBytes());
    }
}
