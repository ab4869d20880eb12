package io.ocos.rewardssettlement.domain.review;

import io.ocos.rewardssettlement.domain.BatchLines;
import io.ocos.rewardssettlement.domain.Cid;
import io.ocos.rewardssettlement.domain.submission.SettlementChain;
import io.ocos.rewardssettlement.domain.submission.SettlementChain.ChainBatch;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.domain.TokenAmount;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Holds what every source says of the money against each other, to the wei: rewards = batches = artifacts = chain (SPEC 8–11).
 * All of it is of one cut: rewards and batches up to one batch, the chain up to one block.
 */
public final class Reconciliation {

    private static final String TOPIC = "topic settlement-batches";
    private static final String REWARDS = "table rewards";
    private static final String BATCHES = "table settlement_batches";
    private static final String LEAVES = "table settlement_leaves";
    private static final String EVENTS = "table chain_events";
    private static final String CONTRACT = "contract";
    private static final String TOKEN = "token";

    /** Payees of one comparison that are named; further ones are counted. */
    private static final int NAMED = 3;

    /**
     * Two sources that do not say the same.
     *
     * @param what it is about
     * @param where a source
     * @param value what it says
     * @param otherWhere another source
     * @param otherValue what that says
     */
    public record Difference(String what, String where, String value, String otherWhere, String otherValue) {

        /** One line. */
        @Override
        public String toString() {
            return "%s: %s has %s, %s has %s".formatted(what, where, value, otherWhere, otherValue);
        }
    }

    /**
     * A batch as the table has it.
     *
     * @param state column {@code state}
     * @param changed leaves that rose
     * @param leaves rows of {@code settlement_leaves}
     * @param leavesDelta Σ of their deltas, wei
     */
    public record TableBatch(BatchFacts facts, String state, long changed, long leaves, BigInteger leavesDelta) {}

    /**
     * An artifact.
     *
     * @param facts computed from its lines; null when it cannot be read
     * @param lines null when it cannot be read
     * @param problem why it cannot be read; empty when it can
     */
    public record Artifact(
            @Nullable BatchFacts facts, @Nullable BatchLines lines, String problem) {}

    /**
     * What batches were made of.
     *
     * @param number the newest batch of the cut
     * @param topic what was published, all up to the newest of the cut at least
     * @param table up to the newest of the cut
     * @param artifacts of the newest of the cut, and of every batch that the contract knows
     * @param rewards Σ of each payee's rewards in the minutes of the cut, wei; above 0
     * @param leaves each payee's newest cumulative amount among the leaves of the cut
     */
    public record Ledger(
            long number,
            NavigableMap<Long, BatchFacts> topic,
            NavigableMap<Long, TableBatch> table,
            Map<Long, Artifact> artifacts,
            SortedMap<Address, BigInteger> rewards,
            SortedMap<Address, BigInteger> leaves) {}

    /**
     * A proposal's event.
     *
     * @param artifactDigest SHA-256 of the artifact
     */
    public record Proposed(Hash32 root, TokenAmount total, long epoch, Hash32 artifactDigest) {}

    /**
     * What the events tell, wei, up to the block of the cut.
     *
     * @param proposed by number
     * @param vetoed numbers
     * @param funded by the number that was finalized
     * @param claimed Σ paid to each payee
     * @param swept Σ swept of each payee
     * @param withheld Σ withheld less released less swept of each payee
     * @param pulled Σ of the token's transfers from the treasury to the contract
     * @param returned Σ from the contract to the treasury
     * @param disbursed Σ from the contract to anybody else
     * @param contractBalance Σ of all transfers to the contract less all from it
     * @param treasuryBalance Σ of all transfers to the treasury less all from it
     */
    public record Events(
            NavigableMap<Long, Proposed> proposed,
            SortedSet<Long> vetoed,
            NavigableMap<Long, BigInteger> funded,
            SortedMap<Address, BigInteger> claimed,
            SortedMap<Address, BigInteger> swept,
            SortedMap<Address, BigInteger> withheld,
            BigInteger pulled,
            BigInteger returned,
            BigInteger disbursed,
            BigInteger contractBalance,
            BigInteger treasuryBalance) {}

    /**
     * A payee's account.
     *
     * @param claimed paid or swept, wei
     * @param withheld wei
     */
    public record Account(BigInteger claimed, BigInteger withheld) {}

    /**
     * The contract and its token at the block of the cut, wei.
     *
     * @param batches every batch that was proposed
     * @param accounts of every payee that any source names
     */
    public record Chain(
            NavigableMap<Long, ChainBatch> batches,
            long lastProposed,
            long lastFinalized,
            Hash32 root,
            BigInteger finalized,
            BigInteger paid,
            BigInteger swept,
            BigInteger contractBalance,
            BigInteger treasuryBalance,
            SortedMap<Address, Account> accounts) {}

    private final Ledger ledger;
    private final Events events;
    private final Chain chain;
    private final List<Difference> differences = new ArrayList<>();

    private Reconciliation(Ledger ledger, Events events, Chain chain) {
        this.ledger = ledger;
        this.events = events;
        this.chain = chain;
    }

    /** What differs, the nearest to the inputs first; empty when all is equal. */
    public static List<Difference> of(Ledger ledger, Events events, Chain chain) {
        Reconciliation reconciliation = new Reconciliation(ledger, events, chain);
        reconciliation.published();
        reconciliation.rewards();
        reconciliation.proposed();
        reconciliation.accounts();
        reconciliation.totals();
        return List.copyOf(reconciliation.differences);
    }

    private void published() {
        TokenAmount before = TokenAmount.ZERO;
        for (long number = 1; number <= ledger.number(); number++) {
            String what = "batch " + number;
            BatchFacts made = ledger.topic().get(number);
            TableBatch row = ledger.table().get(number);
            if (made == null || row == null) {
                compare(what, TOPIC, made == null ? "none" : "one", BATCHES, row == null ? "none" : "one");
                before = made == null ? before : made.total();
                continue;
            }
            compareFacts(made, BATCHES, row.facts());
            compare(what + " leaves that rose", BATCHES, row.changed(), LEAVES, row.leaves());
            compare(what + " delta", BATCHES, row.facts().delta(), LEAVES, row.leavesDelta());
            compare(
                    what + " delta",
                    TOPIC,
                    made.delta(),
                    TOPIC + " (its total less that of the batch before)",
                    made.total().wei().subtract(before.wei()));
            before = made.total();
        }
        ledger.artifacts().forEach((number, artifact) -> {
            BatchFacts made = ledger.topic().get(number);
            BatchFacts found = artifact.facts();
            if (made == null) {
                return; // The contract has a batch that was never published: said where the contract is compared.
            }
            if (found == null) {
                differences.add(new Difference(
                        "batch %d artifact".formatted(number), TOPIC, made.cid(), "artifact", artifact.problem()));
            } else {
                compareFacts(made, "artifact", found);
            }
        });
    }

    private void compareFacts(BatchFacts made, String where, BatchFacts found) {
        String what = "batch %d ".formatted(made.number());
        compare(what + "epoch", TOPIC, made.epoch(), where, found.epoch());
        compare(what + "root", TOPIC, made.root(), where, found.root());
        compare(what + "total", TOPIC, made.total(), where, found.total());
        compare(what + "delta", TOPIC, made.delta(), where, found.delta());
        compare(what + "payees", TOPIC, made.payees(), where, found.payees());
        compare(what + "CID", TOPIC, made.cid(), where, found.cid());
    }

    private void rewards() {
        Artifact artifact = ledger.artifacts().get(ledger.number());
        BatchLines lines = artifact == null ? null : artifact.lines();
        String what = "batch %d cumulative of ".formatted(ledger.number());
        if (lines == null) {
            comparePayees(what, LEAVES, ledger.leaves(), REWARDS, ledger.rewards());
            return;
        }
        SortedMap<Address, BigInteger> cumulative = new TreeMap<>();
        lines.stream()
                .forEach(line -> cumulative.put(line.payee(), line.cumulative().wei()));
        comparePayees(what, "artifact", cumulative, REWARDS, ledger.rewards());
        comparePayees(what, "artifact", cumulative, LEAVES, ledger.leaves());
    }

    private void proposed() {
        SortedSet<Long> numbers = new TreeSet<>(chain.batches().keySet());
        numbers.addAll(events.proposed().keySet());
        for (long number : numbers) {
            String what = "batch %d ".formatted(number);
            ChainBatch known = chain.batches().get(number);
            Proposed event = events.proposed().get(number);
            BatchFacts made = ledger.topic().get(number);
            if (known == null || event == null) {
                compare(
                        what + "proposal",
                        CONTRACT,
                        known == null ? "none" : "one",
                        EVENTS,
                        event == null ? "none" : "one");
                continue;
            }
            compare(what + "root", CONTRACT, known.root(), EVENTS, event.root());
            compare(what + "total", CONTRACT, known.cumulativeTotal(), EVENTS, event.total());
            compare(what + "epoch", CONTRACT, known.epoch(), EVENTS, event.epoch());
            if (made == null) {
                differences.add(new Difference(what.strip(), CONTRACT, "root " + known.root(), TOPIC, "none"));
                continue;
            }
            compare(what + "root", TOPIC, made.root(), CONTRACT, known.root());
            compare(what + "total", TOPIC, made.total(), CONTRACT, known.cumulativeTotal());
            compare(what + "epoch", TOPIC, made.epoch(), CONTRACT, known.epoch());
            compare(
                    what + "CID",
                    TOPIC,
                    made.cid(),
                    EVENTS,
                    Cid.ofDigest(event.artifactDigest().toBytes()));
            boolean finalized = known.state() == SettlementChain.BatchState.FINALIZED;
            compare(
                    what + "finalized",
                    CONTRACT,
                    finalized,
                    EVENTS,
                    events.funded().containsKey(number));
            compare(
                    what + "vetoed",
                    CONTRACT,
                    known.state() == SettlementChain.BatchState.VETOED,
                    EVENTS,
                    events.vetoed().contains(number));
        }
        ledger.table().forEach((number, row) -> {
            SettlementChain.BatchState onChain = Optional.ofNullable(
                            chain.batches().get(number))
                    .map(ChainBatch::state)
                    .orElse(SettlementChain.BatchState.NONE);
            compare(
                    "batch %d state".formatted(number),
                    BATCHES,
                    row.state(),
                    CONTRACT,
                    BatchState.of(number, onChain, chain.lastProposed()).name());
        });
    }

    private void accounts() {
        SortedMap<Address, BigInteger> taken = new TreeMap<>(events.claimed());
        events.swept().forEach((payee, amount) -> taken.merge(payee, amount, BigInteger::add));
        SortedMap<Address, BigInteger> claimed = new TreeMap<>();
        SortedMap<Address, BigInteger> withheld = new TreeMap<>();
        chain.accounts().forEach((payee, account) -> {
            claimed.put(payee, account.claimed());
            withheld.put(payee, account.withheld());
        });
        comparePayees("claimed and swept of ", EVENTS, taken, CONTRACT, claimed);
        comparePayees("withheld of ", EVENTS, events.withheld(), CONTRACT, withheld);
        Artifact finalized = ledger.artifacts().get(chain.lastFinalized());
        BatchLines lines = finalized == null ? null : finalized.lines();
        if (lines == null) {
            return;
        }
        claimed.forEach((payee, amount) -> {
            int row = lines.indexOf(payee);
            BigInteger owed = row < 0 ? BigInteger.ZERO : lines.cumulative(row).wei();
            atMost("claimed of " + payee, CONTRACT, amount, "artifact of batch " + chain.lastFinalized(), owed);
        });
    }

    private void totals() {
        ChainBatch last = chain.batches().get(chain.lastFinalized());
        if (last != null) {
            compare("root", CONTRACT, chain.root(), "batch %d".formatted(chain.lastFinalized()), last.root());
            compare(
                    "finalized",
                    CONTRACT,
                    chain.finalized(),
                    "batch %d".formatted(chain.lastFinalized()),
                    last.cumulativeTotal());
        }
        compare(
                "finalized",
                CONTRACT,
                chain.finalized(),
                EVENTS,
                sum(events.funded().values()));
        compare("finalized", CONTRACT, chain.finalized(), TOKEN + " (from the treasury)", events.pulled());
        compare("paid", CONTRACT, chain.paid(), EVENTS, sum(events.claimed().values()));
        compare("paid", CONTRACT, chain.paid(), TOKEN + " (to payees)", events.disbursed());
        compare("swept", CONTRACT, chain.swept(), EVENTS, sum(events.swept().values()));
        compare("swept", CONTRACT, chain.swept(), TOKEN + " (to the treasury)", events.returned());
        compare("balance of the contract", TOKEN, chain.contractBalance(), EVENTS, events.contractBalance());
        compare("balance of the treasury", TOKEN, chain.treasuryBalance(), EVENTS, events.treasuryBalance());
        BigInteger gone = chain.paid().add(chain.swept());
        atMost("paid and swept", CONTRACT, gone, CONTRACT + " (finalized)", chain.finalized());
        atMost("finalized", CONTRACT, chain.finalized(), TOKEN + " (from the treasury)", events.pulled());
        atMost(
                "owed",
                CONTRACT,
                chain.finalized().subtract(gone),
                TOKEN + " (balance of the contract)",
                chain.contractBalance());
    }

    private void comparePayees(
            String what,
            String where,
            SortedMap<Address, BigInteger> amounts,
            String otherWhere,
            SortedMap<Address, BigInteger> others) {
        SortedSet<Address> payees = new TreeSet<>(amounts.keySet());
        payees.addAll(others.keySet());
        int found = 0;
        for (Address payee : payees) {
            BigInteger amount = amounts.getOrDefault(payee, BigInteger.ZERO);
            BigInteger other = others.getOrDefault(payee, BigInteger.ZERO);
            if (!amount.equals(other) && ++found <= NAMED) {
                compare(what + payee, where, amount, otherWhere, other);
            }
        }
        if (found > NAMED) {
            differences.add(new Difference(
                    "%s%d more payees".formatted(what, found - NAMED),
                    where,
                    sum(amounts.values()) + " in all",
                    otherWhere,
                    sum(others.values()) + " in all"));
        }
    }

    private void compare(String what, String where, Object value, String otherWhere, Object otherValue) {
        if (!value.toString().equals(otherValue.toString())) {
            differences.add(new Difference(what, where, value.toString(), otherWhere, otherValue.toString()));
        }
    }

    private void atMost(String what, String where, BigInteger value, String otherWhere, BigInteger bound) {
        if (value.compareTo(bound) > 0) {
            differences.add(new Difference(what, where, value.toString(), otherWhere, "less: " + bound));
        }
    }

    private static BigInteger sum(Iterable<BigInteger> amounts) {
        BigInteger sum = BigInteger.ZERO;
        for (BigInteger amount : amounts) {
            sum = sum.add(amount);
        }
        return sum;
    }
}
