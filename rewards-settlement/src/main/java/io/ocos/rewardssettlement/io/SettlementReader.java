package io.ocos.rewardssettlement.io;

import io.ocos.rewardssettlement.contracts.OcosToken;
import io.ocos.rewardssettlement.contracts.RewardsSettlement;
import io.ocos.rewardssettlement.domain.submission.ChainUnavailableException;
import io.ocos.rewardssettlement.domain.submission.SettlementChain.Block;
import io.ocos.rewardssettlement.domain.submission.SettlementChain.ChainBatch;
import io.ocos.rewardssettlement.domain.submission.SettlementChain.Contract;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.domain.TokenAmount;
import java.math.BigInteger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import org.web3j.protocol.core.RemoteFunctionCall;

/**
 * The settlement contract at one block, for those who look and send nothing: no key. Every method throws {@link
 * ChainUnavailableException} when there is no answer. Not for use by several threads.
 */
public final class SettlementReader implements AutoCloseable {

    /** Questions in one request. */
    private static final int QUESTIONS = 100;

    /**
     * The contract at a block.
     *
     * @param contract what the submitter looks at too
     * @param root of the finalized batch; zero before the first
     * @param paid to payees, wei
     * @param swept back to the treasury, wei
     * @param balance that the contract holds, wei
     * @param challengePeriodSeconds of proposals from now on
     */
    public record State(
            Block block,
            Contract contract,
            Address treasury,
            Address token,
            Hash32 root,
            TokenAmount paid,
            TokenAmount swept,
            TokenAmount balance,
            long challengePeriodSeconds) {}

    /**
     * What a payee was paid, and what is held back.
     *
     * @param claimed paid or swept, wei
     * @param withheld wei; may be more than what is owed
     */
    public record PayeeAccount(TokenAmount claimed, TokenAmount withheld) {}

    private final Web3jSettlementChain chain;
    private final Address settlement;

    /**
     * A contract at an endpoint. Nothing is asked yet.
     *
     * @param url never shown, as it may hold an access key
     */
    public SettlementReader(String url, Address settlement, Duration timeout) {
        this.settlement = settlement;
        this.chain = new Web3jSettlementChain("rpcUrl", url, settlement, Address.ZERO, timeout);
    }

    /** The chain's id. */
    public long chainId() {
        return chain.chainId();
    }

    /** Whether there is a settlement contract at the address. */
    public boolean hasContract() {
        return chain.hasContract();
    }

    /** The newest block. */
    public Block head() {
        return chain.head();
    }

    /** The block of a number in the chain as it is now; empty above the head. */
    public Optional<Block> block(long number) {
        return chain.block(number);
    }

    /** The contract at a block of the chain as it is now. */
    public State state(Block block) {
        Contract contract = chain.contract(block.number());
        return chain.asked("eth_call", () -> {
            RewardsSettlement wrapper = chain.settlement();
            List<Object> answers = chain.call(
                    block.number(),
                    settlement,
                    List.of(
                            wrapper.treasury(),
                            wrapper.token(),
                            wrapper.root(),
                            wrapper.paidTotal(),
                            wrapper.sweptTotal(),
                            wrapper.challengePeriodSeconds()));
            Address token = Address.parse((String) answers.get(1));
            OcosToken tokenWrapper = chain.token(token);
            List<Object> balance =
                    chain.call(block.number(), token, List.of(tokenWrapper.balanceOf(settlement.toString())));
            return new State(
                    block,
                    contract,
                    Address.parse((String) answers.get(0)),
                    token,
                    Hash32.of((byte[]) answers.get(2)),
                    amount(answers.get(3)),
                    amount(answers.get(4)),
                    amount(balance.get(0)),
                    ((BigInteger) answers.get(5)).longValueExact());
        });
    }

    /** What the contract knows of batches at a block, also of those that were never proposed. */
    public NavigableMap<Long, ChainBatch> batches(Collection<Long> numbers, long block) {
        NavigableMap<Long, ChainBatch> batches = new TreeMap<>();
        List<Long> asked = List.copyOf(numbers);
        List<Object> answers = all(block, asked, number -> chain.settlement().batchOf(BigInteger.valueOf(number)));
        for (int i = 0; i < asked.size(); i++) {
            batches.put(asked.get(i), Web3jSettlementChain.batch((RewardsSettlement.Batch) answers.get(i)));
        }
        return batches;
    }

    /** The accounts of payees at a block, in the order asked. */
    public Map<Address, PayeeAccount> accounts(Collection<Address> payees, long block) {
        Map<Address, PayeeAccount> accounts = new LinkedHashMap<>();
        List<Address> asked = List.copyOf(payees);
        List<Object> answers = all(block, asked, payee -> chain.settlement().accountOf(payee.toString()));
        for (int i = 0; i < asked.size(); i++) {
            RewardsSettlement.Account account = (RewardsSettlement.Account) answers.get(i);
            accounts.put(
                    asked.get(i),
                    new PayeeAccount(new TokenAmount(account.claimed), new TokenAmount(account.withheld)));
        }
        return accounts;
    }

    @Override
    public void close() {
        chain.close();
    }

    private <T> List<Object> all(long block, List<T> about, Function<T, RemoteFunctionCall<?>> question) {
        return chain.asked("eth_call", () -> {
            List<Object> answers = new ArrayList<>(about.size());
            for (int from = 0; from < about.size(); from += QUESTIONS) {
                answers.addAll(chain.call(
                        block,
                        settlement,
                        about.subList(from, Math.min(from + QUESTIONS, about.size())).stream()
                                .map(question)
                                .toList()));
            }
            return answers;
        });
    }

    private static TokenAmount amount(Object value) {
        return new TokenAmount((BigInteger) value);
    }
}
