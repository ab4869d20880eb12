package io.ocos.metering.domain.usage;

import io.ocos.schemas.domain.TokenAmount;
import java.math.BigInteger;

/** What usage costs: one floor division per amount (SPEC 1, 12). Prices are in wei, quantities exact integers. */
public final class Prices {

    /** Milliseconds that a price of CPU or GPU time is for. */
    public static final BigInteger MILLIS_PER_MINUTE = BigInteger.valueOf(60_000);

    /** Bytes that a price of egress is for. */
    public static final BigInteger BYTES_PER_GB = BigInteger.valueOf(1_000_000_000);

    /** Byte-milliseconds of a GB-month: 10<sup>9</sup> bytes for 30 days. */
    public static final BigInteger BYTE_MILLIS_PER_GB_MONTH = BYTES_PER_GB.multiply(BigInteger.valueOf(2_592_000_000L));

    private Prices() {}

    static BigInteger time(long millis, BigInteger price) {
        return BigInteger.valueOf(millis).multiply(price).divide(MILLIS_PER_MINUTE);
    }

    static BigInteger egress(long bytes, BigInteger price) {
        return BigInteger.valueOf(bytes).multiply(price).divide(BYTES_PER_GB);
    }

    static BigInteger storage(BigInteger byteMillis, BigInteger price) {
        return byteMillis.multiply(price).divide(BYTE_MILLIS_PER_GB_MONTH);
    }

    /** As an amount; more than fits is the largest. */
    static TokenAmount amount(BigInteger wei) {
        return TokenAmount.saturated(wei);
    }
}
