package io.ocos.rewardssettlement.io;

import static org.assertj.core.api.Assertions.assertThat;

import io.ocos.rewardssettlement.contracts.RewardsSettlement;
import io.ocos.rewardssettlement.domain.Batch;
import io.ocos.rewardssettlement.io.SettlementWorld.Tree;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.TokenAmount;
import java.math.BigInteger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random sequences of everything that anybody can do with the settlement contract, sensible or not, each answered as the
 * model answers it, with the same state after it. A seed is a sequence.
 */
class SettlementModelITCase {

    private static final int PAYEES = 6;

    /** An operation on the contract. */
    private interface Call {
        void run() throws Exception;
    }

    private final SettlementWorld world = new SettlementWorld("OcosToken");
    private final List<Address> payees =
            IntStream.range(0, PAYEES).mapToObj(i -> SettlementWorld.newPayee()).toList();
    private final SettlementModel model = new SettlementModel(
            SettlementWorld.CAP,
            SettlementWorld.CHALLENGE.toSeconds(),
            SettlementWorld.SUPPLY.wei(),
            SettlementWorld.SUPPLY.wei());
    /** Every tree that was ever proposed, by what it holds. */
    private final List<Tree> trees = new ArrayList<>();

    private final Map<String, Integer> answers = new TreeMap<>();
    private BigInteger highestFinalized = BigInteger.ZERO;

    SettlementModelITCase() throws Exception {}

    @ParameterizedTest
    @ValueSource(longs = {1, 2})
    void contractAndModelAnswerAlike(long seed) throws Exception {
        runSequence(seed, 150);
    }

    @Tag("full")
    @Test
    void contractAndModelAnswerAlikeInLongSequences() throws Exception {
        BigInteger paid = BigInteger.ZERO;
        BigInteger swept = BigInteger.ZERO;
        Set<String> met = new HashSet<>();
        for (long seed = 11; seed <= 16; seed++) {
            SettlementModelITCase sequence = new SettlementModelITCase();
            sequence.runSequence(seed, 500);
            paid = paid.add(sequence.model.paid);
            swept = swept.add(sequence.model.swept);
            met.addAll(sequence.answers.keySet());
        }
        // Together they met what they are there for.
        assertThat(met)
                .contains(
                        "done",
                        "BatchPending",
                        "BatchNotPending",
                        "ChallengeWindowOpen",
                        "EpochSpent",
                        "InvalidMultiProof",
                        "InvalidProof",
                        "NumberSpent",
                        "ProposalsHalted",
                        "ReleaseAboveWithheld",
                        "SettlementPaused",
                        "TotalAboveCap",
                        "TotalBelowFinalized");
        assertThat(paid).isPositive();
        assertThat(swept).isPositive();
    }

    private void runSequence(long seed, int steps) throws Exception {
        try (world) {
            Random random = new Random(seed);
            trees.add(newTree(random));
            for (int step = 0; step < steps; step++) {
                String name = step(random);
                check("seed %d, step %d: %s".formatted(seed, step, name));
            }
        }
    }

    private String step(Random random) throws Exception {
        Address payee = payees.get(random.nextInt(PAYEES));
        RewardsSettlement guardian = world.contract(world.guardian);
        SettlementClient anyone = world.as(world.stranger);
        Tree tree = trees.get(random.nextInt(4) > 0 ? trees.size() - 1 : random.nextInt(trees.size()));
        Batch.Line line = tree.line(random.nextInt(tree.lines().size()));
        BigInteger some = amount(random);
        switch (random.nextInt(15)) {
            case 0, 1, 2 -> {
                return propose(random);
            }
            case 3, 4, 5 -> {
                long number = model.lastProposed + random.nextInt(5) / 4;
                long now = TestChain.now(world.stranger);
                return answer("finalize", model.finalizeBatch(number, now), () -> guardianless()
                        .finalize(BigInteger.valueOf(number))
                        .send());
            }
            case 6 -> {
                TestChain.increaseTime(random.nextBoolean() ? SettlementWorld.CHALLENGE : Duration.ofSeconds(60));
                return "time";
            }
            case 7 -> {
                return answer("claim", model.claim(List.of(line.payee()), amounts(tree), false), () -> anyone.claim(
                                tree.merkle(), line)
                        .send());
            }
            case 8, 9 -> {
                List<Batch.Line> lines = tree.lines().stream()
                        .filter(each -> random.nextBoolean())
                        .toList();
                List<Batch.Line> chosen = lines.isEmpty() ? List.of(line) : lines;
                return answer(
                        "claimMany",
                        model.claim(chosen.stream().map(Batch.Line::payee).toList(), amounts(tree), true),
                        () -> anyone.claimMany(tree.merkle(), chosen).send());
            }
            case 10 -> {
                model.withhold(payee, some);
                return answer("withhold", null, () -> guardian.withhold(payee.toString(), some, "random")
                        .send());
            }
            case 11 -> {
                return answer("release", model.release(payee, some), () -> guardian.release(payee.toString(), some)
                        .send());
            }
            case 12 -> {
                return answer("sweep", model.sweep(line.payee(), amounts(tree)), () -> anyone.sweep(tree.merkle(), line)
                        .send());
            }
            case 13 -> {
                // Rarely, or nothing else would ever happen.
                int rarely = random.nextInt(8);
                if (rarely > 1) {
                    return answer(
                            "resume", model.resume(), () -> guardian.resume().send());
                } else if (rarely == 0) {
                    return answer("pause", model.pause(), () -> guardian.pause().send());
                }
                long number = model.lastProposed;
                return answer("veto", model.veto(number), () -> guardian.veto(BigInteger.valueOf(number))
                        .send());
            }
            default -> {
                return answer("resume", model.resume(), () -> guardian.resume().send());
            }
        }
    }

    private RewardsSettlement guardianless() {
        return world.contract(world.stranger);
    }

    private String propose(Random random) throws Exception {
        Tree tree = random.nextInt(6) == 0 ? trees.get(random.nextInt(trees.size())) : newTree(random);
        // Mostly as the pipeline does it; sometimes with numbers, epochs and totals that are off.
        long number = model.lastProposed + (random.nextInt(6) == 0 ? 0 : 1 + random.nextInt(3));
        long needed = tree.total()
                .subtract(model.finalizedTotal)
                .max(BigInteger.ZERO)
                .divide(model.epochCap)
                .longValueExact();
        long epoch = model.finalizedEpoch + (random.nextInt(8) == 0 ? 0 : needed + 1 + random.nextInt(2));
        BigInteger total =
                switch (random.nextInt(12)) {
                    case 0 -> tree.total().subtract(BigInteger.ONE);
                    case 1 -> model.finalizedTotal.subtract(BigInteger.ONE).max(BigInteger.ONE);
                    case 2 ->
                        model.finalizedTotal
                                .add(model.epochCap.multiply(BigInteger.valueOf(epoch - model.finalizedEpoch)))
                                .add(BigInteger.ONE);
                    default -> tree.total();
                };
        String expected = model.propose(number, epoch, amounts(tree), total, 0);
        String name = answer(
                "propose",
                expected,
                () -> world.propose(number, epoch, tree.merkle().root(), total));
        SettlementModel.Proposal made = model.pending;
        if (expected == null && made != null) {
            trees.add(tree);
            // The window opens at the time of the block, which only the chain knows.
            model.pending = new SettlementModel.Proposal(
                    made.number(),
                    made.epoch(),
                    made.amounts(),
                    made.total(),
                    TestChain.now(world.stranger) + SettlementWorld.CHALLENGE.toSeconds());
        }
        return name;
    }

    /** A tree in which every payee has as much as in the last one, or more. */
    private Tree newTree(Random random) {
        Map<Address, BigInteger> last = trees.isEmpty() ? Map.of() : amounts(trees.get(trees.size() - 1));
        Map<Address, BigInteger> next = new LinkedHashMap<>();
        for (Address payee : payees) {
            BigInteger cumulative =
                    SettlementModel.of(last, payee).add(random.nextBoolean() ? amount(random) : BigInteger.ZERO);
            if (cumulative.signum() > 0) {
                next.put(payee, cumulative);
            }
        }
        if (next.isEmpty()) {
            next.put(payees.get(0), BigInteger.ONE);
        }
        return Tree.of(next.entrySet().stream()
                .map(entry -> SettlementWorld.line(entry.getKey(), new TokenAmount(entry.getValue())))
                .toList());
    }

    private static BigInteger amount(Random random) {
        return random.nextInt(4) == 0
                ? BigInteger.valueOf(1 + random.nextInt(3))
                : TokenAmount.ocos(1 + random.nextInt(100)).wei();
    }

    private static Map<Address, BigInteger> amounts(Tree tree) {
        Map<Address, BigInteger> amounts = new HashMap<>();
        tree.lines().forEach(line -> amounts.put(line.payee(), line.cumulative().wei()));
        return amounts;
    }

    private String answer(String operation, @Nullable String expected, Call call) throws Exception {
        String actual = null;
        try {
            call.run();
        } catch (RevertedException e) {
            actual = e.error().replaceFirst("\\(.*", "");
        }
        assertThat(actual).as(operation).isEqualTo(expected);
        answers.merge(expected == null ? "done" : expected, 1, Integer::sum);
        return "%s: %s".formatted(operation, expected == null ? "done" : expected);
    }

    private void check(String after) throws Exception {
        RewardsSettlement contract = world.contract(world.stranger);
        assertThat(contract.finalizedTotal().send()).as(after).isEqualTo(model.finalizedTotal);
        assertThat(contract.paidTotal().send()).as(after).isEqualTo(model.paid);
        assertThat(contract.sweptTotal().send()).as(after).isEqualTo(model.swept);
        assertThat(contract.pendingNumber().send())
                .as(after)
                .isEqualTo(model.pending == null ? 0 : model.pending.number());
        assertThat(contract.lastProposedNumber().send()).as(after).isEqualTo(model.lastProposed);
        assertThat(contract.paused().send()).as(after).isEqualTo(model.paused);
        assertThat(contract.proposalsHalted().send()).as(after).isEqualTo(model.halted);
        assertThat(world.balance(world.treasury)).as(after).isEqualTo(model.treasuryBalance);
        for (Address payee : payees) {
            RewardsSettlement.Account account = world.account(payee);
            assertThat(account.claimed).as(after).isEqualTo(SettlementModel.of(model.claimed, payee));
            assertThat(account.withheld).as(after).isEqualTo(SettlementModel.of(model.withheld, payee));
            assertThat(world.balance(payee)).as(after).isEqualTo(SettlementModel.of(model.balances, payee));
        }
        // Whatever the model says: totals never fall, and no more leaves than came.
        assertThat(model.finalizedTotal).as(after).isGreaterThanOrEqualTo(highestFinalized);
        highestFinalized = model.finalizedTotal;
        world.checkInvariants();
    }
}
