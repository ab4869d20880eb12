package io.ocos.rewardssettlement.io;

import io.ocos.schemas.domain.Address;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.web3j.crypto.Credentials;
import org.web3j.crypto.RawTransaction;
import org.web3j.crypto.TransactionEncoder;
import org.web3j.protocol.Web3j;
import org.web3j.protocol.core.BatchRequest;
import org.web3j.protocol.core.DefaultBlockParameterName;
import org.web3j.protocol.core.Response;
import org.web3j.protocol.core.methods.request.Transaction;
import org.web3j.protocol.core.methods.response.EthEstimateGas;
import org.web3j.protocol.core.methods.response.EthSendTransaction;
import org.web3j.protocol.core.methods.response.TransactionReceipt;
import org.web3j.protocol.exceptions.TransactionException;
import org.web3j.protocol.http.HttpService;
import org.web3j.tx.RawTransactionManager;
import org.web3j.tx.TransactionManager;
import org.web3j.tx.gas.ContractGasProvider;
import org.web3j.utils.Numeric;

/**
 * An operator's connection to an EVM node: one key, whose transactions it signs, sends and waits for. Not for use by
 * several threads or processes with the same key: they would take each other's nonces.
 */
public final class EvmClient implements AutoCloseable {

    private static final Duration MINED_WITHIN = Duration.ofMinutes(1);
    /** Within which the node looks for a transaction's limit: the smallest block limit of the chains in question. */
    private static final BigInteger MAX_GAS = BigInteger.valueOf(30_000_000);

    private static final BigInteger PAYMENT_GAS = BigInteger.valueOf(21_000);

    private static final BigInteger GAS_HEADROOM_PERCENT = BigInteger.valueOf(120);

    private final HttpService http;
    private final Web3j web3j;
    private final Credentials credentials;
    private final long chainId;
    private final TransactionManager transactions;
    private final ReceiptProcessor receipts;
    private final ContractGasProvider gas = new EstimatedGas();

    /**
     * Connects.
     *
     * @param privateKey 32 bytes
     * @throws UncheckedIOException when the node does not answer
     */
    public EvmClient(URI rpcUrl, byte[] privateKey) {
        this.http = new HttpService(rpcUrl.toString());
        this.web3j = Web3j.build(http);
        this.credentials = Credentials.create(Numeric.toHexString(privateKey));
        try {
            this.chainId = checked(web3j.ethChainId().send()).getChainId().longValueExact();
        } catch (IOException e) {
            throw new UncheckedIOException("%s: no answer from the EVM node".formatted(rpcUrl), e);
        }
        this.receipts = new ReceiptProcessor(web3j, MINED_WITHIN);
        this.transactions = new RawTransactionManager(web3j, credentials, chainId, receipts);
    }

    /**
     * Connects to a chain whose id is known; nothing is asked yet.
     *
     * @param timeout of each request
     */
    EvmClient(String rpcUrl, long chainId, byte[] privateKey, Duration timeout) {
        this.http = new HttpService(
                rpcUrl,
                HttpService.getOkHttpClientBuilder().callTimeout(timeout).build());
        this.web3j = Web3j.build(http);
        this.credentials = Credentials.create(Numeric.toHexString(privateKey));
        this.chainId = chainId;
        this.receipts = new ReceiptProcessor(web3j, MINED_WITHIN);
        this.transactions = new RawTransactionManager(web3j, credentials, chainId, receipts);
    }

    /** The chain's id. */
    public long chainId() {
        return chainId;
    }

    /** The address of the key. */
    public Address address() {
        return Address.parse(credentials.getAddress());
    }

    /** The connection under the wrappers. */
    public Web3j web3j() {
        return web3j;
    }

    /** Signs, sends and waits for single transactions of the wrappers. */
    public TransactionManager transactions() {
        return transactions;
    }

    /** Asks the node for price and limit; a call that would revert throws {@link RevertedException} here, unsent. */
    public ContractGasProvider gas() {
        return gas;
    }

    /**
     * Sends calls as transactions of their own, without waiting in between, then waits for all: many times faster than
     * one after the other. The calls must not depend on each other.
     *
     * @param calls encoded calls
     * @return receipts in the order of the calls
     * @throws RevertedException when a call would revert; then none was sent
     */
    public List<TransactionReceipt> sendAll(Address contract, List<String> calls)
            throws IOException, TransactionException {
        BigInteger price = gas.getGasPrice();
        BigInteger nonce = checked(
                        web3j.ethGetTransactionCount(credentials.getAddress(), DefaultBlockParameterName.PENDING)
                                .send())
                .getTransactionCount();
        BatchRequest batch = new BatchRequest(http);
        for (String call : calls) {
            BigInteger limit = gas.getGasLimit(
                    Transaction.createEthCallTransaction(credentials.getAddress(), contract.toString(), call));
            RawTransaction transaction =
                    RawTransaction.createTransaction(nonce, price, limit, contract.toString(), call);
            batch.add(web3j.ethSendRawTransaction(
                    Numeric.toHexString(TransactionEncoder.signMessage(transaction, chainId, credentials))));
            nonce = nonce.add(BigInteger.ONE);
        }
        List<String> hashes = new ArrayList<>();
        for (Response<?> response : batch.send().getResponses()) {
            hashes.add(checked((EthSendTransaction) response).getTransactionHash());
        }
        List<TransactionReceipt> mined = new ArrayList<>();
        for (String hash : hashes) {
            TransactionReceipt receipt = receipts.waitForTransactionReceipt(hash);
            if (!receipt.isStatusOK()) {
                throw new TransactionException(
                        "transaction %s failed in block %s: status %s, gas used %s"
                                .formatted(hash, receipt.getBlockNumber(), receipt.getStatus(), receipt.getGasUsed()),
                        receipt);
            }
            mined.add(receipt);
        }
        return mined;
    }

    /**
     * Pays coin of the chain, and waits until it is there.
     *
     * @param wei of the chain's own coin
     */
    public void pay(Address to, BigInteger wei) throws IOException, TransactionException {
        EthSendTransaction sent = transactions.sendTransaction(gas.getGasPrice(), PAYMENT_GAS, to.toString(), "", wei);
        TransactionReceipt receipt =
                receipts.waitForTransactionReceipt(checked(sent).getTransactionHash());
        if (!receipt.isStatusOK()) {
            throw new TransactionException(
                    "payment %s failed in block %s".formatted(receipt.getTransactionHash(), receipt.getBlockNumber()),
                    receipt);
        }
    }

    @Override
    public void close() {
        web3j.shutdown();
    }

    private static <T extends Response<?>> T checked(T response) throws IOException {
        if (response.hasError()) {
            throw new IOException("the EVM node answered error %d: %s"
                    .formatted(
                            response.getError().getCode(), response.getError().getMessage()));
        }
        return response;
    }

    private final class EstimatedGas implements ContractGasProvider {

        @Override
        public BigInteger getGasPrice() {
            try {
                return checked(web3j.ethGasPrice().send()).getGasPrice();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public BigInteger getGasLimit(Transaction transaction) {
            try {
                EthEstimateGas answer = web3j.ethEstimateGas(transaction).send();
                if (answer.hasError() && answer.getError().getData() != null) {
                    throw RevertedException.of(answer.getError());
                }
                return checked(answer)
                        .getAmountUsed()
                        .multiply(GAS_HEADROOM_PERCENT)
                        .divide(BigInteger.valueOf(100));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public BigInteger getGasLimit() {
            return MAX_GAS;
        }
    }
}
