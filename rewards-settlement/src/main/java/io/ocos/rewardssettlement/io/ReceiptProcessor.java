package io.ocos.rewardssettlement.io;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import org.web3j.protocol.Web3j;
import org.web3j.protocol.core.methods.response.EthGetTransactionReceipt;
import org.web3j.protocol.core.methods.response.TransactionReceipt;
import org.web3j.protocol.exceptions.TransactionException;
import org.web3j.tx.response.TransactionReceiptProcessor;

/** Waits for receipts: asks often at first, for chains that mine at once, then ever less often. */
final class ReceiptProcessor extends TransactionReceiptProcessor {

    private static final long FIRST_PAUSE_MILLIS = 2;
    private static final long LONGEST_PAUSE_MILLIS = 500;

    private final Web3j web3j;
    private final Duration timeout;

    ReceiptProcessor(Web3j web3j, Duration timeout) {
        super(web3j);
        this.web3j = web3j;
        this.timeout = timeout;
    }

    @Override
    public TransactionReceipt waitForTransactionReceipt(String hash) throws IOException, TransactionException {
        long start = System.nanoTime();
        long pauseMillis = FIRST_PAUSE_MILLIS;
        while (true) {
            EthGetTransactionReceipt answer =
                    web3j.ethGetTransactionReceipt(hash).send();
            if (answer.hasError()) {
                throw new TransactionException(
                        "transaction %s: the EVM node answered error %d: %s"
                                .formatted(
                                        hash,
                                        answer.getError().getCode(),
                                        answer.getError().getMessage()),
                        hash);
            }
            Optional<TransactionReceipt> receipt = answer.getTransactionReceipt();
            if (receipt.isPresent()) {
                return receipt.get();
            }
            if (System.nanoTime() - start > timeout.toNanos()) {
                throw new TransactionException("transaction %s was not mined within %s".formatted(hash, timeout), hash);
            }
            try {
                Thread.sleep(pauseMillis);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new TransactionException("interrupted while waiting for transaction %s".formatted(hash), hash);
            }
            pauseMillis = Math.min(2 * pauseMillis, LONGEST_PAUSE_MILLIS);
        }
    }
}
