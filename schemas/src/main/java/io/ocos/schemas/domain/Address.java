package io.ocos.schemas.domain;

import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * An address: 20 bytes, ordered as unsigned bytes, written as {@code 0x} and 40 lower-case hex digits (SPEC 1).
 *
 * <p>Held as three words, so that it is cheap to compare, hash and keep in state.
 *
 * @param high bytes 0 … 7, big-endian
 * @param middle bytes 8 … 15, big-endian
 * @param low bytes 16 … 19, big-endian
 */
public record Address(long high, long middle, int low) implements Comparable<Address>, Serializable {

    private static final long serialVersionUID = 1;

    /** Bytes of an address. */
    public static final int BYTES = 20;

    /** The zero address. */
    public static final Address ZERO = new Address(0, 0, 0);

    /**
     * Reads an address as SPEC 1 says: all-lower or all-upper digits, or mixed case with a valid EIP-55 checksum.
     *
     * @throws IllegalArgumentException saying what is wrong with the text
     */
    public static Address parse(String text) {
        byte[] bytes = Hex.parse("address", text, BYTES);
        String digits = text.substring(2);
        boolean lower = digits.chars().noneMatch(c -> c >= 'A' && c <= 'F');
        boolean upper = digits.chars().noneMatch(c -> c >= 'a' && c <= 'f');
        Address address = of(bytes);
        if (!lower && !upper && !address.toChecksummed().equals(text)) {
            throw new IllegalArgumentException(
                    "address %s: EIP-55 checksum does not match, expected %s".formatted(text, address.toChecksummed()));
        }
        return address;
    }

    /** An address from its 20 bytes. */
    public static Address of(byte[] bytes) {
        if (bytes.length != BYTES) {
            throw new IllegalArgumentException("address of %d bytes, expected %d".formatted(bytes.length, BYTES));
        }
        return of(bytes, 0);
    }

    /** An address from 20 bytes of an array, beginning at an offset. */
    public static Address of(byte[] bytes, int offset) {
        return new Address(
                Words.longAt(bytes, offset), Words.longAt(bytes, offset + 8), Words.intAt(bytes, offset + 16));
    }

    /** The 20 bytes. */
    public byte[] toBytes() {
        byte[] bytes = new byte[BYTES];
        Words.putLong(bytes, 0, high);
        Words.putLong(bytes, 8, middle);
        Words.putInt(bytes, 16, low);
        return bytes;
    }

    /** Written out, since the language promises no algorithm: streams are partitioned, and their state is laid out, by it. */
    @Override
    public int hashCode() {
        return 31 * (31 * Long.hashCode(high) + Long.hashCode(middle)) + low;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Address that && high == that.high && middle == that.middle && low == that.low;
    }

    /** Whether this is the zero address. */
    public boolean isZero() {
        return equals(ZERO);
    }

    /** Mixed case with checksum (EIP-55). */
    public String toChecksummed() {
        char[] digits = HexFormat.of().formatHex(toBytes()).toCharArray();
        byte[] hash = Keccak.hash(new String(digits).getBytes(StandardCharsets.US_ASCII));
        for (int i = 0; i < digits.length; i++) {
            int nibble = (i % 2 == 0 ? hash[i / 2] >> 4 : hash[i / 2]) & 0xf;
            if (nibble >= 8) {
                digits[i] = Character.toUpperCase(digits[i]);
            }
        }
        return "0x" + new String(digits);
    }

    @Override
    public int compareTo(Address other) {
        int byHigh = Long.compareUnsigned(high, other.high);
        if (byHigh != 0) {
            return byHigh;
        }
        int byMiddle = Long.compareUnsigned(middle, other.middle);
        return byMiddle != 0 ? byMiddle : Integer.compareUnsigned(low, other.low);
    }

    @Override
    public String toString() {
        return Hex.format(toBytes());
    }
}
