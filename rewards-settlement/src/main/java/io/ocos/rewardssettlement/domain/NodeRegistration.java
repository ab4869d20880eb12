package io.ocos.rewardssettlement.domain;

import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.domain.Keccak;
import io.ocos.schemas.domain.NodeType;
import io.ocos.schemas.domain.TokenAmount;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;

/**
 * What a node's key signs to be registered: who owns it, and as what it takes part. EIP-712, domain
 * {@code OCOS NodeRegistry}, version 1.
 *
 * @param node address of the key that signs
 * @param owner is paid, and may unstake
 * @param capacityUnits what the owner says that the node can do, 0 … 2<sup>256</sup> − 1
 * @param nonce of the node in the registry: 0 at the first registration
 * @param deadline until when the signature is valid, seconds since the Unix epoch
 */
public record NodeRegistration(
        Address node, Address owner, NodeType type, BigInteger capacityUnits, long nonce, long deadline) {

    private static final byte[] DOMAIN_TYPE_HASH =
            hash("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
    private static final byte[] NAME_HASH = hash("OCOS NodeRegistry");
    private static final byte[] VERSION_HASH = hash("1");
    private static final byte[] TYPE_HASH = hash("NodeRegistration(address node,address owner,bytes32 nodeType,"
            + "uint256 capacityUnits,uint256 nonce,uint256 deadline)");

    /** The 32-byte digest that is signed, for one registry on one chain. */
    public byte[] digest(long chainId, Address registry) {
        byte[] domain = Keccak.hash(DOMAIN_TYPE_HASH, NAME_HASH, VERSION_HASH, word(chainId), word(registry));
        byte[] struct = Keccak.hash(
                TYPE_HASH,
                word(node),
                word(owner),
                type.onChain().toBytes(),
                word(capacityUnits),
                word(nonce),
                word(deadline));
        return Keccak.hash(new byte[] {0x19, 0x01}, domain, struct);
    }

    private static byte[] word(long value) {
        return word(BigInteger.valueOf(value));
    }

    private static byte[] word(BigInteger value) {
        return new TokenAmount(value).toBytes();
    }

    private static byte[] word(Address address) {
        byte[] word = new byte[Hash32.BYTES];
        System.arraycopy(address.toBytes(), 0, word, Hash32.BYTES - Address.BYTES, Address.BYTES);
        return word;
    }

    private static byte[] hash(String text) {
        return Keccak.hash(text.getBytes(StandardCharsets.US_ASCII));
    }
}
