package io.ocos.rewardssettlement.io;

import io.ocos.rewardssettlement.domain.submission.ChainUnavailableException;
import io.ocos.rewardssettlement.domain.submission.FeePolicy;
import io.ocos.rewardssettlement.domain.submission.Fees;
import io.ocos.rewardssettlement.domain.submission.SettlementChain.Account;
import io.ocos.rewardssettlement.domain.submission.SettlementChain.Block;
import io.ocos.rewardssettlement.domain.submission.SettlementChain.BlockRef;
import io.ocos.rewardssettlement.domain.submission.SettlementChain.FeeQuote;
import io.ocos.rewardssettlement.domain.submission.SettlementChain.Receipt;
import io.ocos.rewardssettlement.domain.submission.SettlementChain.SendResult;
import io.ocos.rewardssettlement.domain.submission.SettlementChain.SendStatus;
import io.ocos.rewardssettlement.domain.submission.TransactionSigner;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.domain.Keccak;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.web3j.protocol.core.DefaultBlockParameter;
import org.web3j.protocol.core.RemoteFunctionCall;
import org.web3j.protocol.core.methods.request.EthFilter;
import org.web3j.protocol.core.methods.response.EthLog;
import org.web3j.protocol.core.methods.response.Log;
import org.web3j.tx.exceptions.ContractCallException;

/**
 * Sends calls for a person, one at a time, with one key. Everything that can be known to be wrong is found before anything is
 * signed: endpoint, chain, contract, role, what the contract would say, fees, balance. A call counts as done when so many blocks
 * stand on its own as the deployment asks for. Not for use by several threads, or by several processes with one key.
 */
public final class OperatorClient implements AutoCloseable {

    private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(250);
    private static final long RESEND_NANOS = TimeUnit.SECONDS.toNanos(5);
    /** So often in a row must a foreign transaction be seen in our nonce's place before it is believed. */
    private static final int LOOKS = 3;

    private static final long GAS_HEADROOM_PERCENT = 130;

    /**
     * What is acceptable.
     *
     * @param minedWithin how long it waits for a block with the transaction, and as long again for the blocks above it
     * @param fees caps; nothing above is ever signed
     * @param maxGas gas limit above which nothing is signed
     */
    public record Policy(Duration minedWithin, FeePolicy fees, long maxGas) {

        /** EIP-1559 where the chain has it, at most 100 gwei per gas and 20 gwei priority, 10 million gas, 3 minutes. */
        public static final Policy STANDARD = new Policy(
                Duration.ofMinutes(3),
                new FeePolicy(false, BigInteger.TEN.pow(11), BigInteger.TWO.multiply(BigInteger.TEN.pow(10))),
                10_000_000);
    }

    /**
     * What is to be done.
     *
     * @param what in words, such as {@code veto of batch 7}
     * @param role that the caller must have at the contract, such as {@code GUARDIAN_ROLE}; empty for what anyone may do
     * @param call encoded, 0x-hex
     */
    public record Intent(String what, Address contract, Optional<String> role, String call) {

        /** What anyone may do. */
        public static Intent ofAnyone(String what, Address contract, RemoteFunctionCall<?> call) {
            return new Intent(what, contract, Optional.empty(), call.encodeFunctionCall());
        }

        /** What takes a role. */
        public static Intent of(String role, String what, Address contract, RemoteFunctionCall<?> call) {
            return new Intent(what, contract, Optional.of(role), call.encodeFunctionCall());
        }
    }

    /**
     * A call that is done.
     *
     * @param block that it is in, with enough blocks above
     */
    public record Done(Hash32 transaction, BlockRef block, long gasUsed) {}

    private final Deployment deployment;
    private final Policy policy;
    private final Web3jSettlementChain chain;
    private final SettlementSigner signer;
    private final EvmClient evm;

    private OperatorClient(
            Deployment deployment, Policy policy, Web3jSettlementChain chain, SettlementSigner signer, EvmClient evm) {
        this.deployment = deployment;
        this.policy = policy;
        this.chain = chain;
        this.signer = signer;
        this.evm = evm;
    }

    /**
     * Connects, and asks the endpoint whether it is one of this chain and has the contract.
     *
     * @param url never shown, as it may hold an access key
     * @param privateKey 32 bytes
     * @param timeout of each request
     * @throws RefusedException when it is not, or does not answer
     */
    public static OperatorClient open(
            String url, Deployment deployment, byte[] privateKey, Policy policy, Duration timeout) {
        SettlementSigner signer = new SettlementSigner(privateKey, deployment.chainId(), deployment.settlement());
        Web3jSettlementChain chain =
                new Web3jSettlementChain("rpcUrl", url, deployment.settlement(), signer.address(), timeout);
        try {
            long its = chain.chainId();
            if (its != deployment.chainId()) {
                throw new RefusedException("rpcUrl has chain id %d, the deployment %d; expected the same"
                        .formatted(its, deployment.chainId()));
            }
            if (!chain.hasContract()) {
                throw new RefusedException(
                        "rpcUrl has no settlement contract at %s".formatted(deployment.settlement()));
            }
            return new OperatorClient(
                    deployment, policy, chain, signer, new EvmClient(url, deployment.chainId(), privateKey, timeout));
        } catch (ChainUnavailableException e) {
            chain.close();
            throw new RefusedException(String.valueOf(e.getMessage()), e);
        } catch (RuntimeException e) {
            chain.close();
            throw e;
        }
    }

    /** Who sends. */
    public Address address() {
        return signer.address();
    }

    /** Where the contracts are. */
    public Deployment deployment() {
        return deployment;
    }

    /** For the clients of the contracts, to ask and to encode with; what is sent goes through {@link #send}. */
    public EvmClient evm() {
        return evm;
    }

    /**
     * Time of the newest block.
     *
     * @throws RefusedException when there is no answer
     */
    public Instant now() {
        return Instant.ofEpochSecond(head().timeSeconds());
    }

    /**
     * Time of a block.
     *
     * @throws RefusedException when there is no answer, or the block is not in the chain
     */
    public Instant timeOf(BlockRef block) {
        return Instant.ofEpochSecond(asked(() -> chain.block(block.number()))
                .filter(found -> found.ref().equals(block))
                .orElseThrow(() -> new RefusedException("rpcUrl: block %s is not in the chain".formatted(block)))
                .timeSeconds());
    }

    private Block head() {
        return asked(chain::head);
    }

    private static <T> T asked(Supplier<T> question) {
        try {
            return question.get();
        } catch (ChainUnavailableException e) {
            throw new RefusedException(String.valueOf(e.getMessage()), e);
        }
    }

    /**
     * Asks a contract.
     *
     * @throws RefusedException when there is no answer
     * @throws RevertedException when the contract refuses the question
     */
    public <T> T ask(RemoteFunctionCall<T> question) {
        try {
            return question.send();
        } catch (RevertedException e) {
            throw e;
        } catch (IOException | ContractCallException e) {
            throw new RefusedException("rpcUrl: eth_call: no answer: %s".formatted(e.getMessage()), e);
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) { // The wrappers declare nothing more precise.
            throw new IllegalStateException(e);
        }
    }

    /**
     * All events of one kind that a contract had, in order; asked in parts where the node does not answer for all at once.
     *
     * @param topics of the event: its signature's hash, then indexed values
     * @throws RefusedException when there is no answer
     */
    List<Log> logs(Address contract, String... topics) {
        List<Log> logs = new ArrayList<>();
        long head = head().number();
        long from = deployment.deploymentBlock();
        long blocks = head - from + 1;
        while (from <= head) {
            long to = Math.min(head, from + blocks - 1);
            EthFilter filter = new EthFilter(
                    DefaultBlockParameter.valueOf(BigInteger.valueOf(from)),
                    DefaultBlockParameter.valueOf(BigInteger.valueOf(to)),
                    contract.toString());
            for (String topic : topics) {
                filter.addSingleTopic(topic);
            }
            String failure;
            try {
                EthLog answer = evm.web3j().ethGetLogs(filter).send();
                if (!answer.hasError()) {
                    for (EthLog.LogResult<?> log : answer.getLogs()) {
                        logs.add((Log) log.get());
                    }
                    from = to + 1;
                    continue;
                }
                failure = answer.getError().getMessage();
            } catch (IOException e) {
                failure = e.getMessage();
            }
            if (blocks == 1) {
                throw new RefusedException("rpcUrl: eth_getLogs of block %d: %s".formatted(from, failure));
            }
            blocks = Math.max(1, blocks / 4);
        }
        return logs;
    }

    /** Whether an account has a role at a contract. */
    public boolean hasRole(Address contract, String role, Address account) {
        byte[] hash = Keccak.hash(role.getBytes(StandardCharsets.US_ASCII));
        return asked(() -> chain.hasRole(contract, hash, account));
    }

    /**
     * Checks, signs, sends and waits.
     *
     * @param progress told the hash before anything is sent, and what comes then, one line each
     * @throws RefusedException when nothing has happened
     * @throws CallFailedException when it was sent, and failed or may yet be mined
     */
    public Done send(Intent intent, Consumer<String> progress) {
        TransactionSigner.Signed signed;
        long nonce;
        try {
            Account account = chain.account(chain.head().number());
            nonce = account.nonce();
            signed = sign(intent, account);
        } catch (ChainUnavailableException e) {
            throw new RefusedException("%s: nothing is sent: %s".formatted(intent.what(), e.getMessage()), e);
        }
        progress.accept("%s: transaction %s of %s, nonce %d".formatted(intent.what(), signed.hash(), address(), nonce));
        broadcast(intent, signed);
        Receipt receipt = awaitReceipt(intent, signed, nonce);
        progress.accept("in block %s, %d gas".formatted(receipt.block(), receipt.gasUsed()));
        receipt = awaitConfirmations(intent, signed, nonce);
        if (!receipt.succeeded()) {
            throw new CallFailedException("%s failed: transaction %s reverted in block %s, after %d gas"
                    .formatted(intent.what(), signed.hash(), receipt.block(), receipt.gasUsed()));
        }
        progress.accept("done, %d blocks above it".formatted(deployment.confirmations()));
        return new Done(signed.hash(), receipt.block(), receipt.gasUsed());
    }

    private TransactionSigner.Signed sign(Intent intent, Account account) {
        if (intent.role().isPresent()
                && !hasRole(intent.contract(), intent.role().get(), address())) {
            throw new RefusedException("%s: %s has no %s at %s; the DAO grants it"
                    .formatted(intent.what(), address(), intent.role().get(), intent.contract()));
        }
        if (chain.pendingNonce() > account.nonce()) {
            throw new RefusedException(
                    "%s: %s has a transaction under way, with nonce %d; wait until it is mined, or replace it in a wallet"
                            .formatted(intent.what(), address(), account.nonce()));
        }
        long gas;
        try {
            gas = chain.estimate(intent.contract(), intent.call()) * GAS_HEADROOM_PERCENT / 100;
        } catch (RevertedException e) {
            throw new RefusedException("%s would be refused: %s".formatted(intent.what(), e.detail()), e);
        }
        if (gas > policy.maxGas()) {
            throw new RefusedException("%s takes %d gas, with headroom; expected at most %d"
                    .formatted(intent.what(), gas, policy.maxGas()));
        }
        FeeQuote quote = chain.fees();
        Fees fees = policy.fees()
                .initial(quote)
                .orElseThrow(() -> new RefusedException(
                        "%s: the chain asks for more than the cap of %s wei per gas: base fee %s, gas price %s"
                                .formatted(
                                        intent.what(),
                                        policy.fees().maxFeePerGas(),
                                        quote.baseFee()
                                                .map(BigInteger::toString)
                                                .orElse("none"),
                                        quote.gasPrice())));
        BigInteger cost = fees.maxFeePerGas().multiply(BigInteger.valueOf(gas));
        if (account.balance().compareTo(cost) < 0 || account.balance().signum() == 0) {
            throw new RefusedException("%s may cost %s of the chain's coin, %s has %s"
                    .formatted(intent.what(), coins(cost), address(), coins(account.balance())));
        }
        return signer.sign(intent.contract(), intent.call(), account.nonce(), gas, fees);
    }

    /** What a node refuses has not happened; when it does not answer, that shows later. */
    private void broadcast(Intent intent, TransactionSigner.Signed signed) {
        try {
            SendResult result = chain.send(signed.raw());
            if (result.status() != SendStatus.ACCEPTED) {
                throw new RefusedException("%s: the node refuses transaction %s: %s"
                        .formatted(intent.what(), signed.hash(), result.detail()));
            }
        } catch (ChainUnavailableException e) {
            // It may have been taken: it is looked for, and sent again when nobody knows it.
        }
    }

    private Receipt awaitReceipt(Intent intent, TransactionSigner.Signed signed, long nonce) {
        long start = System.nanoTime();
        long sentAt = start;
        int foreign = 0;
        String unknown = "it is not mined";
        while (System.nanoTime() - start < policy.minedWithin().toNanos()) {
            try {
                Optional<Receipt> receipt = chain.receipt(signed.hash());
                if (receipt.isPresent()) {
                    return receipt.get();
                }
                foreign = chain.account(chain.head().number()).nonce() > nonce ? foreign + 1 : 0;
                if (foreign >= LOOKS) {
                    throw new CallFailedException("%s failed: another transaction of %s has taken nonce %d"
                            .formatted(intent.what(), address(), nonce));
                }
                if (System.nanoTime() - sentAt > RESEND_NANOS && !chain.knows(signed.hash())) {
                    sentAt = System.nanoTime();
                    chain.send(signed.raw());
                }
            } catch (ChainUnavailableException e) {
                unknown = String.valueOf(e.getMessage());
            }
            pause(intent, signed);
        }
        throw new CallFailedException("%s: transaction %s may yet be mined, after %s: %s"
                .formatted(intent.what(), signed.hash(), policy.minedWithin(), unknown));
    }

    /** The receipt that stays: a reorg may put the transaction into another block. */
    private Receipt awaitConfirmations(Intent intent, TransactionSigner.Signed signed, long nonce) {
        Receipt receipt = awaitReceipt(intent, signed, nonce);
        long start = System.nanoTime();
        while (System.nanoTime() - start < policy.minedWithin().toNanos()) {
            try {
                if (chain.head().number() - receipt.block().number() >= deployment.confirmations()) {
                    Receipt now = awaitReceipt(intent, signed, nonce);
                    if (now.block().equals(receipt.block())) {
                        return now;
                    }
                    receipt = now;
                }
            } catch (ChainUnavailableException e) {
                // The same is asked again.
            }
            pause(intent, signed);
        }
        throw new CallFailedException("%s: transaction %s is in block %s, and less than %d blocks stand on it after %s"
                .formatted(
                        intent.what(),
                        signed.hash(),
                        receipt.block(),
                        deployment.confirmations(),
                        policy.minedWithin()));
    }

    private static void pause(Intent intent, TransactionSigner.Signed signed) {
        LockSupport.parkNanos(POLL_NANOS);
        if (Thread.currentThread().isInterrupted()) {
            throw new CallFailedException(
                    "%s: transaction %s may yet be mined: interrupted".formatted(intent.what(), signed.hash()));
        }
    }

    private static String coins(BigInteger wei) {
        return wei.signum() == 0
                ? "0"
                : new BigDecimal(wei, 18).stripTrailingZeros().toPlainString();
    }

    @Override
    public void close() {
        chain.close();
        evm.close();
    }
}
