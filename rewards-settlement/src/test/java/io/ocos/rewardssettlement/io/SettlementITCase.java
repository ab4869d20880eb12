package io.ocos.rewardssettlement.io;

import static io.ocos.rewardssettlement.io.SettlementWorld.CAP;
import static io.ocos.rewardssettlement.io.SettlementWorld.CHALLENGE;
import static io.ocos.rewardssettlement.io.SettlementWorld.line;
import static io.ocos.rewardssettlement.io.SettlementWorld.newPayee;
import static io.ocos.rewardssettlement.io.SettlementWorld.tree;
import static io.ocos.rewardssettlement.io.TestChain.assertReverts;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ocos.rewardssettlement.contracts.RewardsSettlement;
import io.ocos.rewardssettlement.domain.Batch;
import io.ocos.rewardssettlement.domain.MerkleMultiProof;
import io.ocos.rewardssettlement.domain.MerkleTree;
import io.ocos.rewardssettlement.io.SettlementWorld.Tree;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.domain.TokenAmount;
import java.math.BigInteger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.web3j.abi.FunctionEncoder;
import org.web3j.abi.datatypes.Bool;
import org.web3j.abi.datatypes.DynamicBytes;
import org.web3j.abi.datatypes.Function;
import org.web3j.protocol.core.methods.request.Transaction;
import org.web3j.protocol.core.methods.response.TransactionReceipt;
import org.web3j.utils.Numeric;

/** The settlement contract on a real EVM (SPEC 11). Rows are those of the list of bad input. */
class SettlementITCase {

    private static final String UNAUTHORIZED = "AccessControlUnauthorizedAccount(address,bytes32)";
    private static final String INVALID_PROOF = "InvalidProof(address,uint256)";
    private static final BigInteger ONE = BigInteger.ONE;

    private final SettlementWorld world;

    SettlementITCase() throws Exception {
        world = new SettlementWorld("OcosToken");
    }

    @AfterEach
    void close() throws Exception {
        try (world) {
            world.checkInvariants();
        }
    }

    @Test
    void aBatchIsProposedFinalizedAndClaimed() throws Exception {
        Tree tree = tree(3);
        assertThat(RewardsSettlement.getBatchProposedEvents(world.propose(4, 7, tree)))
                .singleElement()
                .satisfies(event -> {
                    assertThat(event.number).isEqualTo(4);
                    assertThat(event.epoch).isEqualTo(7);
                    assertThat(event.root).isEqualTo(tree.merkle().root().toBytes());
                    assertThat(event.cumulativeTotal).isEqualTo(tree.total());
                    assertThat(event.artifactDigest).isEqualTo(SettlementWorld.ARTIFACT.toBytes());
                    assertThat(event.inputsDigest).isEqualTo(SettlementWorld.INPUTS.toBytes());
                    assertThat(event.challengeEndsAt).isEqualTo(TestChain.now(world.stranger) + CHALLENGE.toSeconds());
                });
        RewardsSettlement contract = world.contract(world.stranger);
        assertThat(contract.pendingNumber().send()).isEqualTo(4);
        assertReverts(() -> world.finalizeBatch(4), "ChallengeWindowOpen(uint64,uint256)");
        TestChain.increaseTime(CHALLENGE.minusSeconds(60));
        assertReverts(() -> world.finalizeBatch(4), "ChallengeWindowOpen(uint64,uint256)");
        TestChain.increaseTime(Duration.ofSeconds(60));
        BigInteger treasury = world.balance(world.treasury);
        assertThat(RewardsSettlement.getBatchFinalizedEvents(world.finalizeBatch(4)))
                .singleElement()
                .satisfies(event -> {
                    assertThat(event.number).isEqualTo(4);
                    assertThat(event.epoch).isEqualTo(7);
                    assertThat(event.root).isEqualTo(tree.merkle().root().toBytes());
                    assertThat(event.cumulativeTotal).isEqualTo(tree.total());
                    assertThat(event.funded).isEqualTo(tree.total());
                });
        assertThat(world.balance(world.treasury)).isEqualTo(treasury.subtract(tree.total()));
        assertThat(contract.pendingNumber().send()).isZero();
        assertThat(contract.lastFinalizedNumber().send()).isEqualTo(4);
        assertThat(contract.lastFinalizedEpoch().send()).isEqualTo(7);
        assertThat(contract.root().send()).isEqualTo(tree.merkle().root().toBytes());

        TransactionReceipt claimed =
                world.as(world.stranger).claim(tree.merkle(), tree.line(1)).send();
        BigInteger two = TokenAmount.ocos(2).wei();
        assertThat(RewardsSettlement.getClaimedEvents(claimed)).singleElement().satisfies(event -> {
            assertThat(event.payee).isEqualTo(tree.line(1).payee().toString());
            assertThat(event.amount).isEqualTo(two);
            assertThat(event.claimed).isEqualTo(two);
        });
        assertThat(world.balance(tree.line(1).payee())).isEqualTo(two);
        assertThat(contract.paidTotal().send()).isEqualTo(two);
    }

    @Test
    void aLaterBatchPaysTheRiseAlone() throws Exception {
        Address payee = newPayee();
        Tree first = Tree.of(List.of(line(payee, TokenAmount.ocos(3)), line(newPayee(), TokenAmount.ocos(1))));
        Tree second = Tree.of(List.of(line(payee, TokenAmount.ocos(10)), first.line(1)));
        world.settle(1, 1, first);
        world.as(world.stranger).claim(first.merkle(), first.line(0)).send();
        BigInteger treasury = world.balance(world.treasury);
        world.settle(2, 2, second);
        assertThat(world.balance(world.treasury))
                .isEqualTo(treasury.subtract(TokenAmount.ocos(7).wei()));
        world.as(world.stranger).claim(second.merkle(), second.line(0)).send();
        assertThat(world.balance(payee)).isEqualTo(TokenAmount.ocos(10).wei());
        world.as(world.stranger).claimAll(second.merkle(), second.lines());
        assertThat(world.balance(payee)).isEqualTo(TokenAmount.ocos(10).wei());
        assertThat(world.balance(second.line(1).payee()))
                .isEqualTo(TokenAmount.ocos(1).wei());
        assertThat(world.balance(world.settlement)).isZero();
    }

    @Test
    void aVetoedNumberIsSpentAndItsAmountsArePaidByALaterOne() throws Exception {
        Tree tree = tree(2);
        world.propose(1, 1, tree);
        RewardsSettlement guardian = world.contract(world.guardian);
        assertThat(RewardsSettlement.getBatchVetoedEvents(guardian.veto(ONE).send()))
                .singleElement()
                .satisfies(event -> {
                    assertThat(event.number).isEqualTo(1);
                    assertThat(event.guardian)
                            .isEqualTo(world.guardian.address().toString());
                });
        TestChain.increaseTime(CHALLENGE);
        assertReverts(() -> world.finalizeBatch(1), "BatchNotPending(uint64)");
        assertReverts(() -> guardian.veto(ONE).send(), "BatchNotPending(uint64)");
        assertReverts(() -> world.propose(2, 1, tree), "ProposalsHalted()");
        assertThat(guardian.proposalsHalted().send()).isTrue();
        guardian.resume().send();
        assertReverts(() -> guardian.resume().send(), "NothingToResume()");
        assertReverts(() -> world.propose(1, 1, tree), "NumberSpent(uint64,uint64)");
        world.settle(2, 2, tree);
        world.as(world.stranger).claimAll(tree.merkle(), tree.lines());
        assertThat(world.balance(tree.line(1).payee()))
                .isEqualTo(TokenAmount.ocos(2).wei());
    }

    @Test
    void aBatchCanBeVetoedAfterItsWindowUntilItIsFinalized() throws Exception {
        Tree tree = tree(1);
        world.propose(1, 1, tree);
        TestChain.increaseTime(CHALLENGE.multipliedBy(2));
        world.contract(world.guardian).veto(ONE).send();
        world.contract(world.guardian).resume().send();
        world.settle(2, 1, tree);
        assertReverts(() -> world.contract(world.guardian).veto(BigInteger.TWO).send(), "BatchNotPending(uint64)");
    }

    @Test
    void aVetoLeavesWhatIsFinalizedClaimable() throws Exception {
        Tree tree = tree(2);
        world.settle(1, 1, tree);
        world.propose(2, 2, tree);
        world.contract(world.guardian).veto(BigInteger.TWO).send();
        world.as(world.stranger).claim(tree.merkle(), tree.line(0)).send();
        assertThat(world.balance(tree.line(0).payee()))
                .isEqualTo(TokenAmount.ocos(1).wei());
    }

    @Test
    void anUnfundedBatchChangesNothingUntilTheTreasuryPays() throws Exception {
        Tree tree = tree(3);
        world.propose(1, 1, tree);
        TestChain.increaseTime(CHALLENGE);
        world.token(world.treasury)
                .approve(world.settlement.toString(), tree.total().subtract(ONE))
                .send();
        assertReverts(() -> world.finalizeBatch(1), "ERC20InsufficientAllowance(address,uint256,uint256)");
        world.token(world.treasury)
                .approve(world.settlement.toString(), tree.total())
                .send();
        BigInteger held = world.balance(world.treasury);
        world.token(world.treasury)
                .transfer(
                        world.stranger.address().toString(),
                        held.subtract(tree.total()).add(ONE))
                .send();
        assertReverts(() -> world.finalizeBatch(1), "ERC20InsufficientBalance(address,uint256,uint256)");
        RewardsSettlement contract = world.contract(world.stranger);
        assertThat(contract.pendingNumber().send()).isEqualTo(1);
        assertThat(contract.finalizedTotal().send()).isZero();
        assertThat(contract.root().send()).isEqualTo(new byte[32]);
        assertReverts(
                () -> world.as(world.stranger)
                        .claim(tree.merkle(), tree.line(0))
                        .send(),
                INVALID_PROOF);
        world.token(world.stranger)
                .transfer(world.treasury.address().toString(), ONE)
                .send();
        world.finalizeBatch(1);
        assertThat(world.balance(world.settlement)).isEqualTo(tree.total());
    }

    @Test
    void whatIsWithheldNeverReachesThePayeeAndReturnsToTheTreasury() throws Exception {
        Tree tree = tree(4);
        Address payee = tree.line(3).payee();
        world.settle(1, 1, tree);
        RewardsSettlement guardian = world.contract(world.guardian);
        BigInteger three = TokenAmount.ocos(3).wei();
        assertThat(RewardsSettlement.getWithheldEvents(
                        guardian.withhold(payee.toString(), three, "case 12").send()))
                .singleElement()
                .satisfies(event -> {
                    assertThat(event.payee).isEqualTo(payee.toString());
                    assertThat(event.amount).isEqualTo(three);
                    assertThat(event.withheld).isEqualTo(three);
                    assertThat(event.reason).isEqualTo("case 12");
                });
        assertThat(RewardsSettlement.getReleasedEvents(
                        guardian.release(payee.toString(), ONE).send()))
                .singleElement()
                .satisfies(event -> {
                    assertThat(event.amount).isEqualTo(ONE);
                    assertThat(event.withheld).isEqualTo(three.subtract(ONE));
                });
        world.as(world.stranger).claimAll(tree.merkle(), tree.lines());
        BigInteger paid = TokenAmount.ocos(1).wei().add(ONE);
        assertThat(world.balance(payee)).isEqualTo(paid);

        BigInteger treasury = world.balance(world.treasury);
        TransactionReceipt receipt =
                world.as(world.stranger).sweep(tree.merkle(), tree.line(3)).send();
        assertThat(RewardsSettlement.getSweptEvents(receipt)).singleElement().satisfies(event -> {
            assertThat(event.payee).isEqualTo(payee.toString());
            assertThat(event.amount).isEqualTo(three.subtract(ONE));
            assertThat(event.claimed).isEqualTo(tree.line(3).cumulative().wei());
            assertThat(event.withheld).isZero();
        });
        assertThat(world.balance(world.treasury)).isEqualTo(treasury.add(three).subtract(ONE));
        world.as(world.stranger).claim(tree.merkle(), tree.line(3)).send();
        TransactionReceipt again =
                world.as(world.stranger).sweep(tree.merkle(), tree.line(3)).send();
        assertThat(again.getLogs()).isEmpty();
        assertThat(world.balance(payee)).isEqualTo(paid);
        assertThat(guardian.sweptTotal().send()).isEqualTo(three.subtract(ONE));
    }

    @Test
    void moreCanBeWithheldThanIsOwedYet() throws Exception {
        Tree first = tree(1);
        Address payee = first.line(0).payee();
        RewardsSettlement guardian = world.contract(world.guardian);
        guardian.withhold(payee.toString(), TokenAmount.ocos(5).wei(), "paid too much before")
                .send();
        world.settle(1, 1, first);
        world.as(world.stranger).claim(first.merkle(), first.line(0)).send();
        world.as(world.stranger).sweep(first.merkle(), first.line(0)).send();
        assertThat(world.balance(payee)).isZero();
        assertThat(world.account(payee).withheld).isEqualTo(TokenAmount.ocos(4).wei());
        Tree second = Tree.of(List.of(line(payee, TokenAmount.ocos(8))));
        world.settle(2, 2, second);
        world.as(world.stranger).claim(second.merkle(), second.line(0)).send();
        assertThat(world.balance(payee)).isEqualTo(TokenAmount.ocos(3).wei());
        assertReverts(
                () -> guardian.release(payee.toString(), TokenAmount.ocos(5).wei())
                        .send(),
                "ReleaseAboveWithheld(address,uint256,uint256)");
        assertReverts(
                () -> guardian.withhold(payee.toString(), TokenAmount.MAX.wei().shiftRight(1), "too much")
                        .send(),
                "SafeCastOverflowedUintDowncast(uint8,uint256)");
        assertReverts(
                () -> guardian.withhold(payee.toString(), BigInteger.ZERO, "nothing")
                        .send(),
                "ZeroAmount()");
        assertReverts(
                () -> guardian.withhold(Address.ZERO.toString(), ONE, "nobody").send(), "ZeroAddress()");
    }

    @Test
    void aPauseStopsMoneyAndLeavesTheMeansToMend() throws Exception {
        Tree tree = tree(2);
        world.settle(1, 1, tree);
        world.propose(2, 2, tree);
        TestChain.increaseTime(CHALLENGE);
        RewardsSettlement guardian = world.contract(world.guardian);
        guardian.pause().send();
        assertThat(guardian.paused().send()).isTrue();
        List<ThrowingCallable> stopped = List.of(
                () -> guardian.pause().send(),
                () -> world.propose(3, 3, tree),
                () -> world.finalizeBatch(2),
                () -> world.as(world.stranger)
                        .claim(tree.merkle(), tree.line(0))
                        .send(),
                () -> world.as(world.stranger).claimAll(tree.merkle(), tree.lines()));
        for (ThrowingCallable call : stopped) {
            assertReverts(call, "SettlementPaused()");
        }
        guardian.withhold(tree.line(0).payee().toString(), ONE, "while paused").send();
        world.as(world.stranger).sweep(tree.merkle(), tree.line(0)).send();
        assertThat(guardian.sweptTotal().send()).isEqualTo(ONE);
        guardian.veto(BigInteger.TWO).send();
        guardian.resume().send();
        assertThat(guardian.paused().send()).isFalse();
        assertThat(guardian.proposalsHalted().send()).isFalse();
        world.as(world.stranger).claimAll(tree.merkle(), tree.lines());
        world.settle(3, 3, tree);
    }

    @Test
    void everyGuardedFunctionRefusesStrangersAndOtherRoles() throws Exception {
        Tree tree = tree(1);
        world.propose(1, 1, tree);
        RewardsSettlement proposer = world.contract(world.proposer);
        assertReverts(() -> proposer.veto(ONE).send(), UNAUTHORIZED);
        for (EvmClient client : List.of(world.stranger, world.treasury, world.proposer, world.admin)) {
            RewardsSettlement contract = world.contract(client);
            String payee = tree.line(0).payee().toString();
            Map<String, ThrowingCallable> guarded = new LinkedHashMap<>();
            guarded.put("veto", () -> contract.veto(ONE).send());
            guarded.put("pause", () -> contract.pause().send());
            guarded.put("resume", () -> contract.resume().send());
            guarded.put("withhold", () -> contract.withhold(payee, ONE, "").send());
            guarded.put("release", () -> contract.release(payee, ONE).send());
            guarded.put("adjust", () -> contract.adjust(payee, ONE, "").send());
            guarded.forEach((name, call) -> assertReverts(call, UNAUTHORIZED));
        }
        for (EvmClient client : List.of(world.stranger, world.treasury, world.guardian, world.admin)) {
            assertReverts(
                    () -> world.as(client)
                            .propose(
                                    2,
                                    2,
                                    tree.merkle().root(),
                                    new TokenAmount(tree.total()),
                                    SettlementWorld.ARTIFACT,
                                    SettlementWorld.INPUTS)
                            .send(),
                    UNAUTHORIZED);
        }
        for (EvmClient client : List.of(world.stranger, world.treasury, world.guardian, world.proposer)) {
            RewardsSettlement contract = world.contract(client);
            byte[] role = contract.PROPOSER_ROLE().send();
            String self = client.address().toString();
            for (ThrowingCallable call : List.<ThrowingCallable>of(
                    () -> contract.setEpochCap(ONE).send(),
                    () -> contract.setChallengePeriod(ONE).send(),
                    () -> contract.setTreasury(self).send(),
                    () -> contract.grantRole(role, self).send(),
                    () -> contract.revokeRole(role, world.proposer.address().toString())
                            .send())) {
                assertReverts(call, UNAUTHORIZED);
            }
        }
    }

    @Test
    void theTimelockSetsCapPeriodAndTreasury() throws Exception {
        RewardsSettlement admin = world.contract(world.admin);
        for (BigInteger refused : List.of(BigInteger.ZERO, BigInteger.valueOf(30 * 86_400 + 1))) {
            assertReverts(() -> admin.setChallengePeriod(refused).send(), "ChallengePeriodOutOfRange(uint256,uint256)");
        }
        for (Address refused : List.of(Address.ZERO, world.settlement, world.token)) {
            assertReverts(() -> admin.setTreasury(refused.toString()).send(), "UnpayablePayee(address)");
        }
        Tree tree = tree(1);
        world.propose(1, 1, tree);
        // A longer period holds for later proposals, not for the one that waits.
        admin.setChallengePeriod(BigInteger.valueOf(30 * 86_400)).send();
        admin.setTreasury(world.stranger.address().toString()).send();
        TestChain.increaseTime(CHALLENGE);
        assertReverts(() -> world.finalizeBatch(1), "ERC20InsufficientAllowance(address,uint256,uint256)");
        world.token(world.treasury)
                .transfer(world.stranger.address().toString(), tree.total())
                .send();
        world.token(world.stranger)
                .approve(world.settlement.toString(), tree.total())
                .send();
        world.finalizeBatch(1);
        world.propose(2, 2, tree);
        TestChain.increaseTime(CHALLENGE);
        assertReverts(() -> world.finalizeBatch(2), "ChallengeWindowOpen(uint64,uint256)");
    }

    @Test
    void adjustmentsAreEventsOfAtMostAnEpochsCap() throws Exception {
        RewardsSettlement guardian = world.contract(world.guardian);
        Address payee = newPayee();
        for (BigInteger amount : List.of(BigInteger.ZERO, ONE, CAP.wei())) {
            assertThat(RewardsSettlement.getRewardAdjustedEvents(
                            guardian.adjust(payee.toString(), amount, "vote 3").send()))
                    .singleElement()
                    .satisfies(event -> {
                        assertThat(event.payee).isEqualTo(payee.toString());
                        assertThat(event.amount).isEqualTo(amount);
                        assertThat(event.reason).isEqualTo("vote 3");
                    });
        }
        assertReverts(
                () -> guardian.adjust(payee.toString(), CAP.wei().add(ONE), "slip")
                        .send(),
                "AdjustmentAboveCap(uint256,uint256)");
        assertReverts(
                () -> guardian.adjust(Address.ZERO.toString(), ONE, "nobody").send(), "ZeroAddress()");
    }

    @Test
    void row31_treesOfEveryShapeAreClaimedToTheWei() throws Exception {
        long number = 0;
        List<Tree> trees = new ArrayList<>();
        List<Batch.Line> lines = new ArrayList<>();
        for (int size : List.of(1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33)) {
            while (lines.size() < size) {
                lines.add(line(newPayee(), TokenAmount.wei(1_000 + lines.size())));
            }
            Tree tree = Tree.of(List.copyOf(lines));
            trees.add(tree);
            number++;
            world.settle(number, number, tree);
            // One alone, then all that is left.
            world.as(world.stranger).claim(tree.merkle(), tree.line(size / 2)).send();
            world.as(world.stranger).claimAll(tree.merkle(), tree.lines());
            assertThat(world.balance(world.settlement)).as("left of %d", size).isZero();
        }
        for (Batch.Line paid : trees.get(trees.size() - 1).lines()) {
            assertThat(world.balance(paid.payee())).isEqualTo(paid.cumulative().wei());
        }
        // No recipients: there is no batch, and none that says so.
        long next = number + 1;
        assertReverts(() -> world.propose(next, next, Hash32.ZERO, CAP.wei()), "EmptyHash()");
    }

    @Test
    void row32_twoLeavesOfOnePayeePayTheLargerNotTheSum() throws Exception {
        Address payee = newPayee();
        Tree tree = Tree.of(List.of(line(payee, TokenAmount.ocos(3)), line(payee, TokenAmount.ocos(5))));
        world.settle(1, 1, tree);
        world.as(world.stranger).claimAll(tree.merkle(), tree.lines());
        world.as(world.stranger).claim(tree.merkle(), tree.line(0)).send();
        assertThat(world.balance(payee)).isEqualTo(TokenAmount.ocos(5).wei());
    }

    @Test
    void row33_amountsFromNothingToTheLargest() throws Exception {
        Address nothing = newPayee();
        Address one = newPayee();
        Address greedy = newPayee();
        Tree tree = Tree.of(
                List.of(line(nothing, TokenAmount.ZERO), line(one, TokenAmount.wei(1)), line(greedy, TokenAmount.MAX)));
        for (BigInteger overflowing :
                List.of(TokenAmount.MAX.wei(), BigInteger.TWO.pow(120), BigInteger.TWO.pow(128))) {
            assertReverts(
                    () -> world.propose(1, 1, tree.merkle().root(), overflowing), "TotalAboveCap(uint256,uint256)");
        }
        // Without a cap, totals that do not fit are refused all the same.
        world.contract(world.admin).setEpochCap(TokenAmount.MAX.wei()).send();
        assertReverts(
                () -> world.propose(1, 3, tree.merkle().root(), TokenAmount.MAX.wei()),
                "SafeCastOverflowedUintDowncast(uint8,uint256)");
        world.propose(1, 3, tree.merkle().root(), TokenAmount.ocos(1).wei());
        TestChain.increaseTime(CHALLENGE);
        world.finalizeBatch(1);
        SettlementClient claims = world.as(world.stranger);
        assertThat(claims.claim(tree.merkle(), tree.line(0)).send().getLogs()).isEmpty();
        claims.claim(tree.merkle(), tree.line(1)).send();
        assertThat(world.balance(one)).isEqualTo(ONE);
        assertReverts(
                () -> claims.claim(tree.merkle(), tree.line(2)).send(), "ExceedsFinalized(address,uint256,uint256)");
        assertReverts(
                () -> claims.claimMany(tree.merkle(), tree.lines()).send(),
                "ExceedsFinalized(address,uint256,uint256)");
    }

    @Test
    void row35_shortenedExtendedAndInnerProofsAreRefused() throws Exception {
        Tree tree = tree(8);
        world.settle(1, 1, tree);
        RewardsSettlement contract = world.contract(world.stranger);
        Batch.Line line = tree.line(5);
        Hash32 leaf = MerkleTree.leaf(line.payee(), line.cumulative());
        List<byte[]> proof =
                tree.merkle().proof(leaf).stream().map(Hash32::toBytes).toList();
        List<byte[]> extended = new ArrayList<>(proof);
        extended.add(tree.merkle().root().toBytes());
        List<byte[]> reversed = new ArrayList<>(proof);
        Collections.reverse(reversed);
        List<byte[]> withLeaf = new ArrayList<>(proof);
        withLeaf.add(0, leaf.toBytes());
        for (List<byte[]> wrong :
                List.of(List.<byte[]>of(), proof.subList(0, 2), proof.subList(1, 3), extended, reversed, withLeaf)) {
            for (ThrowingCallable call : List.<ThrowingCallable>of(
                    () -> contract.claim(
                                    line.payee().toString(), line.cumulative().wei(), wrong)
                            .send(),
                    () -> contract.sweep(
                                    line.payee().toString(), line.cumulative().wei(), wrong)
                            .send())) {
                assertReverts(call, INVALID_PROOF);
            }
        }
        // An inner node is the hash of 64 bytes, a leaf the hash of a hash: neither can be given for the other. The
        // closest
        // that an address and an amount can come to two children is their lower 52 bytes.
        Hash32 left = tree.merkle().node(3);
        Hash32 right = tree.merkle().node(4);
        assertReverts(
                () -> contract.claim(
                                Address.of(left.toBytes(), 12).toString(),
                                new BigInteger(1, right.toBytes()),
                                List.of(tree.merkle().node(2).toBytes()))
                        .send(),
                INVALID_PROOF);
        // A proof of many: leaves in another order, a wrong flag, one hash too few or too many.
        MerkleMultiProof many = MerkleMultiProof.of(
                tree.merkle(),
                tree.lines().subList(0, 3).stream()
                        .map(each -> MerkleTree.leaf(each.payee(), each.cumulative()))
                        .toList());
        List<byte[]> hashes = many.proof().stream().map(Hash32::toBytes).toList();
        List<String> payees = new ArrayList<>();
        List<BigInteger> amounts = new ArrayList<>();
        for (Hash32 each : many.leaves()) {
            Batch.Line of = tree.lines().stream()
                    .filter(candidate -> MerkleTree.leaf(candidate.payee(), candidate.cumulative())
                            .equals(each))
                    .findFirst()
                    .orElseThrow();
            payees.add(of.payee().toString());
            amounts.add(of.cumulative().wei());
        }
        List<String> swapped = new ArrayList<>(payees);
        Collections.swap(swapped, 0, 1);
        assertReverts(
                () -> contract.claimMany(swapped, amounts, hashes, many.flags()).send(), "InvalidMultiProof()");
        assertReverts(
                () -> contract.claimMany(payees, amounts, hashes.subList(1, hashes.size()), many.flags())
                        .send(),
                "MerkleProofInvalidMultiproof()");
        assertReverts(
                () -> contract.claimMany(payees, amounts.subList(0, 2), hashes, many.flags())
                        .send(),
                "LengthMismatch(uint256,uint256)");
        assertThat(contract.paidTotal().send()).isZero();
        contract.claimMany(payees, amounts, hashes, many.flags()).send();
        assertThat(contract.paidTotal().send()).isEqualTo(amounts.stream().reduce(BigInteger.ZERO, BigInteger::add));
    }

    @Test
    void row36_proofsOfAnotherBatchOrContractAreRefused() throws Exception {
        Tree first = tree(4);
        Tree second = Tree.of(first.lines().stream()
                .map(line -> line(line.payee(), line.cumulative().plus(TokenAmount.wei(1))))
                .toList());
        world.settle(1, 1, first);
        world.settle(2, 2, second);
        SettlementClient claims = world.as(world.stranger);
        assertReverts(() -> claims.claim(first.merkle(), first.line(2)).send(), INVALID_PROOF);
        assertReverts(() -> claims.claimMany(first.merkle(), first.lines()).send(), "InvalidMultiProof()");
        try (SettlementWorld other = new SettlementWorld("OcosToken")) {
            assertReverts(
                    () -> other.as(other.stranger)
                            .claim(second.merkle(), second.line(2))
                            .send(),
                    INVALID_PROOF);
            Tree others = tree(4);
            other.settle(1, 1, others);
            assertReverts(
                    () -> other.as(other.stranger)
                            .claim(second.merkle(), second.line(2))
                            .send(),
                    INVALID_PROOF);
        }
    }

    @Test
    void row37_claimsPayOnceAndOnlyTheNamedReceiver() throws Exception {
        Tree tree = tree(4);
        world.settle(1, 1, tree);
        SettlementClient claims = world.as(world.stranger);
        Batch.Line line = tree.line(2);
        claims.claim(tree.merkle(), line).send();
        assertThat(claims.claim(tree.merkle(), line).send().getLogs()).isEmpty();
        claims.claimMany(tree.merkle(), List.of(line, tree.line(0))).send();
        assertThat(world.balance(line.payee())).isEqualTo(line.cumulative().wei());
        // For somebody else with one's own proof.
        List<byte[]> proof = tree.merkle().proof(MerkleTree.leaf(line.payee(), line.cumulative())).stream()
                .map(Hash32::toBytes)
                .toList();
        assertReverts(
                () -> claims.contract()
                        .claim(
                                world.stranger.address().toString(),
                                line.cumulative().wei(),
                                proof)
                        .send(),
                INVALID_PROOF);
        assertReverts(
                () -> claims.contract()
                        .claim(line.payee().toString(), line.cumulative().wei().add(ONE), proof)
                        .send(),
                INVALID_PROOF);
        assertThat(world.balance(world.stranger)).isZero();
        // Twice in one transaction.
        Batch.Line twice = tree.line(3);
        Hash32 leaf = MerkleTree.leaf(twice.payee(), twice.cumulative());
        MerkleMultiProof alone = MerkleMultiProof.of(tree.merkle(), List.of(leaf));
        List<Boolean> flags = new ArrayList<>(alone.flags());
        flags.add(0, true);
        assertReverts(
                () -> claims.contract()
                        .claimMany(
                                List.of(twice.payee().toString(), twice.payee().toString()),
                                List.of(
                                        twice.cumulative().wei(),
                                        twice.cumulative().wei()),
                                alone.proof().stream().map(Hash32::toBytes).toList(),
                                flags)
                        .send(),
                "InvalidMultiProof()");
    }

    @Test
    void row37_twiceInOneListPaysOnceWhateverTheTreeHolds() throws Exception {
        // A tree that holds the same leaf twice lets one list name a payee twice.
        Address payee = newPayee();
        Hash32 leaf = MerkleTree.leaf(payee, TokenAmount.ocos(2));
        MerkleTree tree = MerkleTree.of(List.of(leaf, leaf));
        world.propose(1, 1, tree.root(), TokenAmount.ocos(4).wei());
        TestChain.increaseTime(CHALLENGE);
        world.finalizeBatch(1);
        BigInteger two = TokenAmount.ocos(2).wei();
        world.contract(world.stranger)
                .claimMany(List.of(payee.toString(), payee.toString()), List.of(two, two), List.of(), List.of(true))
                .send();
        assertThat(world.balance(payee)).isEqualTo(two);
    }

    @Test
    void row38_rootsAreTakenOnceAndPayNoMoreThanTheyWereFundedWith() throws Exception {
        Tree tree = tree(4);
        world.propose(2, 5, tree);
        assertReverts(() -> world.propose(3, 6, tree), "BatchPending(uint64)");
        TestChain.increaseTime(CHALLENGE);
        world.finalizeBatch(2);
        assertReverts(() -> world.finalizeBatch(2), "BatchNotPending(uint64)");
        assertReverts(() -> world.finalizeBatch(7), "BatchNotPending(uint64)");
        for (long spent : new long[] {0, 1, 2}) {
            assertReverts(() -> world.propose(spent, 6, tree), "NumberSpent(uint64,uint64)");
        }
        assertReverts(() -> world.propose(3, 5, tree), "EpochSpent(uint64,uint64)");
        assertReverts(
                () -> world.propose(3, 6, tree.merkle().root(), tree.total().subtract(ONE)),
                "TotalBelowFinalized(uint256,uint256)");
        for (Hash32 digest : List.of(SettlementWorld.ARTIFACT, Hash32.ZERO)) {
            assertReverts(
                    () -> world.as(world.proposer)
                            .propose(3, 6, tree.merkle().root(), new TokenAmount(tree.total()), digest, Hash32.ZERO)
                            .send(),
                    "EmptyHash()");
        }
        // The same root again: funded with nothing, pays nothing twice.
        BigInteger treasury = world.balance(world.treasury);
        world.as(world.stranger).claimAll(tree.merkle(), tree.lines());
        world.settle(3, 6, tree);
        world.as(world.stranger).claimAll(tree.merkle(), tree.lines());
        assertThat(world.balance(world.treasury)).isEqualTo(treasury);
        // A root whose leaves sum to more than its total: the first come are paid, the contract is never short.
        Tree tooMuch = tree(3);
        world.propose(
                4,
                7,
                tooMuch.merkle().root(),
                tree.total().add(TokenAmount.ocos(3).wei()));
        TestChain.increaseTime(CHALLENGE);
        world.finalizeBatch(4);
        SettlementClient claims = world.as(world.stranger);
        claims.claim(tooMuch.merkle(), tooMuch.line(0)).send();
        assertReverts(
                () -> claims.claim(tooMuch.merkle(), tooMuch.line(2)).send(),
                "ExceedsFinalized(address,uint256,uint256)");
        claims.claim(tooMuch.merkle(), tooMuch.line(1)).send();
        assertThat(world.balance(world.settlement)).isZero();
    }

    @Test
    void row39_theTotalRisesByAtMostTheCapForEachEpoch() throws Exception {
        Tree tree = tree(2);
        Hash32 root = tree.merkle().root();
        BigInteger three = CAP.wei().multiply(BigInteger.valueOf(3));
        assertReverts(() -> world.propose(1, 3, root, three.add(ONE)), "TotalAboveCap(uint256,uint256)");
        assertThat(world.contract(world.stranger)
                        .maximumTotal(BigInteger.valueOf(3))
                        .send())
                .isEqualTo(three);
        world.propose(1, 3, root, three);
        TestChain.increaseTime(CHALLENGE);
        world.finalizeBatch(1);
        assertReverts(() -> world.propose(2, 4, root, three.add(CAP.wei()).add(ONE)), "TotalAboveCap(uint256,uint256)");
        world.contract(world.admin).setEpochCap(CAP.wei().add(ONE)).send();
        world.propose(2, 4, root, three.add(CAP.wei()).add(ONE));
    }

    @Test
    void row40_receiversThatCannotBePaidAreSkippedAndStayOwed() throws Exception {
        Address contractPayee = Address.parse(world.contract(world.admin).getContractAddress());
        Address otherContract = TestChain.deployToken(world.stranger, "RefusingToken", TokenAmount.wei(1));
        Address ordinary = newPayee();
        Tree tree = Tree.of(List.of(
                line(Address.ZERO, TokenAmount.ocos(1)),
                line(world.token, TokenAmount.ocos(2)),
                line(contractPayee, TokenAmount.ocos(3)),
                line(otherContract, TokenAmount.ocos(4)),
                line(ordinary, TokenAmount.ocos(5))));
        world.settle(1, 1, tree);
        SettlementClient claims = world.as(world.stranger);
        TransactionReceipt receipt =
                claims.claimMany(tree.merkle(), tree.lines()).send();
        assertThat(RewardsSettlement.getClaimSkippedEvents(receipt))
                .extracting(event -> Address.parse(event.payee))
                .containsExactlyInAnyOrder(Address.ZERO, world.token, contractPayee);
        assertThat(world.balance(otherContract)).isEqualTo(TokenAmount.ocos(4).wei());
        assertThat(world.balance(ordinary)).isEqualTo(TokenAmount.ocos(5).wei());
        assertThat(world.balance(world.settlement))
                .isEqualTo(TokenAmount.ocos(6).wei());
        for (int unpayable = 0; unpayable < 3; unpayable++) {
            Batch.Line line = tree.line(unpayable);
            assertReverts(() -> claims.claim(tree.merkle(), line).send(), "UnpayablePayee(address)");
            assertThat(world.account(line.payee()).claimed).isZero();
        }
    }

    @Test
    void row40_whatATokenRefusesToPayIsPaidWhenItNoLongerDoes() throws Exception {
        try (SettlementWorld refusing = new SettlementWorld("RefusingToken")) {
            Tree tree = tree(5);
            refusing.settle(1, 1, tree);
            Address refused = tree.line(2).payee();
            refuse(refusing, refused, true);
            SettlementClient claims = refusing.as(refusing.stranger);
            TransactionReceipt receipt =
                    claims.claimMany(tree.merkle(), tree.lines()).send();
            assertThat(RewardsSettlement.getClaimSkippedEvents(receipt))
                    .singleElement()
                    .satisfies(event -> {
                        assertThat(event.payee).isEqualTo(refused.toString());
                        assertThat(event.amount).isEqualTo(TokenAmount.ocos(3).wei());
                    });
            assertThat(RewardsSettlement.getClaimedEvents(receipt)).hasSize(4);
            refusing.checkInvariants();
            assertThat(refusing.balance(refusing.settlement))
                    .isEqualTo(TokenAmount.ocos(3).wei());
            assertThatThrownBy(() -> claims.claim(tree.merkle(), tree.line(2)).send())
                    .isInstanceOf(RevertedException.class);
            refuse(refusing, refused, false);
            claims.claimMany(tree.merkle(), tree.lines()).send();
            assertThat(refusing.balance(refused)).isEqualTo(TokenAmount.ocos(3).wei());
            refusing.checkInvariants();
        }
    }

    @Test
    void row47_spentAndFutureEpochsAreRefused() throws Exception {
        Tree tree = tree(1);
        long now = TestChain.now(world.stranger);
        for (BigInteger future :
                List.of(BigInteger.valueOf(now + 3_600), BigInteger.TWO.pow(64).subtract(ONE))) {
            assertReverts(
                    () -> world.contract(world.proposer)
                            .propose(
                                    ONE,
                                    future,
                                    tree.merkle().root().toBytes(),
                                    tree.total(),
                                    SettlementWorld.ARTIFACT.toBytes(),
                                    SettlementWorld.INPUTS.toBytes())
                            .send(),
                    "EpochNotOver(uint64,uint256)");
        }
        assertReverts(() -> world.propose(1, 0, tree), "EpochSpent(uint64,uint64)");
        world.settle(1, 4, tree);
        assertReverts(() -> world.propose(2, 4, tree), "EpochSpent(uint64,uint64)");
        assertReverts(() -> world.propose(2, 3, tree), "EpochSpent(uint64,uint64)");
    }

    @Test
    void fault31_aClaimThatRunsOutOfGasPaysNobody() throws Exception {
        Tree tree = tree(50);
        world.settle(1, 2, tree);
        String call = world.as(world.stranger)
                .claimCalls(tree.merkle(), tree.lines(), 50)
                .get(0);
        BigInteger enough = world.stranger
                .gas()
                .getGasLimit(Transaction.createEthCallTransaction(
                        world.stranger.address().toString(), world.settlement.toString(), call));
        for (int percent = 10; percent < 80; percent += 7) {
            TransactionReceipt receipt = TestChain.send(
                    world.stranger,
                    world.settlement.toString(),
                    call,
                    enough.multiply(BigInteger.valueOf(percent)).divide(BigInteger.valueOf(100)));
            assertThat(receipt.isStatusOK()).as("%d %% of the gas", percent).isFalse();
            assertThat(world.balance(world.settlement)).isEqualTo(tree.total());
        }
        world.as(world.stranger).claimAll(tree.merkle(), tree.lines());
        assertThat(world.balance(world.settlement)).isZero();
    }

    @Test
    void tokensThatTakeAFeeAreRefused() throws Exception {
        try (SettlementWorld fees = new SettlementWorld("FeeOnTransferToken")) {
            Tree tree = tree(2);
            fees.propose(1, 1, tree);
            TestChain.increaseTime(CHALLENGE);
            assertReverts(() -> fees.finalizeBatch(1), "UnexpectedTokenAmount(uint256,uint256)");
            assertThat(fees.balance(fees.settlement)).isZero();
            assertThat(fees.contract(fees.stranger).pendingNumber().send()).isEqualTo(1);
        }
    }

    @Test
    void row37_tokensThatCallBackGainNothing() throws Exception {
        try (SettlementWorld reentrant = new SettlementWorld("ReentrantToken")) {
            Tree tree = tree(4);
            SettlementClient claims = reentrant.as(reentrant.stranger);
            reentrant.propose(1, 1, tree);
            TestChain.increaseTime(CHALLENGE);
            String again = claims.contract().finalize(ONE).encodeFunctionCall();
            arm(reentrant, again, true);
            assertReverts(() -> reentrant.finalizeBatch(1), "ReentrancyGuardReentrantCall()");
            arm(reentrant, again, false);
            reentrant.finalizeBatch(1);
            reentrant.checkInvariants();

            reentrant
                    .contract(reentrant.guardian)
                    .withhold(tree.line(3).payee().toString(), ONE, "to be swept")
                    .send();
            List<String> calls = List.of(
                    claims.claim(tree.merkle(), tree.line(0)).encodeFunctionCall(),
                    claims.claim(tree.merkle(), tree.line(1)).encodeFunctionCall(),
                    claims.claimMany(tree.merkle(), tree.lines()).encodeFunctionCall(),
                    claims.sweep(tree.merkle(), tree.line(3)).encodeFunctionCall());
            for (String call : calls) {
                arm(reentrant, call, true);
                assertReverts(() -> claims.claim(tree.merkle(), tree.line(0)).send(), "ReentrancyGuardReentrantCall()");
                assertReverts(() -> claims.sweep(tree.merkle(), tree.line(3)).send(), "ReentrancyGuardReentrantCall()");
                // In a list, a transfer that reverts is one that is skipped.
                TransactionReceipt skipped =
                        claims.claimMany(tree.merkle(), tree.lines()).send();
                assertThat(RewardsSettlement.getClaimSkippedEvents(skipped)).hasSize(4);
                assertThat(RewardsSettlement.getClaimedEvents(skipped)).isEmpty();
                reentrant.checkInvariants();
            }
            // A token that swallows what its own call met.
            arm(reentrant, calls.get(2), false);
            claims.claim(tree.merkle(), tree.line(0)).send();
            claims.claimMany(tree.merkle(), tree.lines()).send();
            claims.sweep(tree.merkle(), tree.line(3)).send();
            reentrant.checkInvariants();
            assertThat(reentrant.balance(reentrant.settlement)).isZero();
            for (Batch.Line line : tree.lines().subList(0, 3)) {
                assertThat(reentrant.balance(line.payee()))
                        .isEqualTo(line.cumulative().wei());
            }
        }
    }

    private static void refuse(SettlementWorld world, Address account, boolean refused) throws Exception {
        TestChain.send(
                world.stranger,
                world.token.toString(),
                FunctionEncoder.encode(new Function(
                        "refuse",
                        List.of(new org.web3j.abi.datatypes.Address(account.toString()), new Bool(refused)),
                        List.of())));
    }

    private static void arm(SettlementWorld world, String call, boolean bubble) throws Exception {
        TestChain.send(
                world.stranger,
                world.token.toString(),
                FunctionEncoder.encode(new Function(
                        "arm",
                        List.of(
                                new org.web3j.abi.datatypes.Address(world.settlement.toString()),
                                new DynamicBytes(Numeric.hexStringToByteArray(call)),
                                new Bool(bubble)),
                        List.of())));
    }
}
