package io.ocos.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.ocos.ingest.io.NodeKeys;
import io.ocos.ingest.io.NodeKeys.Strength;
import io.ocos.jobs.settlement.ArtifactStore;
import io.ocos.rewardssettlement.contracts.OcosToken;
import io.ocos.rewardssettlement.contracts.RewardsSettlement;
import io.ocos.rewardssettlement.domain.Batch;
import io.ocos.rewardssettlement.domain.BatchLines;
import io.ocos.rewardssettlement.io.ContractDeployer;
import io.ocos.rewardssettlement.io.Deployment;
import io.ocos.rewardssettlement.io.EvmClient;
import io.ocos.rewardssettlement.io.SettlementClient;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.domain.TokenAmount;
import io.ocos.schemas.io.AnvilProcess;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import org.web3j.protocol.core.Request;
import org.web3j.protocol.core.methods.response.VoidResponse;
import org.web3j.protocol.http.HttpService;

/** The commands as guardian, treasury, payees and members of the DAO use them, on one chain that goes on from test to test. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class TreasurySendingITCase {

    private static final int EPOCH_SECONDS = 120;
    private static final Address ALICE = new Address(1, 2, 3);
    private static final Address BOB = new Address(1, 2, 4);
    private static final Address CAROL = new Address(1, 2, 5);

    @TempDir
    private static Path directory;

    private static AnvilProcess anvil;
    private static EvmClient member;
    private static EvmClient proposer;
    private static Deployment deployment;
    private static SettlementClient settlement;
    private static OcosToken token;
    private static long startEpoch;

    @BeforeAll
    static void start() throws Exception {
        anvil = AnvilProcess.start(directory.resolve("anvil.log"), List.of());
        Files.writeString(directory.resolve("password"), "secret\n");
        Address guardian = key("guardian", 88_001).address();
        member = new EvmClient(anvil.rpcUrl(), key("member", 88_002).privateKey());
        proposer = new EvmClient(anvil.rpcUrl(), key("proposer", 88_003).privateKey());
        for (Address account : List.of(guardian, member.address(), proposer.address())) {
            rpc("anvil_setBalance", account.toString(), "0x56bc75e2d63100000");
        }
        Address other = proposer.address();
        deployment = ContractDeployer.deploy(
                member,
                ContractDeployer.Plan.local(
                        TokenAmount.ocos(1_000_000),
                        new ContractDeployer.Roles(other, other, guardian, other, other),
                        new ContractDeployer.Settlement(
                                Duration.ofSeconds(EPOCH_SECONDS), TokenAmount.ocos(1_000), Duration.ofSeconds(60)),
                        new ContractDeployer.Governance(
                                Duration.ofSeconds(30),
                                Duration.ofMinutes(2),
                                TokenAmount.ocos(100),
                                4,
                                Duration.ofMinutes(1)),
                        Map.of(),
                        1));
        deployment.write(directory.resolve("deployment.json"));
        Files.writeString(directory.resolve("treasury.yaml"), """
                rpcUrl: %s
                deploymentFile: %s
                kafkaBootstrap: 127.0.0.1:9
                artifactDirectory: %s
                archiveDirectory: %s
                """.formatted(
                        anvil.rpcUrl(),
                        directory.resolve("deployment.json"),
                        directory.resolve("artifacts"),
                        directory.resolve("archive")));
        settlement = new SettlementClient(proposer, deployment);
        token = OcosToken.load(deployment.token().toString(), member.web3j(), member.transactions(), member.gas());
        startEpoch = settlement.contract().lastFinalizedEpoch().send().longValueExact();
        pass(Duration.ofSeconds(20L * EPOCH_SECONDS));
        rpc("evm_setIntervalMining", 1);
    }

    @AfterAll
    static void stop() {
        member.close();
        proposer.close();
        anvil.close();
    }

    private static NodeKeys key(String name, long number) {
        NodeKeys keys = NodeKeys.of(TokenAmount.wei(number).toBytes());
        keys.save(directory.resolve(name + ".json"), "secret", Strength.LIGHT);
        return keys;
    }

    private static void rpc(String method, Object... parameters) throws IOException {
        HttpService http = new HttpService(anvil.rpcUrl().toString());
        Request<?, VoidResponse> request = new Request<>(method, List.of(parameters), http, VoidResponse.class);
        assertThat(request.send().hasError()).as(method).isFalse();
    }

    private static void pass(Duration time) throws IOException {
        rpc("evm_increaseTime", time.toSeconds());
        rpc("evm_mine");
    }

    /** Runs a command with somebody's key. */
    private static CommandRun as(String who, String... command) {
        List<String> arguments = new ArrayList<>(List.of(command));
        arguments.addAll(List.of(
                "--config",
                directory.resolve("treasury.yaml").toString(),
                "--keystore",
                directory.resolve(who + ".json").toString(),
                "--password-file",
                directory.resolve("password").toString()));
        return CommandRun.of(arguments.toArray(String[]::new));
    }

    private static void done(CommandRun run, String... says) {
        assertThat(run.err()).isEmpty();
        assertThat(run.out()).contains(says);
        assertThat(run.exitCode()).isZero();
    }

    /** Nothing was sent, and one line says why. */
    private static void refused(CommandRun run, String why) {
        assertThat(run.err()).contains(why);
        assertThat(run.err().lines()).hasSize(1);
        assertThat(run.out()).doesNotContain("transaction 0x");
        assertThat(run.exitCode()).isEqualTo(2);
    }

    private static Batch batch(long number, long alice, long bob, long carol) {
        BatchLines.Packer lines = new BatchLines.Packer(3);
        lines.add(ALICE, TokenAmount.ocos(alice), TokenAmount.ocos(alice));
        lines.add(BOB, TokenAmount.ocos(bob), TokenAmount.ocos(bob));
        lines.add(CAROL, TokenAmount.ocos(carol), TokenAmount.ocos(carol));
        return new Batch(number, startEpoch + number, BatchLines.of(List.of(lines.block())));
    }

    private static void propose(Batch batch) throws Exception {
        ArtifactStore.at(directory.resolve("artifacts").toString()).write(batch);
        settlement
                .propose(
                        batch.number(),
                        batch.epoch(),
                        batch.root(),
                        batch.cumulativeTotal(),
                        batch.artifactId().digest(),
                        Hash32.ofName("inputs"))
                .send();
    }

    private static BigInteger balance(Address account) throws Exception {
        return token.balanceOf(account.toString()).send();
    }

    private static BigInteger ocos(long amount) {
        return TokenAmount.ocos(amount).wei();
    }

    private static RewardsSettlement contract() {
        return settlement.contract();
    }

    @Test
    @Order(1)
    void whatIsGivenWronglyIsRefused() {
        refused(as("guardian", "treasury", "withhold", ALICE.toString(), "0", "--reason", "r"), "AMOUNT '0'");
        refused(as("guardian", "treasury", "withhold", ALICE.toString(), "1,5", "--reason", "r"), "AMOUNT '1,5'");
        refused(as("guardian", "treasury", "withhold", "0x12", "1", "--reason", "r"), "PAYEE: ");
        refused(as("member", "dao", "propose"), "nothing to decide");
        refused(as("member", "dao", "propose", "--set", "rate.GPU=1"), "unknown parameter 'rate.GPU'");
        refused(as("member", "dao", "vote", "12"), "ID '12', expected at least 6 digits");
        refused(
                CommandRun.of(
                        "treasury",
                        "pause",
                        "--config",
                        directory.resolve("treasury.yaml").toString()),
                "--keystore and --password-file: one is missing");
        refused(as("member", "claim", ALICE.toString()), "no batch is finalized yet");
        refused(as("guardian", "treasury", "veto", "1"), "veto of batch 1 would be refused: BatchNotPending(number 1)");
        refused(as("member", "treasury", "pause"), "has no GUARDIAN_ROLE at " + deployment.settlement());
    }

    @Test
    @Order(2)
    void aVetoedBatchsAmountsArePaidByALaterOne() throws Exception {
        propose(batch(1, 10, 20, 30));
        done(as("guardian", "treasury", "veto", "1"), "veto of batch 1: transaction 0x", "batch 1 is vetoed");
        done(as("guardian", "treasury", "resume"), "resume: transaction 0x");
        propose(batch(2, 11, 20, 30));
        refused(as("member", "treasury", "finalize", "2"), "ChallengeWindowOpen(number 2, challengeEndsAt ");
        pass(Duration.ofSeconds(61));
        done(as("member", "treasury", "finalize", "2"), "batch 2 is finalized");
        refused(as("member", "claim", ALICE.toString(), "--batch", "1"), "batch 2 is the finalized one");
        done(
                as("member", "claim", ALICE.toString(), "--batch", "2"),
                "payable now 11",
                "claim for %s: transaction 0x".formatted(ALICE),
                "claimed 11 OCOS of batch 2");
        assertThat(balance(ALICE)).isEqualTo(ocos(11));
        done(as("member", "claim", ALICE.toString()), "nothing to claim of batch 2");
        assertThat(balance(ALICE)).isEqualTo(ocos(11));
    }

    @Test
    @Order(3)
    void aWithheldAmountNeverReachesThePayeeAndReturnsToTheTreasury() throws Exception {
        BigInteger treasury = balance(deployment.timelock());
        done(
                as("guardian", "treasury", "withhold", BOB.toString(), "5.5", "--reason", "case 12"),
                "withholding 5.5 OCOS of " + BOB);
        done(as("guardian", "treasury", "release", BOB.toString(), "500000000000000000wei"), "release of 0.5 OCOS");
        refused(as("member", "treasury", "sweep", CAROL.toString()), "nothing can be swept");
        done(as("member", "claim", BOB.toString(), CAROL.toString()), "claims for 2 payees", "claimed 45 OCOS");
        assertThat(balance(BOB)).isEqualTo(ocos(15));
        assertThat(balance(CAROL)).isEqualTo(ocos(30));
        done(as("member", "treasury", "sweep", BOB.toString()), "sweep of 5 OCOS of " + BOB);
        assertThat(balance(deployment.timelock())).isEqualTo(treasury.add(ocos(5)));
        // What comes later is paid, what was swept never is.
        propose(batch(3, 11, 27, 30));
        pass(Duration.ofSeconds(61));
        done(as("member", "treasury", "finalize", "3"), "batch 3 is finalized");
        done(as("member", "claim", ALICE.toString(), BOB.toString()), "claimed 7 OCOS of batch 3");
        assertThat(balance(BOB)).isEqualTo(ocos(22));
        assertThat(contract().sweptTotal().send()).isEqualTo(ocos(5));
    }

    @Test
    @Order(4)
    void theGuardianPausesAndAdjusts() throws Exception {
        done(as("guardian", "treasury", "pause"), "are paused");
        refused(as("guardian", "treasury", "pause"), "SettlementPaused()");
        propose(batch(4, 12, 27, 30), "SettlementPaused()");
        done(as("guardian", "treasury", "resume"), "everything works again");
        done(
                as("guardian", "treasury", "adjust", ALICE.toString(), "3", "--reason", "refund of case 13"),
                "adjustment of 3 OCOS for " + ALICE);
        refused(
                as("guardian", "treasury", "adjust", ALICE.toString(), "1001", "--reason", "a slip"),
                "AdjustmentAboveCap(amount 1001000000000000000000, epochCap 1000000000000000000000)");
    }

    private static void propose(Batch batch, String refusal) {
        org.assertj.core.api.Assertions.assertThatThrownBy(() -> propose(batch)).hasMessageContaining(refusal);
    }

    @Test
    @Order(5)
    void whatTheTreasuryIsGivenBatchesMayTakeOnlyAsTheDaoDecides() throws Exception {
        BigInteger before = balance(deployment.timelock());
        done(
                as("member", "treasury", "fund", "12.5"),
                "transfer of 12.5 OCOS to the treasury",
                "more takes a decision of the DAO: ./ocos dao propose --approve");
        assertThat(balance(deployment.timelock())).isEqualTo(before.add(ocos(25).shiftRight(1)));
        refused(as("guardian", "treasury", "fund", "1"), "ERC20InsufficientBalance(");
    }

    @Test
    @Order(6)
    void theDaoDecidesByItsCommands() throws Exception {
        done(as("member", "dao", "show"), "nothing was proposed yet");
        refused(
                as("member", "dao", "propose", "--set", "rate.AI=30000000000000000"),
                "GovernorInsufficientProposerVotes(");
        done(as("member", "dao", "delegate"), "delegation to " + member.address());
        pass(Duration.ofSeconds(2));
        done(
                as(
                        "member",
                        "dao",
                        "propose",
                        "--set",
                        "rate.AI=30000000000000000",
                        "--approve",
                        "600000",
                        "--description",
                        "More"),
                "rate.AI: now its default, proposed 30000000000000000",
                "RewardsSettlement may take 600000 OCOS of the treasury",
                "PENDING",
                "\"More\", by " + member.address());
        refused(as("member", "dao", "queue", "newest"), "is PENDING, expected SUCCEEDED; voting ends at");
        pass(Duration.ofSeconds(31));
        done(as("member", "dao", "vote", "newest"), "vote FOR with 499", "voting ends at");
        refused(as("member", "dao", "vote", "newest"), "GovernorAlreadyCastVote(voter %s)".formatted(member.address()));
        pass(Duration.ofMinutes(2));
        done(as("guardian", "dao", "queue", "newest"), "QUEUED");
        refused(as("guardian", "dao", "execute", "newest"), "it can be executed from");
        pass(Duration.ofMinutes(1));
        done(as("guardian", "dao", "execute", "newest"), "EXECUTED");
        assertThat(token.allowance(
                                deployment.timelock().toString(),
                                deployment.settlement().toString())
                        .send())
                .isEqualTo(ocos(600_000));
        refused(as("member", "dao", "execute", "123456"), "123456: there is no such proposal");
    }
}
