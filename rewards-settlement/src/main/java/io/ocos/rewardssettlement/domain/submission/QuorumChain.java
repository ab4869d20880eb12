package io.ocos.rewardssettlement.domain.submission;

import io.ocos.schemas.domain.Hash32;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * Several endpoints of one chain as one. An answer counts when a quorum gives the same; a block counts as the head when a quorum
 * has it. Endpoints that contradict each other without a quorum are an error, and so nothing is done. A transaction is handed to
 * all of them.
 */
public final class QuorumChain implements SettlementChain {

    /** Is told of every answer that was outvoted, and of every endpoint that failed. */
    public interface Listener {

        /**
         * An endpoint gave another answer than the quorum, or there was none.
         *
         * @param endpoint its index, in the order in which endpoints were given
         */
        void disagreed(int endpoint, String question);

        /**
         * An endpoint gave no answer.
         *
         * @param endpoint its index, in the order in which endpoints were given
         */
        void failed(int endpoint, String question, ChainUnavailableException failure);
    }

    private final List<SettlementChain> endpoints;
    private final int quorum;
    private final Listener listener;

    /**
     * One chain of several endpoints.
     *
     * @param quorum how many must agree: more than half of them, or two contradicting answers could both have it
     */
    public QuorumChain(List<? extends SettlementChain> endpoints, int quorum, Listener listener) {
        this.endpoints = List.copyOf(endpoints);
        this.quorum = quorum;
        this.listener = listener;
        if (quorum * 2 <= endpoints.size() || quorum > endpoints.size()) {
            throw new IllegalArgumentException(
                    "quorum %d of %d endpoints, expected more than half of them, and at most all"
                            .formatted(quorum, endpoints.size()));
        }
    }

    @Override
    public long chainId() {
        return agree("chain id", SettlementChain::chainId);
    }

    @Override
    public boolean hasContract() {
        return agree("contract", SettlementChain::hasContract);
    }

    @Override
    public Block head() {
        List<Long> heads = new ArrayList<>(
                ask("head", endpoint -> endpoint.head().number()).values());
        heads.sort(Comparator.reverseOrder());
        long reached = heads.get(quorum - 1);
        return agree("block " + reached, endpoint -> endpoint.block(reached))
                .orElseThrow(() -> new ChainDisagreementException(
                        "block %d: a quorum had it, and has it no more".formatted(reached)));
    }

    @Override
    public Optional<Block> block(long number) {
        return agree("block " + number, endpoint -> endpoint.block(number));
    }

    @Override
    public Contract contract(long blockNumber) {
        return agree("contract at block " + blockNumber, endpoint -> endpoint.contract(blockNumber));
    }

    @Override
    public ChainBatch batch(long number, long blockNumber) {
        return agree("batch " + number, endpoint -> endpoint.batch(number, blockNumber));
    }

    @Override
    public Account account(long blockNumber) {
        return agree("account at block " + blockNumber, endpoint -> endpoint.account(blockNumber));
    }

    /** The highest that any has: a pool knows only what it was told of. */
    @Override
    public long pendingNonce() {
        return ask("pending nonce", SettlementChain::pendingNonce).values().stream()
                .mapToLong(Long::longValue)
                .max()
                .orElseThrow();
    }

    @Override
    public Optional<Receipt> receipt(Hash32 transaction) {
        return agree("receipt of " + transaction, endpoint -> endpoint.receipt(transaction));
    }

    @Override
    public boolean knows(Hash32 transaction) {
        return ask("transaction " + transaction, endpoint -> endpoint.knows(transaction))
                .values()
                .contains(true);
    }

    /** The middle one, the dearer of two: a single endpoint cannot make it too low or too high. */
    @Override
    public FeeQuote fees() {
        List<FeeQuote> quotes =
                new ArrayList<>(ask("fees", SettlementChain::fees).values());
        quotes.sort(Comparator.comparing(quote ->
                quote.baseFee().orElse(BigInteger.ZERO).add(quote.priorityFee()).max(quote.gasPrice())));
        return quotes.get(quotes.size() / 2);
    }

    /** What a quorum agrees on; of the gas, the most that any of it says. */
    @Override
    public Estimate estimate(Call call) {
        Map<Integer, Estimate> answers = ask("estimate", endpoint -> endpoint.estimate(call));
        List<Estimate> accepting = answers.values().stream()
                .filter(estimate -> estimate.refusal().isEmpty())
                .toList();
        if (accepting.size() >= quorum) {
            return new Estimate(
                    accepting.stream().mapToLong(Estimate::gas).max().orElseThrow(), Optional.empty());
        }
        if (answers.size() - accepting.size() >= quorum) {
            return answers.values().stream()
                    .filter(estimate -> estimate.refusal().isPresent())
                    .findFirst()
                    .orElseThrow();
        }
        throw new ChainDisagreementException(
                "the endpoints contradict each other on whether '%s' is possible: %s".formatted(call, answers));
    }

    @Override
    public SendResult send(String raw) {
        SendResult worst = null;
        SendResult accepted = null;
        ChainUnavailableException failure = null;
        for (int i = 0; i < endpoints.size(); i++) {
            try {
                SendResult result = endpoints.get(i).send(raw);
                if (result.status() == SendStatus.ACCEPTED) {
                    accepted = result;
                } else {
                    worst = result;
                }
            } catch (ChainUnavailableException e) {
                listener.failed(i, "send", e);
                failure = e;
            }
        }
        if (accepted != null) {
            return accepted;
        }
        if (failure != null) {
            // It may be on its way there.
            throw failure;
        }
        if (worst == null) {
            throw new IllegalStateException("no endpoint");
        }
        return worst;
    }

    private <T> T agree(String question, Function<SettlementChain, T> ask) {
        Map<Integer, T> answers = ask(question, ask);
        Map<T, Integer> votes = new LinkedHashMap<>();
        answers.values().forEach(answer -> votes.merge(answer, 1, Integer::sum));
        for (Map.Entry<T, Integer> vote : votes.entrySet()) {
            if (vote.getValue() >= quorum) {
                answers.forEach((endpoint, answer) -> {
                    if (!answer.equals(vote.getKey())) {
                        listener.disagreed(endpoint, question);
                    }
                });
                return vote.getKey();
            }
        }
        answers.keySet().forEach(endpoint -> listener.disagreed(endpoint, question));
        throw new ChainDisagreementException(
                "the endpoints contradict each other on %s: %s".formatted(question, answers));
    }

    private <T> Map<Integer, T> ask(String question, Function<SettlementChain, T> ask) {
        Map<Integer, T> answers = new LinkedHashMap<>();
        ChainUnavailableException failure = null;
        for (int i = 0; i < endpoints.size(); i++) {
            try {
                answers.put(i, ask.apply(endpoints.get(i)));
            } catch (ChainUnavailableException e) {
                listener.failed(i, question, e);
                failure = e;
            }
        }
        if (answers.size() < quorum) {
            throw endpoints.size() == 1 && failure != null
                    ? failure
                    : new ChainUnavailableException(
                            "%s: %d of %d endpoints answered, expected at least %d"
                                    .formatted(question, answers.size(), endpoints.size(), quorum),
                            failure == null ? new IllegalStateException("no endpoint") : failure);
        }
        return answers;
    }
}
