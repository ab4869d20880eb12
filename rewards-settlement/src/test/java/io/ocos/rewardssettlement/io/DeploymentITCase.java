package io.ocos.rewardssettlement.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ocos.rewardssettlement.contracts.JobEscrow;
import io.ocos.rewardssettlement.contracts.NodeRegistry;
import io.ocos.rewardssettlement.contracts.OcosGovernor;
import io.ocos.rewardssettlement.contracts.OcosTimelock;
import io.ocos.rewardssettlement.contracts.OcosToken;
import io.ocos.rewardssettlement.contracts.ParameterStore;
import io.ocos.rewardssettlement.contracts.RewardsSettlement;
import io.ocos.rewardssettlement.contracts.StorageSubscriptions;
import io.ocos.rewardssettlement.io.GovernorClient.Action;
import io.ocos.rewardssettlement.io.GovernorClient.Proposal;
import io.ocos.rewardssettlement.io.GovernorClient.State;
import io.ocos.rewardssettlement.io.GovernorClient.Support;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.domain.TokenAmount;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.web3j.protocol.core.DefaultBlockParameterNumber;
import org.web3j.protocol.core.methods.response.TransactionReceipt;
import org.web3j.utils.Numeric;

/** A whole deployment: who has power in it, and how the DAO uses its. */
class DeploymentITCase {

    private static final TokenAmount SUPPLY = TokenAmount.ocos(1_000_000);
    private static final byte[] ADMIN = Hash32.ZERO.toBytes();
    private static final String UNEXPECTED_STATE = "GovernorUnexpectedProposalState(uint256,uint8,bytes32)";

    private static EvmClient deployer;
    private static EvmClient operator;
    private static EvmClient voter;
    private static EvmClient stranger;
    private static ContractDeployer.Plan plan;
    private static Deployment deployment;

    @BeforeAll
    static void deploy() throws Exception {
        deployer = TestChain.client();
        operator = TestChain.client();
        voter = TestChain.client();
        stranger = TestChain.client();
        plan = TestChain.plan(SUPPLY, operator, Map.of("rate.AI", TokenAmount.wei(7)));
        deployment = ContractDeployer.deploy(deployer, plan);
        OcosToken token = token(deployer);
        token.transfer(voter.address().toString(), TokenAmount.ocos(100_000).wei())
                .send();
        token.transfer(stranger.address().toString(), TokenAmount.ocos(10).wei())
                .send();
        token(voter).delegate(voter.address().toString()).send();
        token(stranger).delegate(stranger.address().toString()).send();
        // Votes count from the second after they were delegated.
        TestChain.increaseTime(Duration.ofSeconds(2));
    }

    @AfterAll
    static void stop() {
        List.of(deployer, operator, voter, stranger).forEach(EvmClient::close);
    }

    @Test
    void theTimelockHasAllPowerAndTheDeployerNone() throws Exception {
        String timelock = deployment.timelock().toString();
        String former = deployer.address().toString();
        NodeRegistry registry = NodeRegistry.load(
                deployment.registry().toString(), deployer.web3j(), deployer.transactions(), deployer.gas());
        ParameterStore parameters = parameters(deployer);
        RewardsSettlement settlement = settlement(deployer);
        JobEscrow escrow = JobEscrow.load(
                deployment.escrow().toString(), deployer.web3j(), deployer.transactions(), deployer.gas());
        StorageSubscriptions subscriptions = StorageSubscriptions.load(
                deployment.subscriptions().toString(), deployer.web3j(), deployer.transactions(), deployer.gas());
        OcosTimelock executive = OcosTimelock.load(timelock, deployer.web3j(), deployer.transactions(), deployer.gas());

        assertThat(registry.hasRole(ADMIN, timelock).send()).isTrue();
        assertThat(registry.hasRole(registry.SLASHER_ROLE().send(), timelock).send())
                .isTrue();
        assertThat(parameters.hasRole(ADMIN, timelock).send()).isTrue();
        assertThat(parameters.hasRole(parameters.SETTER_ROLE().send(), timelock).send())
                .isTrue();
        assertThat(settlement.hasRole(ADMIN, timelock).send()).isTrue();
        assertThat(escrow.hasRole(ADMIN, timelock).send()).isTrue();
        assertThat(subscriptions.hasRole(ADMIN, timelock).send()).isTrue();
        assertThat(executive.hasRole(ADMIN, timelock).send()).isTrue();
        for (byte[] role : List.of(
                executive.PROPOSER_ROLE().send(), executive.CANCELLER_ROLE().send())) {
            assertThat(executive.hasRole(role, deployment.governor().toString()).send())
                    .isTrue();
            assertThat(executive.hasRole(role, former).send()).isFalse();
        }
        assertThat(registry.hasRole(ADMIN, former).send()).isFalse();
        assertThat(registry.hasRole(registry.SLASHER_ROLE().send(), former).send())
                .isFalse();
        assertThat(parameters.hasRole(ADMIN, former).send()).isFalse();
        assertThat(parameters.hasRole(parameters.SETTER_ROLE().send(), former).send())
                .isFalse();
        assertThat(settlement.hasRole(ADMIN, former).send()).isFalse();
        assertThat(escrow.hasRole(ADMIN, former).send()).isFalse();
        assertThat(subscriptions.hasRole(ADMIN, former).send()).isFalse();
        assertThat(executive.hasRole(ADMIN, former).send()).isFalse();
        assertThat(executive.getMinDelay().send()).isEqualTo(BigInteger.valueOf(60));
    }

    @Test
    void theTreasuryIsFundedAndBatchesMayTakeFromIt() throws Exception {
        String timelock = deployment.timelock().toString();
        BigInteger half = TokenAmount.ocos(500_000).wei();
        assertThat(token(deployer).balanceOf(timelock).send()).isGreaterThanOrEqualTo(half);
        assertThat(token(deployer)
                        .allowance(timelock, deployment.settlement().toString())
                        .send())
                .isEqualTo(half);
        RewardsSettlement settlement = settlement(deployer);
        assertThat(settlement.treasury().send()).isEqualTo(timelock);
        assertThat(settlement.epochSeconds().send()).isEqualTo(BigInteger.valueOf(120));
        assertThat(settlement.challengePeriodSeconds().send()).isEqualTo(BigInteger.valueOf(60));
        assertThat(settlement.epochCap().send())
                .isEqualTo(TokenAmount.ocos(1_000).wei());
        // The cap is counted from the epoch in which it was created, not from the beginning of time.
        BigInteger deployedIn = BigInteger.valueOf(deployer.web3j()
                        .ethGetBlockByNumber(new DefaultBlockParameterNumber(deployment.deploymentBlock()), false)
                        .send()
                        .getBlock()
                        .getTimestamp()
                        .longValueExact()
                / 120);
        assertThat(settlement.maximumTotal(deployedIn).send())
                .isEqualTo(TokenAmount.ocos(1_000).wei());
    }

    @Test
    void aVoteChangesAParameterAfterTheTimelocksDelay() throws Exception {
        byte[] key = Hash32.ofName("rate.AI").toBytes();
        BigInteger before = parameters(voter).get(key).send();
        BigInteger after = TokenAmount.ocos(5).wei();
        Proposal proposal = proposal(
                deployment.parameters(), parameters(voter).set(key, after).encodeFunctionCall(), "rate.AI to 5");
        GovernorClient governor = governor(voter);
        TransactionReceipt proposed = governor.propose(proposal).send();
        BigInteger id = governor.id(proposal);
        assertThat(OcosGovernor.getProposalCreatedEvents(proposed))
                .singleElement()
                .satisfies(event -> {
                    assertThat(event.proposalId).isEqualTo(id);
                    assertThat(event.description).isEqualTo("rate.AI to 5");
                });
        assertThat(governor.state(id)).isEqualTo(State.PENDING);
        TestChain.assertReverts(() -> governor.vote(id, Support.FOR).send(), UNEXPECTED_STATE);
        TestChain.increaseTime(Duration.ofSeconds(31));
        TransactionReceipt vote = governor.vote(id, Support.FOR).send();
        // One OCOS is one vote.
        assertThat(OcosGovernor.getVoteCastEvents(vote)).singleElement().satisfies(event -> assertThat(event.weight)
                .isEqualTo(TokenAmount.ocos(100_000).wei()));
        TestChain.assertReverts(() -> governor.vote(id, Support.FOR).send(), "GovernorAlreadyCastVote(address)");
        TestChain.assertReverts(() -> governor.queue(proposal).send(), UNEXPECTED_STATE);
        TestChain.increaseTime(Duration.ofMinutes(2));
        assertThat(governor.state(id)).isEqualTo(State.SUCCEEDED);
        governor.queue(proposal).send();
        assertThat(governor.state(id)).isEqualTo(State.QUEUED);
        TestChain.assertReverts(
                () -> governor.execute(proposal).send(), "TimelockUnexpectedOperationState(bytes32,bytes32)");
        assertThat(parameters(voter).get(key).send()).isEqualTo(before);
        TestChain.increaseTime(Duration.ofMinutes(1));
        // Anyone executes what is due.
        TransactionReceipt receipt = governor(stranger).execute(proposal).send();
        assertThat(ParameterStore.getParameterSetEvents(receipt))
                .singleElement()
                .satisfies(event -> assertThat(event.value).isEqualTo(after));
        assertThat(governor.state(id)).isEqualTo(State.EXECUTED);
        assertThat(parameters(voter).get(key).send()).isEqualTo(after);
        TestChain.assertReverts(() -> governor.execute(proposal).send(), UNEXPECTED_STATE);
    }

    @Test
    void theDaoAppointsAnotherGuardianAndApprovesMore() throws Exception {
        RewardsSettlement settlement = settlement(stranger);
        byte[] guardian = settlement.GUARDIAN_ROLE().send();
        EvmClient next = TestChain.client();
        TestChain.assertReverts(
                () -> settlement.grantRole(guardian, next.address().toString()).send(),
                "AccessControlUnauthorizedAccount(address,bytes32)");
        decide(
                deployment.settlement(),
                settlement.grantRole(guardian, next.address().toString()).encodeFunctionCall(),
                "a second guardian");
        decide(
                deployment.settlement(),
                settlement.setEpochCap(TokenAmount.ocos(2_000).wei()).encodeFunctionCall(),
                "twice the cap");
        decide(
                deployment.token(),
                token(voter)
                        .approve(
                                deployment.timelock().toString(),
                                TokenAmount.ocos(1).wei())
                        .encodeFunctionCall(),
                "the treasury approves");
        assertThat(settlement.hasRole(guardian, next.address().toString()).send())
                .isTrue();
        assertThat(settlement.epochCap().send())
                .isEqualTo(TokenAmount.ocos(2_000).wei());
        settlement(next).pause().send();
        settlement(operator).resume().send();
        assertThat(token(voter)
                        .allowance(
                                deployment.timelock().toString(),
                                deployment.timelock().toString())
                        .send())
                .isEqualTo(TokenAmount.ocos(1).wei());
        // Restored, so that tests do not depend on each other.
        decide(
                deployment.settlement(),
                settlement.setEpochCap(TokenAmount.ocos(1_000).wei()).encodeFunctionCall(),
                "the cap of before");
        next.close();
    }

    @Test
    void fewVotesDecideNothing() throws Exception {
        byte[] key = Hash32.ofName("rate.EDGE").toBytes();
        Proposal greedy = proposal(
                deployment.parameters(),
                parameters(stranger).set(key, TokenAmount.MAX.wei()).encodeFunctionCall(),
                "all for me");
        TestChain.assertReverts(
                () -> governor(stranger).propose(greedy).send(),
                "GovernorInsufficientProposerVotes(address,uint256,uint256)");
        Proposal ignored = proposal(
                deployment.parameters(),
                parameters(voter).set(key, BigInteger.ONE).encodeFunctionCall(),
                "nobody wants it");
        Proposal opposed = proposal(
                deployment.parameters(),
                parameters(voter).set(key, BigInteger.TWO).encodeFunctionCall(),
                "most are against it");
        GovernorClient governor = governor(voter);
        governor.propose(ignored).send();
        governor.propose(opposed).send();
        TestChain.increaseTime(Duration.ofSeconds(31));
        // The stranger's ten votes are far below the quorum of 4 %.
        governor(stranger).vote(governor.id(ignored), Support.FOR).send();
        governor(stranger).vote(governor.id(opposed), Support.FOR).send();
        governor.vote(governor.id(opposed), Support.AGAINST).send();
        TestChain.increaseTime(Duration.ofMinutes(2));
        for (Proposal proposal : List.of(ignored, opposed)) {
            assertThat(governor.state(governor.id(proposal))).isEqualTo(State.DEFEATED);
            TestChain.assertReverts(() -> governor.queue(proposal).send(), UNEXPECTED_STATE);
        }
        assertThat(parameters(voter).get(key).send()).isZero();
    }

    @Test
    void nobodyGoesAroundTheGovernor() throws Exception {
        OcosTimelock timelock = OcosTimelock.load(
                deployment.timelock().toString(), deployer.web3j(), deployer.transactions(), deployer.gas());
        byte[] call = Numeric.hexStringToByteArray(token(deployer)
                .transfer(deployer.address().toString(), BigInteger.ONE)
                .encodeFunctionCall());
        TestChain.assertReverts(
                () -> timelock.schedule(
                                deployment.token().toString(),
                                BigInteger.ZERO,
                                call,
                                ADMIN,
                                ADMIN,
                                BigInteger.valueOf(60))
                        .send(),
                "AccessControlUnauthorizedAccount(address,bytes32)");
        TestChain.assertReverts(
                () -> timelock.execute(
                                deployment.token().toString(), BigInteger.ZERO, call, ADMIN, ADMIN, BigInteger.ZERO)
                        .send(),
                "TimelockUnexpectedOperationState(bytes32,bytes32)");
        TestChain.assertReverts(
                () -> timelock.updateDelay(BigInteger.ZERO).send(), "TimelockUnauthorizedCaller(address)");
    }

    @Test
    void aRefusedPlanSaysWhy() {
        ContractDeployer.Plan endless = new ContractDeployer.Plan(
                plan.supply(),
                plan.treasuryFunds(),
                plan.settlementAllowance(),
                plan.roles(),
                new ContractDeployer.Settlement(
                        Duration.ofMinutes(2),
                        TokenAmount.ocos(1),
                        ContractDeployer.DEFAULT_JOB_GRACE_PERIOD.plusDays(1)),
                plan.governance(),
                plan.subscriptions(),
                plan.unbondingPeriod(),
                plan.jobGracePeriod(),
                plan.parameters(),
                plan.confirmations());
        TestChain.assertReverts(
                () -> ContractDeployer.deploy(deployer, endless), "ChallengePeriodOutOfRange(uint256,uint256)");
    }

    @Test
    void theFileHoldsEveryAddress(@TempDir Path directory) throws Exception {
        Path file = directory.resolve("deployment.json");
        deployment.write(file);
        assertThat(Deployment.read(file)).isEqualTo(deployment);
        assertThat(deployment.contracts().values()).doesNotHaveDuplicates().hasSize(10);
        String text = Files.readString(file);
        for (String broken : List.of(
                "",
                "{}",
                text.replace("\"JobEscrow\"", "\"Other\""),
                text.replace("\"chainId\" : 56", "\"chainId\" : 0"),
                text.replace("\"confirmations\"", "\"confirmation\""),
                text.replace(deployment.token().toString(), "0x12"))) {
            Files.writeString(file, broken);
            assertThatThrownBy(() -> Deployment.read(file))
                    .as(broken)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageStartingWith(file + ": no deployment: ");
        }
    }

    private static Proposal proposal(Address target, String call, String description) {
        return new Proposal(List.of(new Action(target, call)), description);
    }

    /** Takes a proposal through all its steps. */
    private static void decide(Address target, String call, String description) throws Exception {
        Proposal proposal = proposal(target, call, description);
        GovernorClient governor = governor(voter);
        governor.propose(proposal).send();
        TestChain.increaseTime(Duration.ofSeconds(31));
        governor.vote(governor.id(proposal), Support.FOR).send();
        TestChain.increaseTime(Duration.ofMinutes(2));
        governor.queue(proposal).send();
        TestChain.increaseTime(Duration.ofMinutes(1));
        governor.execute(proposal).send();
    }

    private static OcosToken token(EvmClient client) {
        return OcosToken.load(deployment.token().toString(), client.web3j(), client.transactions(), client.gas());
    }

    private static ParameterStore parameters(EvmClient client) {
        return ParameterStore.load(
                deployment.parameters().toString(), client.web3j(), client.transactions(), client.gas());
    }

    private static GovernorClient governor(EvmClient client) {
        return new GovernorClient(client, deployment);
    }

    private static RewardsSettlement settlement(EvmClient client) {
        return RewardsSettlement.load(
                deployment.settlement().toString(), client.web3j(), client.transactions(), client.gas());
    }
}
