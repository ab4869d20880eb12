package io.ocos.jobs.verify;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.ocos.ingest.config.FleetConfig;
import io.ocos.ingest.domain.FleetPlan;
import io.ocos.ingest.io.FleetFiles;
import io.ocos.ingest.io.FleetHistory;
import io.ocos.jobs.archive.AlteredArchive;
import io.ocos.jobs.archive.ArchiveInput;
import io.ocos.jobs.cli.CommandRun;
import io.ocos.jobs.flink.RawRecord;
import io.ocos.jobs.rewardpipeline.PipelineBroker;
import io.ocos.jobs.runtime.FlinkRuntime;
import io.ocos.jobs.runtime.FlinkRuntimeConfig;
import io.ocos.jobs.settlement.ArtifactStore;
import io.ocos.jobs.settlement.BatchLog;
import io.ocos.rewardssettlement.domain.Batch;
import io.ocos.rewardssettlement.domain.BatchLines;
import io.ocos.rewardssettlement.io.ContractDeployer;
import io.ocos.rewardssettlement.io.Deployment;
import io.ocos.rewardssettlement.io.EvmClient;
import io.ocos.rewardssettlement.io.SettlementClient;
import io.ocos.schemas.avro.ChainEvent;
import io.ocos.schemas.avro.Reward;
import io.ocos.schemas.avro.RewardKind;
import io.ocos.schemas.avro.SettlementBatch;
import io.ocos.schemas.avro.SignedEnvelope;
import io.ocos.schemas.config.ConfigLoader;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.domain.TokenAmount;
import io.ocos.schemas.io.AnvilProcess;
import io.ocos.schemas.io.AvroValues;
import io.ocos.schemas.io.MalformedRecordException;
import io.ocos.schemas.io.RecordCodec;
import io.ocos.schemas.io.Topic;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.apache.avro.specific.SpecificRecord;
import org.apache.commons.io.FileUtils;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer.OrderAnnotation;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import org.web3j.protocol.core.Request;
import org.web3j.protocol.core.methods.response.VoidResponse;
import org.web3j.protocol.http.HttpService;

/**
 * A fleet's traffic through the three jobs on a real broker; then every batch is recomputed from the archive, and whatever was
 * altered afterwards is named.
 */
@TestMethodOrder(OrderAnnotation.class)
class VerifyBatchITCase {

    private static final long FIRST_MINUTE = 29_000_000;
    private static final int MINUTES = 8;

    /** The last two minutes stay open: nothing after them closes them. */
    private static final int BATCHES = 3;

    private static final int EPOCH_MINUTES = 2;
    private static final int NODES = 6;
    private static final Address REGISTRY = Address.parse("0x00000000000000000000000000000000000000e9");

    @TempDir
    static Path dir;

    private static PipelineBroker kafka;
    private static Path archive;
    private static Path artifacts;
    private static Map<Long, SettlementBatch> batches;

    /** An envelope that makes a difference: the only one of its slot, in the fourth minute. */
    private static RawRecord victim;

    private static byte[] altered;

    @BeforeAll
    static void run() throws Exception {
        kafka = PipelineBroker.start(dir.resolve("kafka"));
        archive = dir.resolve("archive");
        artifacts = dir.resolve("artifacts");
        FleetConfig fleet = ConfigLoader.load(
                FleetConfig.class,
                null,
                Map.of(
                        "nodes", Integer.toString(NODES),
                        "chainId", "56",
                        "registry", REGISTRY.toString(),
                        "skewPpm", "0",
                        "kafkaBootstrap", kafka.bootstrap()));
        chainEvents(FleetFiles.plan(fleet)).forEach(event -> send(Topic.CHAIN_EVENTS, event));
        FleetHistory.load(fleet, MINUTES, (FIRST_MINUTE + MINUTES) * 60_000, done -> {});

        FlinkRuntime flink = FlinkRuntime.start(ConfigLoader.load(
                FlinkRuntimeConfig.class,
                null,
                Map.ofEntries(
                        Map.entry("dataDir", dir.resolve("flink").toString()),
                        Map.entry("rewardPipeline.kafkaBootstrap", kafka.bootstrap()),
                        Map.entry("rewardPipeline.chainId", "56"),
                        Map.entry("rewardPipeline.registry", REGISTRY.toString()),
                        Map.entry("rewardPipeline.checkpointIntervalMillis", "500"),
                        Map.entry("settlement.kafkaBootstrap", kafka.bootstrap()),
                        Map.entry("settlement.epochMinutes", Integer.toString(EPOCH_MINUTES)),
                        Map.entry(
                                "settlement.artifactDirectory",
                                artifacts.toUri().toString()),
                        Map.entry("settlement.checkpointIntervalMillis", "500"),
                        Map.entry("archive.kafkaBootstrap", kafka.bootstrap()),
                        Map.entry("archive.directory", archive.toString()),
                        Map.entry("archive.epochMinutes", Integer.toString(EPOCH_MINUTES)),
                        Map.entry("archive.checkpointIntervalMillis", "500"))));
        try {
            await(() -> BatchLog.read(kafka.bootstrap(), null).size() == BATCHES);
            long last = FIRST_MINUTE / EPOCH_MINUTES + BATCHES - 1;
            await(() -> ArchiveInput.isArchive(archive.toString())
                    && ArchiveInput.open(archive.toString()).newest().epoch() >= last);
        } finally {
            flink.close();
        }
        batches = new HashMap<>(BatchLog.read(kafka.bootstrap(), null));
        victim = victim();
        altered = withOtherSignature(victim);
    }

    @AfterAll
    static void stop() {
        kafka.close();
    }

    @Test
    @Order(1)
    void everyBatchAgreesInOneLine() {
        for (long number = 1; number <= BATCHES; number++) {
            SettlementBatch batch = batch(number);
            assertThat(batch.getPayees()).isPositive();
            assertThat(verify(number, archive))
                    .isEqualTo(new CommandRun(
                            0,
                            "batch %d agrees: root %s, total %s wei, %d payees, epoch %d, inputs %s%n"
                                    .formatted(
                                            number,
                                            AvroValues.hash32(batch.getRoot()),
                                            AvroValues.amount(batch.getCumulativeTotal()),
                                            batch.getPayees(),
                                            batch.getEpoch(),
                                            ArchiveInput.open(archive.toString())
                                                    .upTo(batch.getEpoch())
                                                    .digest()),
                            ""));
        }
    }

    @Test
    @Order(1)
    void severalAreVerifiedAsEachAlone() throws Exception {
        assertSameAsAlone(archive, 0);
        CommandRun two = verify("2-3", archive);
        assertThat(two.exitCode()).isZero();
        assertThat(two.out())
                .isEqualTo(verify("2", archive).out() + verify("3", archive).out());
    }

    /** The altered record is in the second epoch: the first batch agrees, and the others name it. */
    @Test
    @Order(3)
    void severalOfAnAlteredArchiveAreVerifiedAsEachAlone() throws Exception {
        Path rewritten = copyOfArchive("rewritten-all");
        AlteredArchive.rewrite(rewritten, victim, altered);
        assertSameAsAlone(rewritten, 1);
        Path damaged = copyOfArchive("altered-all");
        AlteredArchive.alter(damaged, victim, altered);
        assertSameAsAlone(damaged, 1);
    }

    private static void assertSameAsAlone(Path archive, int exitCode) {
        StringBuilder alone = new StringBuilder();
        for (long number = 1; number <= BATCHES; number++) {
            alone.append(verify(number, archive).out());
        }
        assertThat(verify("--all", archive)).isEqualTo(new CommandRun(exitCode, alone.toString(), ""));
    }

    @Test
    @Order(2)
    void anEnvelopeThatWasAlteredUnderItsDigestsIsNamed() throws Exception {
        Path copy = copyOfArchive("altered");
        AlteredArchive.alter(copy, victim, altered);

        CommandRun run = verify(3, copy);

        assertThat(run.exitCode()).as(run.err()).isEqualTo(1);
        assertThat(run.out())
                .startsWith("batch 3 cannot be recomputed: the archive was altered after it was written: ")
                .contains(nameOfVictim(copy))
                .contains("signature is 0x")
                .doesNotContain("records differ");
    }

    @Test
    @Order(3)
    void anEnvelopeThatWasAlteredWithAllDigestsIsNamedWithPayeeAndMinute() throws Exception {
        Path copy = copyOfArchive("rewritten");
        AlteredArchive.rewrite(copy, victim, altered);

        CommandRun run = verify(3, copy);

        assertThat(run.exitCode()).as(run.err()).isEqualTo(1);
        List<String> lines = run.out().lines().toList();
        SignedEnvelope envelope = envelope(victim);
        Address node = AvroValues.address(envelope.getNode());
        FleetPlan.Node owned = FleetPlan.of(1, NODES).nodes().stream()
                .filter(each -> each.address().equals(node))
                .findFirst()
                .orElseThrow();
        assertThat(lines).hasSize(4);
        assertThat(lines.get(0))
                .startsWith("batch 3 differs: root ")
                .contains("; total ")
                .contains("; CID ");
        assertThat(lines.get(1)).startsWith("payee " + owned.owner().address());
        assertThat(lines.get(2))
                .startsWith("minute %d (".formatted(envelope.getReceivedAt() / 60_000))
                .contains(node.toString());
        assertThat(lines.get(3))
                .startsWith(nameOfVictim(copy))
                .endsWith("the archive was altered after it was written");
    }

    @Test
    @Order(4)
    void anAlterationThatChangesNoAmountIsNamedAllTheSame() throws Exception {
        Path copy = copyOfArchive("gateway");
        SignedEnvelope envelope = envelope(victim);
        envelope.setGateway("another");
        AlteredArchive.rewrite(copy, victim, RecordCodec.encode(envelope));

        CommandRun run = verify(2, copy);

        assertThat(run.exitCode()).as(run.err()).isEqualTo(1);
        assertThat(run.out())
                .startsWith("batch 2 agrees, root ")
                .contains(nameOfVictim(copy) + "gateway is another in the archive, history in the topic");
    }

    @Test
    @Order(5)
    void aBatchThatIsNotMadeOfTheRewardsIsNamedWithItsPayee() throws Exception {
        Batch.Line line = publishChanged(2);

        CommandRun run = verify(2, archive);

        assertThat(run.exitCode()).as(run.err()).isEqualTo(1);
        assertThat(run.out().lines().toList())
                .element(1)
                .asString()
                .startsWith("payee %s: cumulative %s, ".formatted(line.payee(), line.cumulative()))
                .contains("recomputed %s, "
                        .formatted(new TokenAmount(line.cumulative().wei().subtract(java.math.BigInteger.ONE))));
        assertThat(run.out())
                .contains("the rewards of %s are the same in topic rewards".formatted(line.payee()))
                .contains("inputs: every archived record is the same in the topics; the stored result differs");
        send(Topic.SETTLEMENT_BATCHES, batch(2));
    }

    @Test
    @Order(6)
    void aRewardThatNobodyEarnedIsNamedWithPayeeAndMinute() throws Exception {
        Batch.Line line = publishChanged(3);
        long minute = batch(3).getFromMinute();
        send(
                Topic.REWARDS,
                Reward.newBuilder()
                        .setMinute(minute)
                        .setKind(RewardKind.ADJUSTMENT)
                        .setPayee(AvroValues.avro(line.payee()))
                        .setAmount(AvroValues.avro(TokenAmount.wei(1)))
                        .setReason("ADJUSTED")
                        .build());

        CommandRun run = verify(3, archive);

        assertThat(run.exitCode()).as(run.err()).isEqualTo(1);
        assertThat(run.out())
                .contains("payee " + line.payee())
                .contains("minute %d (".formatted(minute))
                .contains("topic rewards has %d,ADJUSTMENT,,,%s,1,ADJUSTED; recomputed nothing of it"
                        .formatted(minute, line.payee()));
        send(Topic.SETTLEMENT_BATCHES, batch(3));
    }

    @Test
    @Order(7)
    void whatCannotBeReadIsOneLine() throws Exception {
        assertThat(verify("2-9", archive).err())
                .isEqualTo("ocos: batch 4: there is none, expected 1 … 3%n".formatted());
        assertThat(verify("3-2", archive).err())
                .isEqualTo("ocos: batch '3-2', expected a number, or a range such as 1-34%n".formatted());
        assertThat(CommandRun.of("verify-batch", "1", "--all").err())
                .isEqualTo("ocos: expected the number of a batch, a range such as 1-34, or --all%n".formatted());
        assertThat(verify(9, archive))
                .isEqualTo(new CommandRun(2, "", "ocos: batch 9: there is none, expected 1 … 3%n".formatted()));
        assertThat(verify(1, dir.resolve("nowhere")).err())
                .isEqualTo("ocos: archive %s: no such directory%n".formatted(dir.resolve("nowhere")));
        Path copy = copyOfArchive("short");
        Files.delete(Path.of(ArchiveInput.open(copy.toString()).fileOf(victim)));
        CommandRun run = verify(3, copy);
        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err())
                .contains(": is missing; ")
                .endsWith("%n".formatted())
                .hasLineCount(1);
    }

    /** Everything but ClickHouse, which runs nowhere here. */
    @Test
    @Order(8)
    void theTreasuryReviewsAndVerifiesWithTheChainAndWithoutClickHouse() throws Exception {
        try (AnvilProcess anvil = AnvilProcess.start(
                        dir.resolve("anvil.log"), List.of("--timestamp", Long.toString(FIRST_MINUTE * 60 - 600)));
                EvmClient guardian =
                        new EvmClient(anvil.rpcUrl(), TokenAmount.wei(99_999).toBytes())) {
            rpc(anvil, "anvil_setBalance", guardian.address().toString(), "0x56bc75e2d63100000");
            Deployment deployment = deploy(guardian, anvil);
            rpc(anvil, "evm_setNextBlockTimestamp", (FIRST_MINUTE + MINUTES) * 60);
            SettlementClient settlement = new SettlementClient(guardian, deployment);
            propose(settlement, 1, batch(1));
            rpc(anvil, "evm_increaseTime", 60);
            settlement.contract().finalize(BigInteger.ONE).send();
            // A proposal of batch 2 that names another artifact.
            settlement
                    .propose(
                            2,
                            batch(2).getEpoch(),
                            AvroValues.hash32(batch(2).getRoot()),
                            AvroValues.amount(batch(2).getCumulativeTotal()),
                            new Hash32(1, 2, 3, 4),
                            inputsDigest(batch(2)))
                    .send();
            CommandRun other = treasury("verify", 2);
            assertThat(other.exitCode()).as(other.err()).isEqualTo(1);
            assertThat(other.out()).startsWith("batch 2 differs: CID on chain ").contains(batch(2).getCid());
            settlement.contract().veto(BigInteger.TWO).send();
            settlement.contract().resume().send();
            assertThat(treasury("verify", 3).out())
                    .startsWith("batch 3 agrees: ")
                    .endsWith("it is not proposed on chain yet%n".formatted());
            propose(settlement, 3, batch(3));

            CommandRun verified = treasury("verify", 3);
            assertThat(verified.out())
                    .as(verified.err())
                    .startsWith("batch 3 agrees: ")
                    .endsWith(", on chain PENDING%n".formatted());
            assertThat(verified.exitCode()).isZero();

            CommandRun reviewed =
                    treasury("review", 3, "--out", dir.resolve("reviews").toString());
            assertThat(reviewed.exitCode()).as(reviewed.err()).isZero();
            assertThat(reviewed.out())
                    .startsWith("# Batch 3: PROPOSED")
                    .contains("Recomputed from the archived inputs: root, total, payees, artifact and inputs agree")
                    .contains("compared with | batch 1")
                    .contains("## What a veto would mean");
            assertThat(Files.readString(dir.resolve("reviews/review-3.md"))).contains("# Batch 3: PROPOSED");
            review(new ObjectMapper()
                    .readTree(dir.resolve("reviews/review-3.json").toFile()));

            CommandRun unchecked = treasury(
                    "review",
                    3,
                    "--no-recompute",
                    "--out",
                    dir.resolve("unchecked").toString());
            assertThat(unchecked.exitCode()).as(unchecked.err()).isZero();
            assertThat(unchecked.out()).contains("**Not recomputed**").contains("Not recomputed, so not known.");

            settlement.contract().veto(BigInteger.valueOf(3)).send();
            CommandRun vetoed = treasury(
                    "review",
                    3,
                    "--no-recompute",
                    "--out",
                    dir.resolve("vetoed").toString());
            assertThat(vetoed.out()).startsWith("# Batch 3: VETOED").contains("It is vetoed already.");
            assertThat(treasury("review", 9).err())
                    .isEqualTo("ocos: batch 9: there is none, expected 1 … 3%n".formatted());
        }
    }

    private static void review(JsonNode review) {
        SettlementBatch batch = batch(3);
        BigInteger rise = AvroValues.amount(batch.getCumulativeTotal())
                .wei()
                .subtract(AvroValues.amount(batch(1).getCumulativeTotal()).wei());
        assertThat(review.path("inputsDigest").asText())
                .isEqualTo(ArchiveInput.open(archive.toString())
                        .upTo(batch.getEpoch())
                        .digest());
        assertThat(review.at("/recomputation/result").asText()).isEqualTo("AGREES");
        assertThat(review.at("/change/base").asLong()).isEqualTo(1);
        assertThat(review.at("/change/epochs").asLong()).isEqualTo(2);
        assertThat(review.at("/change/rise").asText()).isEqualTo(rise.toString());
        assertThat(review.at("/funding/required").asText()).isEqualTo(rise.toString());
        assertThat(review.at("/funding/funded").asBoolean()).isTrue();
        // What was paid by type is what payees rose by; every node has a record for each of four minutes.
        BigInteger paid = BigInteger.ZERO;
        long nodeMinutes = 0;
        long paidMinutes = 0;
        for (JsonNode type : review.path("types")) {
            paid = paid.add(new BigInteger(type.path("rewards").asText()));
            nodeMinutes += type.path("nodeMinutes").asLong();
            paidMinutes += type.path("paidMinutes").asLong();
            assertThat(new BigInteger(type.path("rewards").asText()))
                    .isLessThanOrEqualTo(new BigInteger(type.path("cap").asText()));
        }
        assertThat(paid).isEqualTo(rise);
        assertThat(nodeMinutes).isEqualTo(4L * NODES);
        long unpaid = 0;
        for (JsonNode minutes : review.path("unpaidMinutes")) {
            unpaid += minutes.asLong();
        }
        assertThat(paidMinutes + unpaid).isEqualTo(nodeMinutes);
        BigInteger moved = BigInteger.ZERO;
        for (JsonNode mover : review.at("/change/topMovers")) {
            moved = moved.add(new BigInteger(mover.path("rise").asText()));
        }
        assertThat(moved).isEqualTo(rise);
    }

    private static Deployment deploy(EvmClient guardian, AnvilProcess anvil) throws Exception {
        Address all = guardian.address();
        Deployment made = ContractDeployer.deploy(
                guardian,
                ContractDeployer.Plan.local(
                        TokenAmount.ocos(1_000_000),
                        new ContractDeployer.Roles(all, all, all, all, all),
                        new ContractDeployer.Settlement(
                                Duration.ofMinutes(EPOCH_MINUTES), TokenAmount.ocos(1_000), Duration.ofSeconds(60)),
                        new ContractDeployer.Governance(
                                Duration.ofSeconds(30),
                                Duration.ofMinutes(2),
                                TokenAmount.ocos(100),
                                4,
                                Duration.ofMinutes(1)),
                        Map.of(),
                        2));
        made.write(dir.resolve("deployment.json"));
        // Nodes have signed for another registry than the one that was deployed here.
        Files.writeString(
                dir.resolve("deployment.json"),
                Files.readString(dir.resolve("deployment.json"))
                        .replace(made.registry().toString(), REGISTRY.toString()));
        Files.writeString(dir.resolve("treasury.yaml"), """
                rpcUrl: %s
                deploymentFile: %s
                kafkaBootstrap: %s
                artifactDirectory: %s
                archiveDirectory: %s
                """.formatted(
                        anvil.rpcUrl(), dir.resolve("deployment.json"), kafka.bootstrap(), artifacts, archive));
        return Deployment.read(dir.resolve("deployment.json"));
    }

    private static void propose(SettlementClient settlement, long number, SettlementBatch batch) throws Exception {
        settlement
                .propose(
                        number,
                        batch.getEpoch(),
                        AvroValues.hash32(batch.getRoot()),
                        AvroValues.amount(batch.getCumulativeTotal()),
                        AvroValues.hash32(batch.getArtifactDigest()),
                        inputsDigest(batch))
                .send();
    }

    private static Hash32 inputsDigest(SettlementBatch batch) {
        return Hash32.parse("0x"
                + ArchiveInput.open(archive.toString()).upTo(batch.getEpoch()).digest());
    }

    private static CommandRun treasury(String command, long number, String... more) {
        List<String> arguments = new ArrayList<>(List.of(
                "treasury",
                command,
                Long.toString(number),
                "--config",
                dir.resolve("treasury.yaml").toString(),
                "--parallelism",
                "1"));
        arguments.addAll(List.of(more));
        return CommandRun.of(arguments.toArray(String[]::new));
    }

    private static void rpc(AnvilProcess anvil, String method, Object... parameters) throws IOException {
        HttpService http = new HttpService(anvil.rpcUrl().toString());
        Request<?, VoidResponse> request = new Request<>(method, List.of(parameters), http, VoidResponse.class);
        assertThat(request.send().hasError()).as(method).isFalse();
    }

    private static SettlementBatch batch(long number) {
        return Objects.requireNonNull(batches.get(number));
    }

    private static SignedEnvelope envelope(RawRecord record) throws MalformedRecordException {
        return RecordCodec.decode(Objects.requireNonNull(record.value()), SignedEnvelope.class);
    }

    private static String nameOfVictim(Path archive) throws MalformedRecordException {
        SignedEnvelope envelope = envelope(victim);
        return "input telemetry-%d@%d in %s: envelope of node %s, sequence %d, receivedAt %d: "
                .formatted(
                        victim.partition(),
                        victim.offset(),
                        ArchiveInput.open(archive.toString()).fileOf(victim),
                        AvroValues.address(envelope.getNode()),
                        envelope.getSequence(),
                        envelope.getReceivedAt());
    }

    private static CommandRun verify(long number, Path archive) {
        return verify(Long.toString(number), archive);
    }

    private static CommandRun verify(String batches, Path archive) {
        return CommandRun.of(
                "verify-batch",
                batches,
                "--archive",
                archive.toString(),
                "--artifacts",
                artifacts.toString(),
                "--kafka",
                kafka.bootstrap(),
                "--chain-id",
                "56",
                "--registry",
                REGISTRY.toString(),
                "--parallelism",
                "1");
    }

    /** Publishes a batch anew with 1 wei more for its first payee, as somebody might who has the submitter's rights. */
    private static Batch.Line publishChanged(long number) throws IOException {
        SettlementBatch original = batch(number);
        ArtifactStore store = ArtifactStore.at(artifacts.toString());
        List<Batch.Line> lines =
                new ArrayList<>(store.read(original.getCid()).stream().toList());
        Batch.Line first = lines.get(0);
        Batch.Line more = new Batch.Line(
                first.payee(),
                first.cumulative().plus(TokenAmount.wei(1)),
                first.delta().plus(TokenAmount.wei(1)));
        lines.set(0, more);
        BatchLines.Packer packer = new BatchLines.Packer(lines.size());
        lines.forEach(line -> packer.add(line.payee(), line.cumulative(), line.delta()));
        Batch batch = new Batch(number, original.getEpoch(), BatchLines.of(List.of(packer.block())));
        Batch.ArtifactId artifact = store.write(batch);
        SettlementBatch changed = SettlementBatch.newBuilder(original)
                .setRoot(AvroValues.avro(batch.root()))
                .setCumulativeTotal(AvroValues.avro(batch.cumulativeTotal()))
                .setDelta(AvroValues.avro(batch.delta()))
                .setCid(artifact.cid())
                .setArtifactDigest(AvroValues.avro(artifact.digest()))
                .build();
        send(Topic.SETTLEMENT_BATCHES, changed);
        return more;
    }

    private static RawRecord victim() {
        Map<String, List<RawRecord>> slots = new HashMap<>();
        ArchiveInput.open(archive.toString()).forEach(Topic.TELEMETRY, raw -> {
            try {
                if (RecordCodec.decode(Objects.requireNonNull(raw.value())) instanceof SignedEnvelope envelope
                        && envelope.getReceivedAt() / 60_000 == FIRST_MINUTE + 3) {
                    slots.computeIfAbsent(
                                    AvroValues.address(envelope.getNode()) + "/" + envelope.getReceivedAt() / 10_000,
                                    slot -> new ArrayList<>())
                            .add(raw);
                }
            } catch (MalformedRecordException e) {
                throw new IllegalStateException(e);
            }
        });
        return slots.values().stream()
                .filter(records -> records.size() == 1)
                .map(records -> records.get(0))
                .min(java.util.Comparator.comparingInt(RawRecord::partition).thenComparingLong(RawRecord::offset))
                .orElseThrow();
    }

    private static byte[] withOtherSignature(RawRecord record) throws MalformedRecordException {
        SignedEnvelope envelope = envelope(record);
        byte[] signature = AvroValues.bytes(envelope.getSignature());
        signature[7] ^= 1;
        envelope.setSignature(ByteBuffer.wrap(signature));
        return RecordCodec.encode(envelope);
    }

    private static Path copyOfArchive(String name) throws IOException {
        Path copy = dir.resolve(name);
        FileUtils.copyDirectory(archive.toFile(), copy.toFile());
        return copy;
    }

    /** All nodes from the first minute on, with a reputation that counts from the start; a block each half minute. */
    private static List<ChainEvent> chainEvents(FleetPlan plan) {
        List<ChainEvent> events = new ArrayList<>();
        long start = FIRST_MINUTE * 60;
        long log = 0;
        Map<String, String> parameters =
                Map.of("reputation.floor", "0", "reputation.full", "1000000", "reputation.prior", "1");
        for (Map.Entry<String, String> parameter : parameters.entrySet()) {
            events.add(event(
                    1,
                    start,
                    log++,
                    "ParameterSet",
                    Map.of("key", Hash32.ofName(parameter.getKey()).toString(), "value", parameter.getValue())));
        }
        for (FleetPlan.Node node : plan.nodes()) {
            events.add(event(
                    1,
                    start,
                    log++,
                    "NodeRegistered",
                    Map.of(
                            "node", node.address().toString(),
                            "owner", node.owner().address().toString(),
                            "nodeType", node.type().onChain().toString(),
                            "capacityUnits", Long.toString(node.capacityUnits()))));
            events.add(event(
                    1,
                    start,
                    log++,
                    "StakeChanged",
                    Map.of(
                            "node", node.address().toString(),
                            "stake", node.stake().toString(),
                            "change", node.stake().toString())));
        }
        for (int block = 1; block <= 2 * MINUTES + 4; block++) {
            events.add(event(block, start + (block - 1) * 30L, -1, "BlockFinalized", Map.of()));
        }
        return events;
    }

    private static ChainEvent event(long block, long timeSeconds, long log, String name, Map<String, String> args) {
        return new ChainEvent(
                block,
                AvroValues.avro(new Hash32(block, 0, 0, 1)),
                timeSeconds,
                AvroValues.avro(Hash32.ZERO),
                log,
                AvroValues.avro(REGISTRY),
                name,
                args);
    }

    private static void send(Topic topic, SpecificRecord record) {
        kafka.send(new ProducerRecord<>(topic.topicName(), 0, null, RecordCodec.encode(record)));
        kafka.flush();
    }

    private static void await(BooleanSupplier condition) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(180);
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("deadline").isLessThan(deadline);
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(200));
        }
    }
}
