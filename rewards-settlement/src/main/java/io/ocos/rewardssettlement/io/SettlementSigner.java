package io.ocos.rewardssettlement.io;

import io.ocos.rewardssettlement.domain.submission.Call;
import io.ocos.rewardssettlement.domain.submission.Fees;
import io.ocos.rewardssettlement.domain.submission.TransactionSigner;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.domain.Hex;
import io.ocos.schemas.domain.Keccak;
import java.math.BigInteger;
import org.web3j.crypto.Credentials;
import org.web3j.crypto.RawTransaction;
import org.web3j.crypto.TransactionEncoder;
import org.web3j.utils.Numeric;

/** Signs the submitter's transactions with a key in memory; the same arguments give the same bytes (RFC 6979). */
public final class SettlementSigner implements TransactionSigner {

    private final Credentials credentials;
    private final long chainId;
    private final Address settlement;

    /**
     * A signer for one contract of one chain.
     *
     * @param privateKey 32 bytes
     * @param chainId EIP-155 chain id; transactions are of use on no other chain
     */
    public SettlementSigner(byte[] privateKey, long chainId, Address settlement) {
        this.credentials = Credentials.create(Numeric.toHexString(privateKey));
        this.chainId = chainId;
        this.settlement = settlement;
    }

    @Override
    public Address address() {
        return Address.parse(credentials.getAddress());
    }

    @Override
    public Signed sign(Call call, long nonce, long gasLimit, Fees fees) {
        return sign(
                call instanceof Call.Fill ? address() : settlement,
                SettlementCalls.encode(call),
                nonce,
                gasLimit,
                fees);
    }

    /** Signs any call. */
    Signed sign(Address contract, String data, long nonce, long gasLimit, Fees fees) {
        String to = contract.toString();
        RawTransaction transaction = fees.dynamic()
                ? RawTransaction.createTransaction(
                        chainId,
                        BigInteger.valueOf(nonce),
                        BigInteger.valueOf(gasLimit),
                        to,
                        BigInteger.ZERO,
                        data,
                        fees.maxPriorityFeePerGas(),
                        fees.maxFeePerGas())
                : RawTransaction.createTransaction(
                        BigInteger.valueOf(nonce),
                        fees.maxFeePerGas(),
                        BigInteger.valueOf(gasLimit),
                        to,
                        BigInteger.ZERO,
                        data);
        byte[] raw = TransactionEncoder.signMessage(transaction, chainId, credentials);
        return new Signed(Hash32.of(Keccak.hash(raw)), Hex.format(raw));
    }
}
