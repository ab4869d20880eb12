package io.ocos.rewardssettlement.domain.review;

import static org.assertj.core.api.Assertions.assertThat;

import io.ocos.rewardssettlement.domain.Batch;
import io.ocos.rewardssettlement.domain.BatchLines;
import io.ocos.rewardssettlement.domain.review.Reconciliation.Account;
import io.ocos.rewardssettlement.domain.review.Reconciliation.Artifact;
import io.ocos.rewardssettlement.domain.review.Reconciliation.Chain;
import io.ocos.rewardssettlement.domain.review.Reconciliation.Difference;
import io.ocos.rewardssettlement.domain.review.Reconciliation.Events;
import io.ocos.rewardssettlement.domain.review.Reconciliation.Ledger;
import io.ocos.rewardssettlement.domain.review.Reconciliation.Proposed;
import io.ocos.rewardssettlement.domain.review.Reconciliation.TableBatch;
import io.ocos.rewardssettlement.domain.submission.SettlementChain;
import io.ocos.rewardssettlement.domain.submission.SettlementChain.ChainBatch;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.TokenAmount;
import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/**
 * Two batches of two payees: 100 and 50, then 30 more for the first. The second is finalized, the first superseded; 115 were
 * claimed of the first payee and 10 swept, 5 more are withheld.
 */
class ReconciliationTest {

    private static final Address ALICE = new Address(0, 0, 1);
    private static final Address BOB = new Address(0, 0, 2);
    private static final BigInteger TREASURY = BigInteger.valueOf(1_000);

    private final Batch first = batch(1, 100, 100, 50, 50);
    private final Batch second = batch(2, 130, 30, 50, 0);
    private final NavigableMap<Long, BatchFacts> topic = new TreeMap<>();
    private final NavigableMap<Long, TableBatch> table = new TreeMap<>();
    private final Map<Long, Artifact> artifacts = new TreeMap<>();
    private final SortedMap<Address, BigInteger> rewards = amounts(130, 50);
    private final SortedMap<Address, BigInteger> leaves = amounts(130, 50);
    private final NavigableMap<Long, Proposed> proposed = new TreeMap<>();
    private final TreeSet<Long> vetoed = new TreeSet<>();
    private final NavigableMap<Long, BigInteger> funded = new TreeMap<>(Map.of(2L, BigInteger.valueOf(180)));
    private final SortedMap<Address, BigInteger> claimed = new TreeMap<>(Map.of(ALICE, BigInteger.valueOf(115)));
    private final SortedMap<Address, BigInteger> swept = new TreeMap<>(Map.of(ALICE, BigInteger.TEN));
    private final SortedMap<Address, BigInteger> withheld = new TreeMap<>(Map.of(ALICE, BigInteger.valueOf(5)));
    private final NavigableMap<Long, ChainBatch> known = new TreeMap<>();
    private final SortedMap<Address, Account> accounts = new TreeMap<>();
    private long pulled = 180;
    private final long returned = 10;
    private long disbursed = 115;
    private long contractBalance = 55;
    private final long finalized = 180;
    private long paid = 115;
    private final long sweptTotal = 10;

    ReconciliationTest() {
        topic.put(1L, BatchFacts.of(first));
        topic.put(2L, BatchFacts.of(second));
        table.put(1L, new TableBatch(BatchFacts.of(first), "SUPERSEDED", 2, 2, BigInteger.valueOf(150)));
        table.put(2L, new TableBatch(BatchFacts.of(second), "FINALIZED", 1, 1, BigInteger.valueOf(30)));
        artifacts.put(2L, new Artifact(BatchFacts.of(second), second.lines(), ""));
        proposed.put(
                2L,
                new Proposed(
                        second.root(),
                        second.cumulativeTotal(),
                        second.epoch(),
                        second.artifactId().digest()));
        known.put(2L, onChain(SettlementChain.BatchState.FINALIZED));
        accounts.put(ALICE, new Account(BigInteger.valueOf(125), BigInteger.valueOf(5)));
        accounts.put(BOB, new Account(BigInteger.ZERO, BigInteger.ZERO));
    }

    @Test
    void allIsEqual() {
        assertThat(differences()).isEmpty();
    }

    @Test
    void rewardsAndLeaves() {
        rewards.put(BOB, BigInteger.valueOf(51));
        leaves.remove(ALICE);
        assertThat(texts())
                .containsExactly(
                        "batch 2 cumulative of %s: artifact has 50, table rewards has 51".formatted(BOB),
                        "batch 2 cumulative of %s: artifact has 130, table settlement_leaves has 0".formatted(ALICE));
    }

    @Test
    void moreThanThreePayeesAreCounted() {
        for (int i = 10; i < 15; i++) {
            rewards.put(new Address(0, 0, i), BigInteger.ONE);
        }
        assertThat(texts())
                .hasSize(4)
                .last()
                .isEqualTo(
                        "batch 2 cumulative of 2 more payees: artifact has 180 in all, table rewards has 185 in all");
    }

    @Test
    void deltasAndLeavesOfABatch() {
        table.put(1L, new TableBatch(BatchFacts.of(first), "SUPERSEDED", 2, 1, BigInteger.valueOf(100)));
        assertThat(texts())
                .containsExactly(
                        "batch 1 leaves that rose: table settlement_batches has 2, table settlement_leaves has 1",
                        "batch 1 delta: table settlement_batches has 150, table settlement_leaves has 100");
    }

    @Test
    void aBatchThatIsNotInTheTable() {
        table.remove(1L);
        assertThat(texts())
                .containsExactly("batch 1: topic settlement-batches has one, table settlement_batches has none");
    }

    @Test
    void aStateThatIsNotTheContracts() {
        table.put(1L, new TableBatch(BatchFacts.of(first), "CREATED", 2, 2, BigInteger.valueOf(150)));
        assertThat(texts())
                .containsExactly("batch 1 state: table settlement_batches has CREATED, contract has SUPERSEDED");
    }

    @Test
    void aProposalOfAnotherArtifact() {
        proposed.put(
                2L,
                new Proposed(
                        second.root(),
                        second.cumulativeTotal(),
                        second.epoch(),
                        first.artifactId().digest()));
        assertThat(texts())
                .containsExactly("batch 2 CID: topic settlement-batches has %s, table chain_events has %s"
                        .formatted(second.cid(), first.cid()));
    }

    @Test
    void aVetoAndAFinalizationThatNoEventTells() {
        funded.clear();
        vetoed.add(2L);
        assertThat(texts())
                .containsExactly(
                        "batch 2 finalized: contract has true, table chain_events has false",
                        "batch 2 vetoed: contract has false, table chain_events has true",
                        "finalized: contract has 180, table chain_events has 0");
    }

    @Test
    void paidAndSweptAboveFinalized() {
        claimed.put(ALICE, BigInteger.valueOf(121));
        claimed.put(BOB, BigInteger.valueOf(50));
        accounts.put(ALICE, new Account(BigInteger.valueOf(131), BigInteger.valueOf(5)));
        accounts.put(BOB, new Account(BigInteger.valueOf(50), BigInteger.ZERO));
        paid = 171;
        disbursed = 171;
        contractBalance = -1;
        assertThat(texts())
                .containsExactly(
                        "claimed of %s: contract has 131, artifact of batch 2 has less: 130".formatted(ALICE),
                        "paid and swept: contract has 181, contract (finalized) has less: 180");
    }

    @Test
    void finalizedAboveWhatWasFunded() {
        pulled = 170;
        contractBalance = 45;
        assertThat(texts())
                .containsExactly(
                        "finalized: contract has 180, token (from the treasury) has 170",
                        "finalized: contract has 180, token (from the treasury) has less: 170",
                        "owed: contract has 55, token (balance of the contract) has less: 45");
    }

    @Test
    void withheldAndSweptOfAPayee() {
        withheld.put(BOB, BigInteger.ONE);
        swept.put(ALICE, BigInteger.valueOf(9));
        assertThat(texts())
                .containsExactly(
                        "claimed and swept of %s: table chain_events has 124, contract has 125".formatted(ALICE),
                        "withheld of %s: table chain_events has 1, contract has 0".formatted(BOB),
                        "swept: contract has 10, table chain_events has 9");
    }

    private List<String> texts() {
        return differences().stream().map(Difference::toString).toList();
    }

    private List<Difference> differences() {
        return Reconciliation.of(
                new Ledger(2, topic, table, artifacts, rewards, leaves),
                new Events(
                        proposed,
                        vetoed,
                        funded,
                        claimed,
                        swept,
                        withheld,
                        BigInteger.valueOf(pulled),
                        BigInteger.valueOf(returned),
                        BigInteger.valueOf(disbursed),
                        BigInteger.valueOf(contractBalance),
                        TREASURY),
                new Chain(
                        known,
                        2,
                        2,
                        second.root(),
                        BigInteger.valueOf(finalized),
                        BigInteger.valueOf(paid),
                        BigInteger.valueOf(sweptTotal),
                        BigInteger.valueOf(contractBalance),
                        TREASURY,
                        accounts));
    }

    private ChainBatch onChain(SettlementChain.BatchState state) {
        return new ChainBatch(state, second.root(), second.epoch(), second.cumulativeTotal(), 0);
    }

    /** Cumulative and delta of both payees, wei. */
    private static Batch batch(long number, long alice, long aliceDelta, long bob, long bobDelta) {
        BatchLines.Packer lines = new BatchLines.Packer(2);
        lines.add(ALICE, TokenAmount.wei(alice), TokenAmount.wei(aliceDelta));
        lines.add(BOB, TokenAmount.wei(bob), TokenAmount.wei(bobDelta));
        return new Batch(number, 10 + number, BatchLines.of(List.of(lines.block())));
    }

    private static SortedMap<Address, BigInteger> amounts(long alice, long bob) {
        return new TreeMap<>(Map.of(ALICE, BigInteger.valueOf(alice), BOB, BigInteger.valueOf(bob)));
    }
}
