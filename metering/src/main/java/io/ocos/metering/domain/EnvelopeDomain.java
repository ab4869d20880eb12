package io.ocos.metering.domain;

import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Keccak;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * The EIP-712 domain under which nodes sign (SPEC 2.1): one chain, one registry, one version of the payload schema.
 * Immutable and safe for use by several threads.
 */
public final class EnvelopeDomain {

    private static final byte[] DOMAIN_TYPE =
            hash("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
    private static final byte[] ENVELOPE_TYPE = hash(
            "TelemetryEnvelope(address node,uint64 sequence,uint64 sentAt,uint64 beaconBlock,bytes32 beaconHash,bytes32 payloadHash)");
    private static final byte[] NAME = hash("OCOS Telemetry");
    private static final byte[] VERSION = hash("1");
    private static final int WORD = 32;

    private final byte[] separator;

    /**
     * The domain of a deployment.
     *
     * @param chainId EIP-155 chain id
     * @param registry the NodeRegistry contract
     */
    public EnvelopeDomain(long chainId, Address registry) {
        ByteBuffer words =
                ByteBuffer.allocate(5 * WORD).put(DOMAIN_TYPE).put(NAME).put(VERSION);
        putLong(words, chainId);
        putAddress(words, registry);
        separator = Keccak.hash(words.array());
    }

    /** The 32-byte digest that the node signs. */
    public byte[] digest(Envelope envelope) {
        ByteBuffer words = ByteBuffer.allocate(7 * WORD).put(ENVELOPE_TYPE);
        putAddress(words, envelope.node());
        putLong(words, envelope.sequence());
        putLong(words, envelope.sentAt());
        putLong(words, envelope.beaconBlock());
        words.put(envelope.beaconHash().toBytes());
        words.put(Keccak.hash(envelope.payload()));
        return Keccak.hash(new byte[] {0x19, 0x01}, separator, Keccak.hash(words.array()));
    }

    private static void putLong(ByteBuffer words, long value) {
        words.putLong(0).putLong(0).putLong(0).putLong(value);
    }

    private static void putAddress(ByteBuffer words, Address address) {
        words.putLong(0).putInt(0).put(address.toBytes());
    }

    private static byte[] hash(String text) {
        return Keccak.hash(text.getBytes(StandardCharsets.US_ASCII));
    }
}
