package io.ocos.jobs.treasury;

import static org.assertj.core.api.Assertions.assertThat;

import io.ocos.jobs.kafka.KafkaProcess;
import io.ocos.jobs.settlement.ArtifactStore;
import io.ocos.rewardssettlement.contracts.OcosToken;
import io.ocos.rewardssettlement.contracts.RewardsSettlement;
import io.ocos.rewardssettlement.domain.Batch;
import io.ocos.rewardssettlement.domain.BatchLines;
import io.ocos.rewardssettlement.io.ContractDeployer;
import io.ocos.rewardssettlement.io.Deployment;
import io.ocos.rewardssettlement.io.EvmClient;
import io.ocos.rewardssettlement.io.SettlementClient;
import io.ocos.schemas.avro.MinuteClosed;
import io.ocos.schemas.avro.Reward;
import io.ocos.schemas.avro.RewardKind;
import io.ocos.schemas.avro.SettlementBatch;
import io.ocos.schemas.avro.SettlementLeaf;
import io.ocos.schemas.avro.TypeTotals;
import io.ocos.schemas.avro.Uint256;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.domain.TokenAmount;
import io.ocos.schemas.io.AnvilProcess;
import io.ocos.schemas.io.AvroValues;
import io.ocos.schemas.io.RecordCodec;
import io.ocos.schemas.io.Topic;
import java.io.IOException;
import java.math.BigInteger;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.web3j.protocol.core.DefaultBlockParameterName;
import org.web3j.protocol.core.Request;
import org.web3j.protocol.core.methods.response.EthSendTransaction;
import org.web3j.protocol.core.methods.response.VoidResponse;
import org.web3j.protocol.http.HttpService;

/** A broker, a chain with the contracts, and batches that are made as a test says. The operator has all roles. */
final class TreasuryWorld implements AutoCloseable {

    static final int EPOCH_MINUTES = 2;
    static final int CONFIRMATIONS = 2;

    private final Path directory;
    private final KafkaProcess broker;
    private final AnvilProcess anvil;
    private final EvmClient operator;
    private final Deployment deployment;
    private final SettlementClient settlement;
    private final KafkaProducer<byte[], byte[]> producer;
    private final NavigableMap<Address, TokenAmount> cumulative = new TreeMap<>();
    private final NavigableMap<Long, Batch> batches = new TreeMap<>();
    private final long startEpoch;

    private TreasuryWorld(Path directory) throws Exception {
        this.directory = directory;
        broker = KafkaProcess.start(directory.resolve("broker"));
        Map<String, Object> kafka = Map.of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, broker.bootstrap());
        try (Admin admin = Admin.create(kafka)) {
            admin.createTopics(Stream.of(Topic.values())
                            .map(topic -> new NewTopic(topic.topicName(), topic.partitions(), (short) 1))
                            .toList())
                    .all()
                    .get();
        }
        producer = new KafkaProducer<>(kafka, new ByteArraySerializer(), new ByteArraySerializer());
        anvil = AnvilProcess.start(directory.resolve("anvil.log"), List.of());
        operator = new EvmClient(anvil.rpcUrl(), TokenAmount.wei(88_888).toBytes());
        rpc("anvil_setBalance", operator.address().toString(), "0x56bc75e2d63100000");
        Address all = operator.address();
        deployment = ContractDeployer.deploy(
                operator,
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
                        CONFIRMATIONS));
        deployment.write(directory.resolve("deployment.json"));
        settlement = new SettlementClient(operator, deployment);
        startEpoch = settlement.contract().lastFinalizedEpoch().send().longValueExact();
        Files.writeString(directory.resolve("treasury.yaml"), """
                rpcUrl: %s
                deploymentFile: %s
                kafkaBootstrap: %s
                artifactDirectory: %s
                archiveDirectory: %s
                """.formatted(
                        anvil.rpcUrl(),
                        directory.resolve("deployment.json"),
                        broker.bootstrap(),
                        directory.resolve("artifacts"),
                        directory.resolve("archive")));
    }

    static TreasuryWorld start(Path directory) throws Exception {
        return new TreasuryWorld(directory);
    }

    String bootstrap() {
        return broker.bootstrap();
    }

    URI rpcUrl() {
        return anvil.rpcUrl();
    }

    /** The configuration of the treasury's commands. */
    Path config() {
        return directory.resolve("treasury.yaml");
    }

    EvmClient operator() {
        return operator;
    }

    Deployment deployment() {
        return deployment;
    }

    SettlementClient settlement() {
        return settlement;
    }

    RewardsSettlement contract() {
        return settlement.contract();
    }

    OcosToken token() {
        return OcosToken.load(deployment.token().toString(), operator.web3j(), operator.transactions(), operator.gas());
    }

    Batch batch(long number) {
        return Optional.ofNullable(batches.get(number)).orElseThrow();
    }

    /** The epoch of a batch. */
    long epoch(long number) {
        return startEpoch + number;
    }

    static Address payee(int number) {
        return new Address(0x1111111111111111L * (number % 15 + 1), number, number);
    }

    /** Makes the next batch, in which payees earn so much more, and publishes it. */
    Batch make(Map<Address, TokenAmount> rises) throws IOException {
        long number = batches.size() + 1L;
        rises.forEach((payee, rise) -> cumulative.merge(payee, rise, TokenAmount::plus));
        BatchLines.Packer lines = new BatchLines.Packer(cumulative.size());
        cumulative.forEach((payee, amount) -> lines.add(payee, amount, rises.getOrDefault(payee, TokenAmount.ZERO)));
        Batch batch = new Batch(number, epoch(number), BatchLines.of(List.of(lines.block())));
        ArtifactStore.at(directory.resolve("artifacts").toString()).write(batch);
        batches.put(number, batch);
        putMinutes(batch.epoch() * EPOCH_MINUTES, rises);
        rises.forEach((payee, rise) -> put(
                Topic.SETTLEMENT_LEAVES,
                new SettlementLeaf(
                        number,
                        (batch.epoch() + 1) * EPOCH_MINUTES,
                        AvroValues.avro(payee),
                        AvroValues.avro(cumulative.getOrDefault(payee, TokenAmount.ZERO)),
                        AvroValues.avro(rise))));
        put(Topic.SETTLEMENT_BATCHES, record(batch, rises.size()));
        return batch;
    }

    /** The minutes of an epoch: all is earned in the first, by a node of each payee, and nothing in the others. */
    private void putMinutes(long first, Map<Address, TokenAmount> rises) {
        rises.forEach((payee, rise) -> put(
                Topic.REWARDS,
                Reward.newBuilder()
                        .setMinute(first)
                        .setKind(RewardKind.MINUTE)
                        .setNode(AvroValues.avro(payee))
                        .setPayee(AvroValues.avro(payee))
                        .setAmount(AvroValues.avro(rise))
                        .setReason("PAID")
                        .build()));
        TokenAmount total = rises.values().stream().reduce(TokenAmount.ZERO, TokenAmount::plus);
        for (long minute = first; minute < first + EPOCH_MINUTES; minute++) {
            Uint256 zero = AvroValues.avro(TokenAmount.ZERO);
            Uint256 sum = AvroValues.avro(minute == first ? total : TokenAmount.ZERO);
            int nodes = minute == first ? rises.size() : 0;
            put(
                    Topic.MINUTES_CLOSED,
                    new MinuteClosed(
                            minute,
                            List.of(new TypeTotals("AI", nodes, 6L * nodes, nodes, sum, sum, sum)),
                            0,
                            zero,
                            0,
                            zero));
        }
    }

    private static SettlementBatch record(Batch batch, long changed) {
        Batch.ArtifactId artifact = batch.artifactId();
        long minute = batch.epoch() * EPOCH_MINUTES;
        return new SettlementBatch(
                batch.number(),
                batch.epoch(),
                minute,
                minute + EPOCH_MINUTES,
                AvroValues.avro(batch.root()),
                AvroValues.avro(batch.cumulativeTotal()),
                AvroValues.avro(batch.delta()),
                (long) batch.lines().size(),
                changed,
                artifact.cid(),
                AvroValues.avro(artifact.digest()),
                artifact.bytes());
    }

    void put(Topic topic, SpecificRecord record) {
        try {
            producer.send(new ProducerRecord<>(topic.topicName(), 0, null, RecordCodec.encode(record)))
                    .get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("cannot write to " + topic, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    /** Proposes a batch once its epoch is over. */
    void propose(long number, Hash32 inputsDigest) throws Exception {
        Batch batch = batch(number);
        passUntil((batch.epoch() + 1) * EPOCH_MINUTES * 60);
        settlement
                .propose(
                        number,
                        batch.epoch(),
                        batch.root(),
                        batch.cumulativeTotal(),
                        batch.artifactId().digest(),
                        inputsDigest)
                .send();
    }

    /** Finalizes a batch after its window. */
    void finish(long number) throws Exception {
        passUntil(contract()
                .batchOf(BigInteger.valueOf(number))
                .send()
                .challengeEndsAt
                .longValueExact());
        contract().finalize(BigInteger.valueOf(number)).send();
    }

    void claim(long number, Address payee) throws Exception {
        settlement.claim(batch(number).tree(), line(number, payee)).send();
    }

    void sweep(long number, Address payee) throws Exception {
        settlement.sweep(batch(number).tree(), line(number, payee)).send();
    }

    private Batch.Line line(long number, Address payee) {
        return batch(number).lines().stream()
                .filter(line -> line.payee().equals(payee))
                .findFirst()
                .orElseThrow();
    }

    /** What the treasury lets the contract take from now on, as a vote of the DAO would set it. */
    void approve(TokenAmount amount) throws Exception {
        String treasury = deployment.timelock().toString();
        rpc("anvil_setBalance", treasury, "0x56bc75e2d63100000");
        rpc("anvil_impersonateAccount", treasury);
        String data = token().approve(deployment.settlement().toString(), amount.wei())
                .encodeFunctionCall();
        Request<?, EthSendTransaction> sent = new Request<>(
                "eth_sendTransaction",
                List.of(Map.of(
                        "from", treasury, "to", deployment.token().toString(), "data", data, "gasPrice", "0x77359400")),
                new HttpService(anvil.rpcUrl().toString()),
                EthSendTransaction.class);
        EthSendTransaction answer = sent.send();
        assertThat(answer.hasError()).as(() -> answer.getError().getMessage()).isFalse();
        rpc("anvil_stopImpersonatingAccount", treasury);
    }

    /** Lets the chain's time pass at least until then, seconds since the Unix epoch. */
    void passUntil(long seconds) throws IOException {
        long now = operator.web3j()
                .ethGetBlockByNumber(DefaultBlockParameterName.LATEST, false)
                .send()
                .getBlock()
                .getTimestamp()
                .longValueExact();
        if (now < seconds) {
            rpc("evm_increaseTime", seconds - now);
        }
        rpc("evm_mine");
    }

    void rpc(String method, Object... parameters) throws IOException {
        HttpService http = new HttpService(anvil.rpcUrl().toString());
        Request<?, VoidResponse> request = new Request<>(method, List.of(parameters), http, VoidResponse.class);
        assertThat(request.send().hasError()).as(method).isFalse();
    }

    @Override
    public void close() {
        producer.close();
        operator.close();
        anvil.close();
        broker.close();
    }
}
