package io.ocos.ingest.domain;

import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.domain.Keccak;
import java.util.Arrays;

/**
 * The Bloom filter over the addresses and topics of a block's logs, 2 048 bits (Ethereum yellow paper, 4.3.1): what it does not
 * contain was not logged; what it seems to contain may be another value's bits.
 */
public final class LogsBloom {

    /** Bytes of the filter. */
    public static final int BYTES = 256;

    /** The three bits of a value, computed once for values that are looked for in many blocks. */
    public record Probe(int first, int second, int third) {

        static Probe of(Address address) {
            return ofBytes(address.toBytes());
        }

        static Probe of(Hash32 topic) {
            return ofBytes(topic.toBytes());
        }

        private static Probe ofBytes(byte[] value) {
            byte[] hash = Keccak.hash(value);
            return new Probe(bit(hash, 0), bit(hash, 2), bit(hash, 4));
        }

        private static int bit(byte[] hash, int at) {
            return ((hash[at] & 0x07) << 8) | (hash[at + 1] & 0xff);
        }
    }

    private final byte[] bits;

    private LogsBloom(byte[] bits) {
        this.bits = bits;
    }

    /**
     * A filter from a header's field.
     *
     * @throws IllegalArgumentException when it is not of {@value #BYTES} bytes
     */
    public static LogsBloom of(byte[] bytes) {
        if (bytes.length != BYTES) {
            throw new IllegalArgumentException("logs bloom of %d bytes, expected %d".formatted(bytes.length, BYTES));
        }
        return new LogsBloom(bytes.clone());
    }

    /** The filter of these logs. */
    public static LogsBloom ofLogs(Iterable<EvmLog> logs) {
        LogsBloom bloom = new LogsBloom(new byte[BYTES]);
        for (EvmLog log : logs) {
            bloom.add(Probe.of(log.address()));
            log.topics().forEach(topic -> bloom.add(Probe.of(topic)));
        }
        return bloom;
    }

    /** Whether a value may be in it; false is certain. */
    public boolean mayContain(Probe probe) {
        return isSet(probe.first) && isSet(probe.second) && isSet(probe.third);
    }

    /** The {@value #BYTES} bytes. */
    public byte[] toBytes() {
        return bits.clone();
    }

    private void add(Probe probe) {
        set(probe.first);
        set(probe.second);
        set(probe.third);
    }

    private boolean isSet(int bit) {
        return (bits[BYTES - 1 - bit / 8] & (1 << (bit % 8))) != 0;
    }

    private void set(int bit) {
        bits[BYTES - 1 - bit / 8] |= (byte) (1 << (bit % 8));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof LogsBloom bloom && Arrays.equals(bits, bloom.bits);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bits);
    }
}
