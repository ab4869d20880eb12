package io.ocos.schemas.domain;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.regex.Pattern;

/**
 * An amount in wei (10<sup>-18</sup> OCOS), 0 … 2<sup>256</sup> − 1; written as a decimal string without sign or leading
 * zeros (SPEC 1).
 *
 * @param wei the amount
 */
public record TokenAmount(BigInteger wei) implements Comparable<TokenAmount> {

    /** 0 wei. */
    public static final TokenAmount ZERO = new TokenAmount(BigInteger.ZERO);

    /** 2<sup>256</sup> − 1 wei. */
    public static final TokenAmount MAX =
            new TokenAmount(BigInteger.TWO.pow(256).subtract(BigInteger.ONE));

    private static final Pattern DECIMAL = Pattern.compile("0|[1-9][0-9]{0,77}");

    public TokenAmount {
        if (wei.signum() < 0 || wei.bitLength() > 256) {
            throw new IllegalArgumentException("amount %s wei, expected 0 … 2^256 − 1".formatted(wei));
        }
    }

    /**
     * Reads a decimal string.
     *
     * @throws IllegalArgumentException for a sign, leading zeros, other characters, or 2<sup>256</sup> and more
     */
    public static TokenAmount parse(String text) {
        if (!DECIMAL.matcher(text).matches()) {
            throw new IllegalArgumentException(
                    "amount '%s': expected decimal digits without sign or leading zeros".formatted(text));
        }
        return new TokenAmount(new BigInteger(text));
    }

    /** An amount from 32 big-endian bytes. */
    public static TokenAmount of(byte[] bytes) {
        return new TokenAmount(new BigInteger(1, bytes));
    }

    /** An amount of wei. */
    public static TokenAmount wei(long wei) {
        return new TokenAmount(BigInteger.valueOf(wei));
    }

    /** An amount of whole OCOS. */
    public static TokenAmount ocos(long ocos) {
        return new TokenAmount(BigInteger.valueOf(ocos).multiply(BigInteger.TEN.pow(18)));
    }

    /** An amount of any size, or {@link #MAX} when it is more: for totals that are shown, never for what is paid. */
    public static TokenAmount saturated(BigInteger wei) {
        return wei.bitLength() > 256 ? MAX : new TokenAmount(wei);
    }

    /** The sum; more than {@link #MAX} throws. */
    public TokenAmount plus(TokenAmount other) {
        return new TokenAmount(wei.add(other.wei));
    }

    /** The sum, or {@link #MAX} when it would be more: for totals that are shown, never for what is paid. */
    public TokenAmount plusSaturating(TokenAmount other) {
        return saturated(wei.add(other.wei));
    }

    /** 32 big-endian bytes. */
    public byte[] toBytes() {
        byte[] magnitude = wei.toByteArray();
        byte[] bytes = new byte[32];
        int from = magnitude.length == 33 ? 1 : 0;
        System.arraycopy(magnitude, from, bytes, 32 - (magnitude.length - from), magnitude.length - from);
        return bytes;
    }

    /** In OCOS, for people: all decimals that are not zero. */
    public String toOcos() {
        return wei.signum() == 0
                ? "0"
                : new BigDecimal(wei, 18).stripTrailingZeros().toPlainString();
    }

    @Override
    public int compareTo(TokenAmount other) {
        return wei.compareTo(other.wei);
    }

    /** Decimal wei. */
    @Override
    public String toString() {
        return wei.toString();
    }
}
