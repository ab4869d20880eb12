package io.ocos.ingest.domain;

import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Keccak;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * The EIP-712 domain under which gateways sign receipts: name {@code OCOS Receipt}, version {@code 1}, the deployment's chain
 * and registry. Immutable and safe for use by several threads.
 */
public final class ReceiptDomain {

    /** The struct that is signed. */
    public static final String RECEIPT_TYPE =
            "Receipt(address node,uint64 sequence,bytes32 payloadHash,uint64 receivedAt,string gateway,uint32 partition,uint64 offset)";

    private static final byte[] DOMAIN_TYPE_HASH =
            hash("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
    private static final byte[] RECEIPT_TYPE_HASH = hash(RECEIPT_TYPE);
    private static final int WORD = 32;

    private final byte[] separator;

    /**
     * The domain of a deployment.
     *
     * @param chainId EIP-155 chain id
     * @param registry the NodeRegistry contract
     */
    public ReceiptDomain(long chainId, Address registry) {
        ByteBuffer words = ByteBuffer.allocate(5 * WORD)
                .put(DOMAIN_TYPE_HASH)
                .put(hash("OCOS Receipt"))
                .put(hash("1"));
        putLong(words, chainId);
        putAddress(words, registry);
        separator = Keccak.hash(words.array());
    }

    /** The 32-byte digest that the gateway signs. */
    public byte[] digest(Receipt receipt) {
        ByteBuffer words = ByteBuffer.allocate(8 * WORD).put(RECEIPT_TYPE_HASH);
        putAddress(words, receipt.node());
        putLong(words, receipt.sequence());
        words.put(receipt.payloadHash().toBytes());
        putLong(words, receipt.receivedAt());
        words.put(hash(receipt.gateway()));
        putLong(words, receipt.partition());
        putLong(words, receipt.offset());
        return Keccak.hash(new byte[] {0x19, 0x01}, separator, Keccak.hash(words.array()));
    }

    private static void putLong(ByteBuffer words, long value) {
        words.putLong(0).putLong(0).putLong(0).putLong(value);
    }

    private static void putAddress(ByteBuffer words, Address address) {
        words.putLong(0).putInt(0).put(address.toBytes());
    }

    private static byte[] hash(String text) {
        return Keccak.hash(text.getBytes(StandardCharsets.UTF_8));
    }
}
