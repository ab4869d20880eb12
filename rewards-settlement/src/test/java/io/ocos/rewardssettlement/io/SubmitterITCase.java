package io.ocos.rewardssettlement.io;

import static org.assertj.core.api.Assertions.assertThat;

import io.ocos.rewardssettlement.contracts.OcosToken;
import io.ocos.rewardssettlement.domain.Batch;
import io.ocos.rewardssettlement.domain.BatchLines;
import io.ocos.rewardssettlement.domain.MerkleTree;
import io.ocos.rewardssettlement.domain.submission.BatchCheck;
import io.ocos.rewardssettlement.domain.submission.BatchSource;
import io.ocos.rewardssettlement.domain.submission.Call;
import io.ocos.rewardssettlement.domain.submission.ChainUnavailableException;
import io.ocos.rewardssettlement.domain.submission.FeePolicy;
import io.ocos.rewardssettlement.domain.submission.Fees;
import io.ocos.rewardssettlement.domain.submission.FencedException;
import io.ocos.rewardssettlement.domain.submission.Journal;
import io.ocos.rewardssettlement.domain.submission.JournalEntry;
import io.ocos.rewardssettlement.domain.submission.JournalState;
import io.ocos.rewardssettlement.domain.submission.JournalState.BatchStatus;
import io.ocos.rewardssettlement.domain.submission.Points;
import io.ocos.rewardssettlement.domain.submission.Points.Crash;
import io.ocos.rewardssettlement.domain.submission.Proposal;
import io.ocos.rewardssettlement.domain.submission.SettlementChain;
import io.ocos.rewardssettlement.domain.submission.SettlementChain.BatchState;
import io.ocos.rewardssettlement.domain.submission.SettlementChain.SendStatus;
import io.ocos.rewardssettlement.domain.submission.StepResult;
import io.ocos.rewardssettlement.domain.submission.Submitter;
import io.ocos.rewardssettlement.domain.submission.SubmitterPolicy;
import io.ocos.schemas.avro.SubmissionStep;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.domain.Keccak;
import io.ocos.schemas.domain.TokenAmount;
import io.ocos.schemas.io.AnvilProcess;
import io.ocos.schemas.io.MalformedRecordException;
import io.ocos.schemas.io.RecordCodec;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.web3j.protocol.core.Request;
import org.web3j.protocol.core.methods.response.VoidResponse;
import org.web3j.protocol.http.HttpService;

/** The submitter against the real contracts on a real EVM, whose blocks come when the test says so. */
class SubmitterITCase {

    private static final int CONFIRMATIONS = 2;
    private static final int STEPS = 200;
    private static final int TICK_SECONDS = 20;
    private static final int EPOCH_SECONDS = 120;

    private static AnvilProcess anvil;
    private static HttpService http;
    private static EvmClient operator;
    private static Deployment deployment;
    private static OcosToken token;
    private static Web3jSettlementChain chain;
    private static byte[] key;
    private static long runs;
    private static Batch older = batch(1, 0, 1);
    private static Batch newest = older;

    private static final class World implements Journal, BatchSource {
        final Points points = new Points();
        /** As a topic has them. */
        final List<byte[]> records = new ArrayList<>();

        final List<Proposal> batches = List.of(proposal(older), proposal(newest));
        int owner;

        Submitter start() {
            int me = ++owner;
            Journal mine = new Journal() {
                @Override
                public List<JournalEntry> open() {
                    return World.this.open();
                }

                @Override
                public void append(JournalEntry entry) {
                    if (owner != me) {
                        throw new FencedException("another submitter has the journal");
                    }
                    World.this.append(entry);
                }
            };
            return new Submitter(
                    points.around(SettlementChain.class, chain),
                    points.around(Journal.class, mine),
                    this,
                    batch -> new BatchCheck.Recomputed(hash("inputs")),
                    signer(),
                    new SubmitterPolicy(
                            AnvilProcess.CHAIN_ID,
                            CONFIRMATIONS,
                            true,
                            true,
                            3_600_000,
                            3_600_000,
                            0,
                            120,
                            1_000_000,
                            3,
                            new FeePolicy(false, BigInteger.TEN.pow(11), BigInteger.TEN.pow(11))),
                    Clock.systemUTC());
        }

        Submitter step(Submitter submitter) {
            try {
                if (!(submitter.step() instanceof StepResult.Acted)) {
                    tick();
                }
                return submitter;
            } catch (FencedException e) {
                return start();
            }
        }

        void settle(Submitter from) {
            Submitter submitter = from;
            for (int i = 0; i < STEPS && state().status(newest.number()) != BatchStatus.FINALIZED; i++) {
                submitter = step(submitter);
            }
            assertThat(state().status(newest.number())).as("%s", open()).isEqualTo(BatchStatus.FINALIZED);
        }

        JournalState state() {
            return JournalState.of(open());
        }

        @Override
        public List<JournalEntry> open() {
            return records.stream()
                    .map(record -> {
                        try {
                            return SubmissionSteps.entry(RecordCodec.decode(record, SubmissionStep.class));
                        } catch (MalformedRecordException e) {
                            throw new AssertionError(e);
                        }
                    })
                    .toList();
        }

        @Override
        public void append(JournalEntry entry) {
            records.add(RecordCodec.encode(SubmissionSteps.record(entry)));
        }

        @Override
        public boolean isCaughtUp() {
            return true;
        }

        @Override
        public Optional<Proposal> ofNumber(long number) {
            return batches.stream().filter(batch -> batch.number() == number).findFirst();
        }

        @Override
        public List<Proposal> above(long number) {
            return batches.stream()
                    .filter(batch -> batch.number() > number)
                    .sorted((a, b) -> Long.compare(b.number(), a.number()))
                    .toList();
        }

        @Override
        public Optional<String> contradiction() {
            return Optional.empty();
        }
    }

    private static SettlementSigner signer() {
        return new SettlementSigner(key, AnvilProcess.CHAIN_ID, deployment.settlement());
    }

    private static Hash32 hash(String text) {
        return Hash32.of(Keccak.hash(text.getBytes(StandardCharsets.UTF_8)));
    }

    private static Proposal proposal(Batch batch) {
        return new Proposal(
                batch.number(),
                batch.epoch(),
                batch.root(),
                batch.cumulativeTotal(),
                batch.artifactId().digest());
    }

    @BeforeAll
    static void deploy(@TempDir Path directory) throws Exception {
        anvil = AnvilProcess.start(directory.resolve("anvil.log"), List.of());
        http = new HttpService(anvil.rpcUrl().toString());
        key = TokenAmount.wei(4_242).toBytes();
        operator = new EvmClient(anvil.rpcUrl(), key);
        rpc("anvil_setBalance", operator.address().toString(), "0x56bc75e2d63100000");
        deployment = ContractDeployer.deploy(operator, TestChain.plan(TokenAmount.ocos(1_000_000), operator, Map.of()));
        token = OcosToken.load(
                deployment.token().toString(), operator.web3j(), operator.transactions(), operator.gas());
        chain = new Web3jSettlementChain(
                "anvil",
                anvil.rpcUrl().toString(),
                deployment.settlement(),
                operator.address(),
                Duration.ofSeconds(30));
        rpc("evm_setAutomine", false);
    }

    private static Batch batch(long number, long epoch, long times) {
        BatchLines.Packer lines = new BatchLines.Packer(5);
        for (int payee = 1; payee <= 5; payee++) {
            TokenAmount amount = new TokenAmount(BigInteger.TEN
                    .pow(17)
                    .multiply(BigInteger.valueOf(payee * times))
                    .add(BigInteger.ONE));
            lines.add(new Address(7, 7, payee), amount, amount);
        }
        return new Batch(number, epoch, BatchLines.of(List.of(lines.block())));
    }

    @AfterAll
    static void stop() {
        chain.close();
        operator.close();
        anvil.close();
    }

    @BeforeEach
    void beginAnew() throws IOException {
        begin();
    }

    /**
     * Two new batches, above all there were, with a journal that knows of nothing. The chain goes on: anvil cannot revert to a
     * snapshot that a reorg has touched.
     */
    private static void begin() throws IOException {
        rpc("anvil_dropAllTransactions");
        rpc("evm_increaseTime", 3 * EPOCH_SECONDS);
        // A reorg of the run reaches none of the blocks before it.
        for (int i = 0; i <= CONFIRMATIONS; i++) {
            rpc("evm_mine");
        }
        long epoch = TestChain.now(operator) / EPOCH_SECONDS - 1;
        runs++;
        older = batch(2 * runs - 1, epoch - 1, 2 * runs - 1);
        newest = batch(2 * runs, epoch, 2 * runs);
    }

    private static void tick() {
        try {
            rpc("evm_increaseTime", TICK_SECONDS);
            rpc("evm_mine");
        } catch (IOException e) {
            throw new ChainUnavailableException("anvil", e);
        }
    }

    private static void rpc(String method, Object... parameters) throws IOException {
        Request<?, VoidResponse> request = new Request<>(method, List.of(parameters), http, VoidResponse.class);
        VoidResponse answer = request.send();
        assertThat(answer.hasError()).as("%s: %s", method, answer.getError()).isFalse();
    }

    /** Everything owed is claimable, and it is exactly what was owed. */
    private static void claimAll() throws Exception {
        rpc("evm_setAutomine", true);
        try {
            MerkleTree tree = newest.tree();
            SettlementClient settlement = new SettlementClient(operator, deployment);
            settlement.claimAll(tree, newest.lines().stream().toList());
            assertThat(settlement.contract().paidTotal().send())
                    .isEqualTo(newest.cumulativeTotal().wei());
            for (Batch.Line line : newest.lines().stream().toList()) {
                assertThat(token.balanceOf(line.payee().toString()).send())
                        .isEqualTo(line.cumulative().wei());
            }
            assertThat(settlement.contract().finalizedTotal().send())
                    .isEqualTo(newest.cumulativeTotal().wei());
            assertThat(settlement.contract().lastProposedNumber().send())
                    .isEqualTo(BigInteger.valueOf(newest.number()));
        } finally {
            rpc("evm_setAutomine", false);
        }
    }

    private static long nonces(World world) {
        return world.open().stream()
                .filter(JournalEntry.Signed.class::isInstance)
                .map(entry -> ((JournalEntry.Signed) entry).nonce())
                .distinct()
                .count();
    }

    private static long failures(World world) {
        List<JournalEntry.Failed> failed = world.open().stream()
                .filter(JournalEntry.Failed.class::isInstance)
                .map(JournalEntry.Failed.class::cast)
                .toList();
        assertThat(failed).allSatisfy(entry -> assertThat(entry.failure()).isEqualTo(JournalEntry.Failure.REVERTED));
        return failed.size();
    }

    @Test
    void proposesTheNewestAndFinalizesIt() throws Exception {
        World world = new World();
        world.settle(world.start());
        assertThat(nonces(world)).isEqualTo(2);
        assertThat(world.state().status(older.number())).isEqualTo(BatchStatus.SUPERSEDED);
        claimAll();
    }

    @Test
    void whatTheNodeSaysToTransactionsIsUnderstood() throws Exception {
        long nonce = chain.pendingNonce();
        BigInteger gwei = BigInteger.TEN.pow(9);
        Fees fees = new Fees(true, gwei, gwei);
        String raw = signer().sign(new Call.Fill(), nonce, 21_000, fees).raw();
        assertThat(chain.send(raw).status()).isEqualTo(SendStatus.ACCEPTED);
        assertThat(chain.send(raw).status()).isEqualTo(SendStatus.ACCEPTED);
        assertThat(chain.pendingNonce()).isEqualTo(nonce + 1);
        assertThat(chain.send(signer().sign(new Call.Fill(), nonce, 21_001, fees)
                                .raw())
                        .status())
                .isEqualTo(SendStatus.UNDERPRICED);
        tick();
        assertThat(chain.send(signer().sign(new Call.Fill(), nonce, 22_000, fees)
                                .raw())
                        .status())
                .isEqualTo(SendStatus.NONCE_TOO_LOW);
        assertThat(chain.send(signer().sign(new Call.Fill(), nonce + 1, 21_000, Fees.legacy(BigInteger.TEN.pow(18)))
                                .raw())
                        .status())
                .isEqualTo(SendStatus.INSUFFICIENT_FUNDS);
        Hash32 hash = signer().sign(new Call.Fill(), nonce, 21_000, fees).hash();
        assertThat(chain.knows(hash)).isTrue();
        assertThat(chain.receipt(hash).orElseThrow().succeeded()).isTrue();
        assertThat(chain.knows(hash("none"))).isFalse();
        assertThat(chain.receipt(hash("none"))).isEmpty();
        assertThat(chain.estimate(new Call.Finalize(9)).refusal()).contains("BatchNotPending(uint64)");
        assertThat(chain.chainId()).isEqualTo(AnvilProcess.CHAIN_ID);
        assertThat(chain.hasContract()).isTrue();
        try (Web3jSettlementChain wrong = new Web3jSettlementChain(
                "anvil", anvil.rpcUrl().toString(), deployment.token(), operator.address(), Duration.ofSeconds(30))) {
            assertThat(wrong.hasContract()).isFalse();
        }
    }

    @Test
    void legacyTransactionsAreTakenToo() throws Exception {
        long nonce = chain.pendingNonce();
        Call.Propose propose = new Call.Propose(proposal(newest), hash("inputs"), 0);
        long gas = chain.estimate(propose).gas();
        var signed = signer().sign(propose, nonce, gas + gas / 5, Fees.legacy(BigInteger.TEN.pow(9)));
        assertThat(chain.send(signed.raw()).status()).isEqualTo(SendStatus.ACCEPTED);
        tick();
        assertThat(chain.receipt(signed.hash()).orElseThrow().succeeded()).isTrue();
        assertThat(chain.batch(newest.number(), chain.head().number()).root()).isEqualTo(newest.root());
        for (int i = 0; i < 60 / TICK_SECONDS; i++) {
            tick();
        }
        Call.Finalize finalize = new Call.Finalize(newest.number());
        assertThat(chain.send(signer().sign(finalize, nonce + 1, 300_000, Fees.legacy(BigInteger.TEN.pow(9)))
                                .raw())
                        .status())
                .isEqualTo(SendStatus.ACCEPTED);
        tick();
        assertThat(chain.batch(newest.number(), chain.head().number()).state()).isEqualTo(BatchState.FINALIZED);
    }

    static IntStream reorgs() {
        return IntStream.rangeClosed(0, CONFIRMATIONS);
    }

    @Tag("full")
    @ParameterizedTest
    @MethodSource("reorgs")
    void endedAtEveryPoint(int reorg) throws Exception {
        World quiet = new World();
        quiet.settle(quiet.start());
        long points = quiet.points.count();
        for (long point = 1; point <= points; point++) {
            begin();
            World world = new World();
            endAt(world, point);
            if (reorg > 0) {
                rpc("anvil_reorg", reorg, List.of());
            }
            world.settle(world.start());
            // A reorg can move a transaction into an earlier time, where the contract refuses it: it is planned anew.
            assertThat(nonces(world))
                    .as("point %d, reorg %d: %s", point, reorg, world.open())
                    .isEqualTo(2 + failures(world));
            assertThat(failures(world)).isLessThanOrEqualTo(reorg == 0 ? 0 : 1);
            if (point % 10 == 0) {
                claimAll();
            }
        }
    }

    @Tag("full")
    @Test
    void anotherTakesOverAtEveryPoint() throws Exception {
        World quiet = new World();
        quiet.settle(quiet.start());
        long points = quiet.points.count();
        for (long point = 1; point <= points; point += 3) {
            begin();
            World world = new World();
            long takeover = point;
            world.points.act(at -> {
                if (at == takeover) {
                    world.points.rest();
                    Submitter second = world.start();
                    for (int i = 0; i < 5; i++) {
                        second = world.step(second);
                    }
                }
            });
            world.settle(world.start());
            assertThat(nonces(world)).as("takeover at point %d", point).isEqualTo(2);
        }
        claimAll();
    }

    private static void endAt(World world, long end) {
        world.points.act(point -> {
            if (point == end) {
                throw new Crash(point);
            }
        });
        try {
            Submitter submitter = world.start();
            while (true) {
                if (!(submitter.step() instanceof StepResult.Acted)) {
                    tick();
                }
            }
        } catch (Crash e) {
            world.points.rest();
        }
    }
}
