package io.ocos.rewardssettlement.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ocos.rewardssettlement.contracts.OcosToken;
import io.ocos.rewardssettlement.contracts.RewardsSettlement;
import io.ocos.rewardssettlement.domain.submission.FeePolicy;
import io.ocos.rewardssettlement.io.GovernorClient.State;
import io.ocos.rewardssettlement.io.GovernorClient.Support;
import io.ocos.rewardssettlement.io.OperatorClient.Done;
import io.ocos.rewardssettlement.io.OperatorClient.Intent;
import io.ocos.rewardssettlement.io.OperatorClient.Policy;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.TokenAmount;
import java.io.IOException;
import java.math.BigInteger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.web3j.protocol.core.DefaultBlockParameterName;

/** Calls that people send: what is refused before anything is signed, and what is done. */
class OperatorClientITCase {

    private static final Duration TIMEOUT = Duration.ofSeconds(5);
    private static final byte[] GUARDIAN_KEY = TestChain.newKey();
    private static final byte[] MEMBER_KEY = TestChain.newKey();

    private static EvmClient guardian;
    private static EvmClient member;
    private static Deployment deployment;

    private final List<String> told = new ArrayList<>();

    @BeforeAll
    static void deploy() throws Exception {
        guardian = TestChain.client(GUARDIAN_KEY);
        member = TestChain.client(MEMBER_KEY);
        Deployment deployed = ContractDeployer.deploy(
                member, TestChain.plan(TokenAmount.ocos(1_000_000), guardian, Map.of("rate.AI", TokenAmount.wei(7))));
        deployment = with(deployed.chainId(), 0, deployed.settlement(), deployed);
        OcosToken token =
                OcosToken.load(deployment.token().toString(), member.web3j(), member.transactions(), member.gas());
        token.delegate(member.address().toString()).send();
        TestChain.increaseTime(Duration.ofSeconds(2));
    }

    @AfterAll
    static void stop() {
        guardian.close();
        member.close();
    }

    private static Deployment with(long chainId, int confirmations, Address settlement, Deployment of) {
        return new Deployment(
                chainId,
                of.deploymentBlock(),
                confirmations,
                of.token(),
                of.registry(),
                of.parameters(),
                of.timelock(),
                of.governor(),
                settlement,
                of.escrow(),
                of.computeStaking(),
                of.subscriptions(),
                of.priceFeed());
    }

    private static OperatorClient open(byte[] key) {
        return OperatorClient.open(TestChain.url(), deployment, key, Policy.STANDARD, TIMEOUT);
    }

    private static RewardsSettlement settlement(OperatorClient client) {
        return new SettlementClient(client.evm(), deployment).contract();
    }

    private static Intent pause(OperatorClient client) {
        return Intent.of(
                "GUARDIAN_ROLE",
                "pause",
                deployment.settlement(),
                settlement(client).pause());
    }

    private static Intent resume(OperatorClient client) {
        return Intent.of(
                "GUARDIAN_ROLE",
                "resume",
                deployment.settlement(),
                settlement(client).resume());
    }

    private static BigInteger nonce(Address account) throws IOException {
        return guardian.web3j()
                .ethGetTransactionCount(account.toString(), DefaultBlockParameterName.PENDING)
                .send()
                .getTransactionCount();
    }

    private void assertRefused(OperatorClient client, Intent intent, String message) throws IOException {
        BigInteger before = nonce(client.address());
        told.clear();
        assertThatThrownBy(() -> client.send(intent, told::add))
                .isInstanceOf(RefusedException.class)
                .hasMessageContaining(message)
                .message()
                .doesNotContain("\n");
        assertThat(told).isEmpty();
        assertThat(nonce(client.address())).isEqualTo(before);
    }

    @Test
    void badInput41WrongChainContractOrEndpointIsRefusedInOneLine() {
        assertThatThrownBy(() -> OperatorClient.open(
                        "http://127.0.0.1:9/secret", deployment, GUARDIAN_KEY, Policy.STANDARD, TIMEOUT))
                .isInstanceOf(RefusedException.class)
                .hasMessageStartingWith("rpcUrl: eth_chainId: no answer")
                .hasMessageNotContaining("secret");
        assertThatThrownBy(() -> OperatorClient.open(
                        TestChain.url(),
                        with(1, 0, deployment.settlement(), deployment),
                        GUARDIAN_KEY,
                        Policy.STANDARD,
                        TIMEOUT))
                .isInstanceOf(RefusedException.class)
                .hasMessage("rpcUrl has chain id 56, the deployment 1; expected the same");
        assertThatThrownBy(() -> OperatorClient.open(
                        TestChain.url(),
                        with(56, 0, deployment.token(), deployment),
                        GUARDIAN_KEY,
                        Policy.STANDARD,
                        TIMEOUT))
                .isInstanceOf(RefusedException.class)
                .hasMessage("rpcUrl has no settlement contract at " + deployment.token());
    }

    @Test
    void badInput41MissingRoleIsRefusedBeforeSigning() throws Exception {
        try (OperatorClient client = open(MEMBER_KEY)) {
            assertRefused(
                    client,
                    pause(client),
                    "pause: %s has no GUARDIAN_ROLE at %s".formatted(member.address(), deployment.settlement()));
        }
    }

    @Test
    void badInput41LowBalanceIsRefusedBeforeSigning() throws Exception {
        byte[] poor = TestChain.newKey();
        try (OperatorClient client = open(poor)) {
            Intent claim = Intent.ofAnyone(
                    "transfer",
                    deployment.token(),
                    OcosToken.load(
                                    deployment.token().toString(),
                                    client.evm().web3j(),
                                    client.evm().transactions(),
                                    client.evm().gas())
                            .approve(deployment.settlement().toString(), BigInteger.ONE));
            assertRefused(client, claim, "has 0");
            TestChain.rpc("anvil_setBalance", client.address().toString(), "0x1");
            assertRefused(client, claim, "has 0.000000000000000001");
        }
    }

    @Test
    void badInput41FeesAboveTheCapAreNeverSigned() throws Exception {
        Policy stingy =
                new Policy(Duration.ofSeconds(10), new FeePolicy(false, BigInteger.TEN, BigInteger.ONE), 10_000_000);
        try (OperatorClient client = OperatorClient.open(TestChain.url(), deployment, GUARDIAN_KEY, stingy, TIMEOUT)) {
            TestChain.rpc("anvil_setNextBlockBaseFeePerGas", "0xb");
            TestChain.rpc("evm_mine");
            assertRefused(client, pause(client), "the chain asks for more than the cap of 10 wei per gas: base fee 11");
        } finally {
            TestChain.rpc("anvil_setNextBlockBaseFeePerGas", "0x0");
            TestChain.rpc("evm_mine");
        }
        Policy small = new Policy(Duration.ofSeconds(10), Policy.STANDARD.fees(), 21_000);
        try (OperatorClient client = OperatorClient.open(TestChain.url(), deployment, GUARDIAN_KEY, small, TIMEOUT)) {
            assertRefused(client, pause(client), "expected at most 21000");
        }
    }

    @Test
    void whatTheContractWouldRefuseIsNotSentAndItsReasonNamed() throws Exception {
        try (OperatorClient client = open(GUARDIAN_KEY)) {
            assertRefused(
                    client,
                    Intent.of(
                            "GUARDIAN_ROLE",
                            "veto of batch 7",
                            deployment.settlement(),
                            settlement(client).veto(BigInteger.valueOf(7))),
                    "veto of batch 7 would be refused: BatchNotPending(number 7)");
            assertRefused(client, resume(client), "resume would be refused: NothingToResume()");
            assertRefused(
                    client,
                    Intent.ofAnyone(
                            "release",
                            deployment.settlement(),
                            settlement(client).release(member.address().toString(), BigInteger.TWO)),
                    "ReleaseAboveWithheld(payee %s, amount 2, withheld 0)".formatted(member.address()));
        }
    }

    @Test
    void aCallIsDoneWhenEnoughBlocksStandOnIt() throws Exception {
        Deployment deep = with(56, 2, deployment.settlement(), deployment);
        try (OperatorClient client =
                OperatorClient.open(TestChain.url(), deep, GUARDIAN_KEY, Policy.STANDARD, TIMEOUT)) {
            BigInteger nonce = nonce(client.address());
            Done done = client.send(pause(client), line -> {
                told.add(line);
                if (line.startsWith("in block")) {
                    mine(2);
                }
            });
            assertThat(client.ask(settlement(client).paused())).isTrue();
            assertThat(nonce(client.address())).isEqualTo(nonce.add(BigInteger.ONE));
            assertThat(told).hasSize(3);
            assertThat(told.get(0))
                    .isEqualTo("pause: transaction %s of %s, nonce %s"
                            .formatted(done.transaction(), guardian.address(), nonce));
            assertThat(told.get(1)).startsWith("in block %s, ".formatted(done.block()));
            // EIP-1559.
            assertThat(guardian.web3j()
                            .ethGetTransactionByHash(done.transaction().toString())
                            .send()
                            .getTransaction()
                            .orElseThrow()
                            .getType())
                    .isEqualTo("0x2");
            client.send(resume(client), line -> {
                if (line.startsWith("in block")) {
                    mine(2);
                }
            });
            assertThat(client.ask(settlement(client).paused())).isFalse();
        }
    }

    @Test
    void withATransactionUnderWayNothingElseIsSigned() throws Exception {
        byte[] key = TestChain.newKey();
        try (EvmClient other = TestChain.client(key);
                OperatorClient client = open(key)) {
            TestChain.rpc("evm_setAutomine", false);
            try {
                assertThat(other.transactions()
                                .sendTransaction(
                                        BigInteger.TEN.pow(9),
                                        BigInteger.valueOf(21_000),
                                        other.address().toString(),
                                        "",
                                        BigInteger.ZERO)
                                .hasError())
                        .isFalse();
                assertUnderWay(client);
            } finally {
                TestChain.rpc("evm_setAutomine", true);
                TestChain.rpc("evm_mine");
            }
        }
    }

    private void assertUnderWay(OperatorClient client) throws IOException {
        assertRefused(
                client,
                Intent.ofAnyone(
                        "approval",
                        deployment.token(),
                        OcosToken.load(
                                        deployment.token().toString(),
                                        client.evm().web3j(),
                                        client.evm().transactions(),
                                        client.evm().gas())
                                .approve(deployment.settlement().toString(), BigInteger.ONE)),
                "has a transaction under way, with nonce 0");
    }

    @Test
    void theDaoDecidesStepByStepAndSaysWhenAStepIsTooEarly() throws Exception {
        try (OperatorClient client = open(MEMBER_KEY);
                OperatorClient stranger = open(GUARDIAN_KEY)) {
            DaoClient dao = new DaoClient(client);
            assertThat(dao.parameter("rate.AI")).isEqualTo("7");
            assertThat(dao.parameter("rate.EDGE")).isEqualTo("its default");
            assertThatThrownBy(() -> new DaoClient(stranger)
                            .propose(List.of(dao.setParameter("rate.AI", BigInteger.TEN)), "mine", told::add))
                    .isInstanceOf(RefusedException.class)
                    .hasMessageContaining(
                            "GovernorInsufficientProposerVotes(proposer %s, votes 0, threshold 100000000000000000000)"
                                    .formatted(guardian.address()));
            List<GovernorClient.Action> actions = List.of(
                    dao.setParameter("rate.AI", BigInteger.valueOf(9)),
                    dao.approve(TokenAmount.ocos(12)),
                    dao.setEpochCap(TokenAmount.ocos(5)),
                    dao.setChallengePeriod(90));
            assertThat(actions.stream().map(dao::describe))
                    .containsExactly(
                            "rate.AI = 9",
                            "RewardsSettlement may take 12 OCOS of the treasury",
                            "epoch cap = 5 OCOS",
                            "challenge period = 90 s");
            BigInteger id = dao.propose(actions, "all at once", told::add);
            assertThatThrownBy(() -> dao.propose(actions, "all at once", told::add))
                    .isInstanceOf(RefusedException.class)
                    .hasMessageContaining("the same was proposed before");
            DaoClient.View pending = dao.find(id).orElseThrow();
            assertThat(pending.state()).isEqualTo(State.PENDING);
            assertThat(pending.proposal().actions()).isEqualTo(actions);
            assertThat(pending.proposer()).isEqualTo(member.address());
            assertThat(pending.quorum()).isEqualTo(TokenAmount.ocos(40_000));
            assertRefusedStep(
                    () -> dao.vote(pending, Support.FOR, told::add), "is PENDING, expected ACTIVE; voting begins at");
            TestChain.increaseTime(Duration.ofSeconds(31));
            DaoClient.View active = dao.find(id).orElseThrow();
            assertRefusedStep(
                    () -> new DaoClient(stranger).vote(active, Support.FOR, told::add),
                    "%s had no votes".formatted(guardian.address()));
            assertThat(dao.hasVoted(active)).isFalse();
            dao.vote(active, Support.FOR, told::add);
            assertThat(dao.hasVoted(active)).isTrue();
            assertThat(dao.find(id).orElseThrow().votesFor()).isEqualTo(TokenAmount.ocos(500_000));
            assertRefusedStep(() -> dao.queue(active, told::add), "is ACTIVE, expected SUCCEEDED; voting ends at");
            TestChain.increaseTime(Duration.ofMinutes(2));
            dao.queue(dao.find(id).orElseThrow(), told::add);
            DaoClient.View queued = dao.find(id).orElseThrow();
            assertRefusedStep(
                    () -> dao.execute(queued, told::add),
                    "is QUEUED; it can be executed from %s on"
                            .formatted(queued.executableFrom().orElseThrow()));
            TestChain.increaseTime(Duration.ofMinutes(1));
            // Anyone.
            new DaoClient(stranger).execute(dao.find(id).orElseThrow(), told::add);
            assertThat(dao.find(id).orElseThrow().state()).isEqualTo(State.EXECUTED);
            assertThat(dao.parameter("rate.AI")).isEqualTo("9");
            assertThat(client.ask(settlement(client).epochCap()))
                    .isEqualTo(TokenAmount.ocos(5).wei());
            assertThat(client.ask(settlement(client).challengePeriodSeconds())).isEqualTo(BigInteger.valueOf(90));
        }
    }

    private static void assertRefusedStep(org.assertj.core.api.ThrowableAssert.ThrowingCallable step, String message) {
        assertThatThrownBy(step).isInstanceOf(RefusedException.class).hasMessageContaining(message);
    }

    private static void mine(int blocks) {
        try {
            for (int i = 0; i < blocks; i++) {
                TestChain.rpc("evm_mine");
            }
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
