package io.ocos.jobs.submitter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ocos.ingest.io.NodeKeys;
import io.ocos.ingest.io.NodeKeys.Strength;
import io.ocos.jobs.kafka.KafkaProcess;
import io.ocos.jobs.settlement.ArtifactStore;
import io.ocos.rewardssettlement.contracts.RewardsSettlement;
import io.ocos.rewardssettlement.domain.Batch;
import io.ocos.rewardssettlement.domain.BatchLines;
import io.ocos.rewardssettlement.domain.submission.FencedException;
import io.ocos.rewardssettlement.domain.submission.JournalEntry;
import io.ocos.rewardssettlement.domain.submission.JournalState;
import io.ocos.rewardssettlement.domain.submission.JournalState.BatchStatus;
import io.ocos.rewardssettlement.io.ContractDeployer;
import io.ocos.rewardssettlement.io.Deployment;
import io.ocos.rewardssettlement.io.EvmClient;
import io.ocos.schemas.avro.RejectedRecord;
import io.ocos.schemas.avro.SettlementBatch;
import io.ocos.schemas.config.ConfigException;
import io.ocos.schemas.config.ConfigLoader;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.TokenAmount;
import io.ocos.schemas.io.AnvilProcess;
import io.ocos.schemas.io.ArchiveManifest;
import io.ocos.schemas.io.AvroValues;
import io.ocos.schemas.io.RecordCodec;
import io.ocos.schemas.io.Topic;
import java.io.IOException;
import java.math.BigInteger;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import org.web3j.protocol.core.DefaultBlockParameterName;
import org.web3j.protocol.core.Request;
import org.web3j.protocol.core.methods.response.VoidResponse;
import org.web3j.protocol.http.HttpService;

/** The process with a real broker, a real chain and the contracts; the tests follow each other on one chain. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class SubmitterServiceITCase {

    private static final int EPOCH_SECONDS = 120;
    private static final int WAITING = 1_000;
    private static final long BOUND_NANOS = TimeUnit.SECONDS.toNanos(90);

    @TempDir
    private static Path directory;

    private static KafkaProcess broker;
    private static AnvilProcess anvil;
    private static EvmClient operator;
    private static Deployment deployment;
    private static RewardsSettlement settlement;
    private static long startEpoch;
    private static @Nullable String lastManifest;

    @BeforeAll
    static void start() throws Exception {
        broker = KafkaProcess.start(directory.resolve("broker"));
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrap()))) {
            admin.createTopics(Stream.of(
                                    Topic.SETTLEMENT_BATCHES,
                                    Topic.SETTLEMENT_JOURNAL,
                                    Topic.TELEMETRY_REJECTED,
                                    Topic.CHAIN_EVENTS_REJECTED,
                                    Topic.JOB_EVENTS_REJECTED)
                            .map(topic -> new NewTopic(topic.topicName(), topic.partitions(), (short) 1))
                            .toList())
                    .all()
                    .get();
        }
        anvil = AnvilProcess.start(directory.resolve("anvil.log"), List.of());
        NodeKeys keys = NodeKeys.of(TokenAmount.wei(77_777).toBytes());
        keys.save(directory.resolve("proposer.json"), "secret", Strength.LIGHT);
        Files.writeString(directory.resolve("password"), "secret\n");
        operator = new EvmClient(anvil.rpcUrl(), keys.privateKey());
        rpc("anvil_setBalance", operator.address().toString(), "0x56bc75e2d63100000");
        Address all = operator.address();
        deployment = ContractDeployer.deploy(
                operator,
                ContractDeployer.Plan.local(
                        TokenAmount.ocos(1_000_000),
                        new ContractDeployer.Roles(all, all, all, all, all),
                        new ContractDeployer.Settlement(
                                Duration.ofSeconds(EPOCH_SECONDS), TokenAmount.ocos(1_000), Duration.ofSeconds(60)),
                        new ContractDeployer.Governance(
                                Duration.ofSeconds(30),
                                Duration.ofMinutes(2),
                                TokenAmount.ocos(100),
                                4,
                                Duration.ofMinutes(1)),
                        Map.of(),
                        2));
        settlement = RewardsSettlement.load(
                deployment.settlement().toString(), operator.web3j(), operator.transactions(), operator.gas());
        startEpoch = settlement.lastFinalizedEpoch().send().longValueExact();
        rpc("evm_increaseTime", (WAITING + 10) * EPOCH_SECONDS);
        rpc("evm_mine");
        rpc("evm_setIntervalMining", 1);
        Files.createDirectories(directory.resolve("archive/manifests"));
    }

    @AfterAll
    static void stop() {
        operator.close();
        anvil.close();
        broker.close();
    }

    private static void rpc(String method, Object... parameters) throws IOException {
        HttpService http = new HttpService(anvil.rpcUrl().toString());
        Request<?, VoidResponse> request = new Request<>(method, List.of(parameters), http, VoidResponse.class);
        assertThat(request.send().hasError()).as(method).isFalse();
    }

    private static SubmitterConfig config(String... more) {
        Map<String, String> keys = new HashMap<>(Map.of(
                "rpcUrls",
                anvil.rpcUrl().toString(),
                "chainId",
                Long.toString(AnvilProcess.CHAIN_ID),
                "settlement",
                deployment.settlement().toString(),
                "keystore",
                directory.resolve("proposer.json").toString(),
                "passwordFile",
                directory.resolve("password").toString(),
                "kafkaBootstrap",
                broker.bootstrap(),
                "artifactDirectory",
                directory.resolve("artifacts").toString(),
                "archiveDirectory",
                directory.resolve("archive").toString(),
                "confirmations",
                "2",
                "requireRecomputed",
                "false"));
        keys.put("pollMillis", "100");
        keys.put("recheckAfterMillis", "200");
        for (int i = 0; i < more.length; i += 2) {
            keys.put(more[i], more[i + 1]);
        }
        return ConfigLoader.load(SubmitterConfig.class, null, keys);
    }

    private static Batch batch(long number) {
        BatchLines.Packer lines = new BatchLines.Packer(1);
        TokenAmount amount = TokenAmount.wei(number * 1_000);
        lines.add(new Address(1, 2, 3), amount, amount);
        return new Batch(number, startEpoch + number, BatchLines.of(List.of(lines.block())));
    }

    /** The manifest of an epoch without records, after the one before. */
    private static void archive(long epoch) throws IOException {
        ArchiveManifest manifest = new ArchiveManifest(
                ArchiveManifest.FORMAT,
                epoch,
                2,
                lastManifest,
                List.of(new ArchiveManifest.Partition(Topic.TELEMETRY.topicName(), 0, 0, 0, 0, List.of())));
        Files.write(directory.resolve("archive/manifests/%012d.json".formatted(epoch)), manifest.toBytes());
        lastManifest = manifest.digest();
    }

    private static SettlementBatch record(Batch batch) {
        Batch.ArtifactId artifact = batch.artifactId();
        long minute = batch.epoch() * EPOCH_SECONDS / 60;
        return new SettlementBatch(
                batch.number(),
                batch.epoch(),
                minute,
                minute + 2,
                AvroValues.avro(batch.root()),
                AvroValues.avro(batch.cumulativeTotal()),
                AvroValues.avro(TokenAmount.wei(1_000)),
                1L,
                1L,
                artifact.cid(),
                AvroValues.avro(artifact.digest()),
                artifact.bytes());
    }

    private static void write(long from, long to) {
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(
                Map.of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, broker.bootstrap()),
                new ByteArraySerializer(),
                new ByteArraySerializer())) {
            for (long number = from; number <= to; number++) {
                var unused = producer.send(new ProducerRecord<>(
                        Topic.SETTLEMENT_BATCHES.topicName(), RecordCodec.encode(record(batch(number)))));
            }
            producer.flush();
        }
    }

    private interface Condition {
        boolean holds() throws Exception;
    }

    private static void eventually(String what, Condition condition) throws Exception {
        long start = System.nanoTime();
        while (!condition.holds()) {
            assertThat(System.nanoTime() - start).as(what).isLessThan(BOUND_NANOS);
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
        }
    }

    private static long lastProposed() throws Exception {
        return settlement.lastProposedNumber().send().longValueExact();
    }

    private static long lastFinalized() throws Exception {
        return settlement.lastFinalizedNumber().send().longValueExact();
    }

    private static BigInteger transactions() throws IOException {
        return operator.web3j()
                .ethGetTransactionCount(operator.address().toString(), DefaultBlockParameterName.LATEST)
                .send()
                .getTransactionCount();
    }

    private static String ready(SubmitterService service) throws Exception {
        return HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create("http://127.0.0.1:%d/ready".formatted(service.opsPort())))
                                .build(),
                        HttpResponse.BodyHandlers.ofString())
                .body();
    }

    private static Map<String, Object> kafka() {
        return Map.of("bootstrap.servers", broker.bootstrap());
    }

    private static JournalState journal() {
        try (KafkaJournal journal = new KafkaJournal(kafka())) {
            return JournalState.of(journal.open());
        }
    }

    @Test
    @Order(1)
    void badInput41WrongChainOrContractEndsTheProcessInOneLine() {
        assertThatThrownBy(() -> SubmitterService.start(config("chainId", "1")))
                .isInstanceOf(ConfigException.class)
                .hasMessage("chainId: 1, but rpcUrls[0] has chain id 56; expected the same");
        assertThatThrownBy(() -> SubmitterService.start(
                        config("settlement", deployment.token().toString())))
                .isInstanceOf(ConfigException.class)
                .hasMessage("settlement: rpcUrls[0] has no settlement contract at " + deployment.token());
        assertThatThrownBy(() -> config("rpcUrls", "ftp://user:hidden@host"))
                .isInstanceOf(ConfigException.class)
                .hasMessageNotContaining("hidden");
        assertThatThrownBy(() -> config("unknownKey", "1"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("unknown key 'unknownKey'");
    }

    @Test
    @Order(2)
    void anUnreachableEndpointIsWaitedFor() throws Exception {
        SubmitterService service = SubmitterService.start(config("rpcUrls", "http://127.0.0.1:9"));
        try {
            eventually("it says so", () -> ready(service).contains("rpcUrls[0]: eth_getBlockByNumber: no answer"));
            assertThat(service.terminated()).isNotDone();
        } finally {
            service.close();
        }
        assertThat(service.terminated()).isCompleted();
    }

    @Test
    @Order(3)
    void aThousandWaitingBatchesAreOneProposal() throws Exception {
        BigInteger before = transactions();
        Batch newest = batch(WAITING);
        ArtifactStore.at(directory.resolve("artifacts").toString()).write(newest);
        write(1, WAITING);
        SubmitterService first = SubmitterService.start(config());
        SubmitterService second = SubmitterService.start(config());
        try {
            eventually("it waits for the inputs", () -> (ready(first) + ready(second))
                    .contains("batch %d cannot be proposed now: archive".formatted(WAITING)));
            assertThat(transactions()).isEqualTo(before);
            archive(newest.epoch());
            eventually("it is proposed", () -> lastProposed() == WAITING);
            RewardsSettlement.Batch proposed =
                    settlement.batchOf(BigInteger.valueOf(WAITING)).send();
            assertThat(proposed.root).isEqualTo(newest.root().toBytes());
            // The window is over.
            rpc("evm_increaseTime", 100);
            eventually("it is finalized", () -> lastFinalized() == WAITING);
        } finally {
            first.close();
            second.close();
        }
        assertThat(transactions().subtract(before)).isEqualTo(BigInteger.TWO);
        assertThat(journal().status(1)).isEqualTo(BatchStatus.SUPERSEDED);
    }

    @Test
    @Order(4)
    void fault29OfTwoOneActsAndTheOtherTakesOver() throws Exception {
        BigInteger before = transactions();
        SubmitterService first = SubmitterService.start(config());
        SubmitterService second = SubmitterService.start(config());
        try {
            eventually(
                    "one stands by",
                    () -> ready(first).contains("stands by") != ready(second).contains("stands by"));
            SubmitterService leader = ready(first).contains("stands by") ? second : first;
            SubmitterService other = leader.equals(first) ? second : first;
            leader.close();
            Batch next = batch(WAITING + 1);
            ArtifactStore.at(directory.resolve("artifacts").toString()).write(next);
            archive(next.epoch());
            write(WAITING + 1, WAITING + 1);
            eventually("the other proposes", () -> lastProposed() == WAITING + 1);
            rpc("evm_increaseTime", 100);
            eventually("and finalizes", () -> lastFinalized() == WAITING + 1);
            eventually("it is ready", () -> ready(other).contains("\"ready\":true"));
        } finally {
            first.close();
            second.close();
        }
        assertThat(transactions().subtract(before)).isEqualTo(BigInteger.TWO);
    }

    @Test
    @Order(5)
    void fault33LateRecordsStopProposalsUntilAPersonAcknowledgesThem() throws Exception {
        Batch next = batch(WAITING + 2);
        ArtifactStore.at(directory.resolve("artifacts").toString()).write(next);
        archive(next.epoch());
        reject("E1", "a signature of somebody else");
        reject("LATE", "an envelope of minute 5 came when minutes up to 7 were closed");
        write(WAITING + 2, WAITING + 2);
        BigInteger before = transactions();
        SubmitterService service = SubmitterService.start(config());
        try {
            eventually("it says so", () -> ready(service)
                    .contains("batch %d cannot be proposed now: inputs came after their minutes were closed: "
                                    .formatted(next.number())
                            + "telemetry-rejected@1: an envelope of minute 5 came when minutes up to 7 were closed"));
        } finally {
            service.close();
        }
        assertThat(lastProposed()).isEqualTo(WAITING + 1);
        assertThat(transactions()).isEqualTo(before);
        SubmitterService acknowledged = SubmitterService.start(config("acknowledgeLate", "telemetry-rejected@1"));
        try {
            eventually("it is proposed", () -> lastProposed() == next.number());
        } finally {
            acknowledged.close();
        }
        assertThatThrownBy(() -> config("acknowledgeLate", "1"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("acknowledgeLate '1', expected TOPIC@OFFSET");
    }

    private static void reject(String reason, String detail) {
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(
                Map.of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, broker.bootstrap()),
                new ByteArraySerializer(),
                new ByteArraySerializer())) {
            var unused = producer.send(new ProducerRecord<>(
                    Topic.TELEMETRY_REJECTED.topicName(),
                    RecordCodec.encode(RejectedRecord.newBuilder()
                            .setSource(Topic.TELEMETRY.topicName())
                            .setPartition(0)
                            .setOffset(17)
                            .setTimestamp(1)
                            .setReason(reason)
                            .setDetail(detail)
                            .setDetectedBy("reward-pipeline")
                            .build())));
            producer.flush();
        }
    }

    @Test
    @Order(6)
    void fault29WhoeverOpensTheJournalLastIsTheOnlyOneThatWrites() {
        try (KafkaJournal first = new KafkaJournal(kafka());
                KafkaJournal second = new KafkaJournal(kafka())) {
            int before = first.open().size();
            JournalEntry halt = new JournalEntry.Halted(1, "a test");
            first.append(halt);
            List<JournalEntry> entries = second.open();
            assertThat(entries).hasSize(before + 1).endsWith(halt);
            assertThatThrownBy(() -> first.append(halt)).isInstanceOf(FencedException.class);
            second.append(new JournalEntry.Resumed(2, before));
            assertThat(first.open()).hasSize(before + 2);
        }
    }
}
