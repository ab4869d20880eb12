package io.ocos.jobs.settlement;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.ocos.jobs.cli.CommandRun;
import io.ocos.jobs.rewardpipeline.PipelineBroker;
import io.ocos.jobs.runtime.FlinkRuntime;
import io.ocos.jobs.runtime.FlinkRuntimeConfig;
import io.ocos.rewardssettlement.domain.MerkleTree;
import io.ocos.schemas.avro.MinuteClosed;
import io.ocos.schemas.avro.RejectedRecord;
import io.ocos.schemas.avro.Reward;
import io.ocos.schemas.avro.SettlementBatch;
import io.ocos.schemas.avro.SettlementLeaf;
import io.ocos.schemas.config.ConfigLoader;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.domain.TokenAmount;
import io.ocos.schemas.io.RecordCodec;
import io.ocos.schemas.io.Topic;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The job on a real broker: stopped and started again in the middle, and asked for proofs. */
class SettlementJobITCase {

    @TempDir
    static Path dir;

    private static PipelineBroker kafka;
    private static SettlementWorld world;
    private static Path artifacts;

    @BeforeAll
    static void settle() throws Exception {
        kafka = PipelineBroker.start(dir.resolve("kafka"));
        artifacts = dir.resolve("artifacts");
        long seed = 0;
        do {
            world = SettlementWorld.of(seed++);
        } while (world.batches().size() < 4);

        // Half of either, garbage between, and the rest after a restart.
        int rewards = world.rewards().size() / 2;
        int minutes = world.closed().size() / 2;
        FlinkRuntime flink = start();
        try {
            send(Topic.REWARDS, 1, new byte[] {1, 2, 3});
            send(Topic.MINUTES_CLOSED, 0, RecordCodec.encode(world.rewards().get(0)));
            world.rewards().subList(0, rewards).forEach(SettlementJobITCase::send);
            world.closed().subList(0, minutes).forEach(SettlementJobITCase::send);
            kafka.awaitCount(Topic.REWARDS_REJECTED, RejectedRecord.class, 1, log(flink));
        } finally {
            flink.close();
        }
        world.rewards().subList(rewards, world.rewards().size()).forEach(SettlementJobITCase::send);
        flink = start();
        try {
            world.closed().subList(minutes, world.closed().size()).forEach(SettlementJobITCase::send);
            kafka.awaitCount(
                    Topic.SETTLEMENT_BATCHES,
                    SettlementBatch.class,
                    world.batches().size(),
                    log(flink));
            int leaves = world.batches().stream()
                    .mapToInt(batch ->
                            Settled.risen(batch.number(), batch.artifact()).size())
                    .sum();
            kafka.awaitCount(Topic.SETTLEMENT_LEAVES, SettlementLeaf.class, leaves, log(flink));
        } finally {
            flink.close();
        }
    }

    @AfterAll
    static void stop() {
        kafka.close();
    }

    @Test
    void topicsAndStoreHoldWhatTheReferenceSays() throws Exception {
        List<SettlementBatch> batches = kafka.read(Topic.SETTLEMENT_BATCHES, SettlementBatch.class);
        assertThat(batches)
                .isEqualTo(List.copyOf(BatchLog.read(kafka.bootstrap(), null).values()));
        new Settled(batches, kafka.read(Topic.SETTLEMENT_LEAVES, SettlementLeaf.class))
                .assertIs(world, ArtifactStore.at(artifacts.toString()));
    }

    @Test
    void whatCannotBeReadIsKeptWithItsReason() throws Exception {
        assertThat(kafka.read(Topic.REWARDS_REJECTED, RejectedRecord.class))
                .extracting(RejectedRecord::getSource, RejectedRecord::getReason, RejectedRecord::getDetectedBy)
                .containsExactly(org.assertj.core.groups.Tuple.tuple("rewards", "NO_HEADER", "settlement"));
        assertThat(kafka.read(Topic.MINUTES_CLOSED_REJECTED, RejectedRecord.class))
                .extracting(RejectedRecord::getSource, RejectedRecord::getReason)
                .containsExactly(org.assertj.core.groups.Tuple.tuple("minutes-closed", "WRONG_TYPE"));
    }

    @Test
    void everyPayeeOfEveryBatchHasAProof() throws Exception {
        for (int number = 1; number <= world.batches().size(); number++) {
            List<String> lines =
                    world.batches().get(number - 1).artifact().lines().skip(1).toList();
            for (int row = 0; row < lines.size(); row++) {
                String[] line = lines.get(row).split(",", -1);
                CommandRun run = proof(Address.parse(line[0]).toChecksummed(), "--batch", Integer.toString(number));
                assertThat(run.exitCode()).as(run.err()).isZero();
                JsonNode proof = new ObjectMapper().readTree(run.out());
                assertThat(proof.required("number").intValue()).isEqualTo(number);
                assertThat(proof.required("payee").textValue()).isEqualTo(line[0]);
                assertThat(proof.required("cumulative").textValue()).isEqualTo(line[1]);
                assertThat(proof.required("leafIndex").intValue()).isEqualTo(row);
                assertThat(proof.required("root").textValue())
                        .isEqualTo(world.batches().get(number - 1).root());
                List<Hash32> siblings = new ArrayList<>();
                proof.required("proof").forEach(sibling -> siblings.add(Hash32.parse(sibling.textValue())));
                assertThat(MerkleTree.verify(
                                Hash32.parse(proof.required("root").textValue()),
                                MerkleTree.leaf(Address.parse(line[0]), TokenAmount.parse(line[1])),
                                siblings))
                        .isTrue();
            }
        }
    }

    @Test
    void withoutANumberTheLastBatchIsMeantAndOzIsTheWholeTree() throws Exception {
        int last = world.batches().size();
        String payee = world.batches()
                .get(last - 1)
                .artifact()
                .lines()
                .skip(1)
                .findFirst()
                .orElseThrow()
                .split(",", -1)[0];
        JsonNode dump =
                new ObjectMapper().readTree(proof(payee, "--format", "oz").out());
        assertThat(dump.required("format").textValue()).isEqualTo("standard-v1");
        assertThat(dump.required("tree").get(0).textValue())
                .isEqualTo(world.batches().get(last - 1).root());
        assertThat(dump.required("values"))
                .hasSize(world.batches().get(last - 1).payees());
    }

    @Test
    void whatIsNotThereIsOneLine() {
        assertThat(proof("0x00000000000000000000000000000000000000ff"))
                .isEqualTo(new CommandRun(
                        1,
                        "",
                        "ocos: payee 0x00000000000000000000000000000000000000ff: batch %d has no leaf for it%n"
                                .formatted(world.batches().size())));
        assertThat(proof("0x00000000000000000000000000000000000000ff", "--batch", "99"))
                .isEqualTo(new CommandRun(
                        1,
                        "",
                        "ocos: batch 99: there is none, expected 1 … %d%n"
                                .formatted(world.batches().size())));
        assertThat(proof("0x5AAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"))
                .isEqualTo(new CommandRun(
                        2,
                        "",
                        ("ocos: PAYEE: address 0x5AAeb6053F3E94C9b9A09f33669435E7Ef1BeAed: EIP-55 checksum does not match,"
                                        + " expected 0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed%n")
                                .formatted()));
    }

    @Test
    void aDamagedArtifactProvesNothing() throws Exception {
        SettlementBatch batch =
                BatchLog.read(kafka.bootstrap(), null).firstEntry().getValue();
        String payee = world.batches()
                .get(0)
                .artifact()
                .lines()
                .skip(1)
                .findFirst()
                .orElseThrow()
                .split(",", -1)[0];
        Path copy = Files.createDirectories(dir.resolve("damaged"));
        String text = Files.readString(artifacts.resolve(batch.getCid() + ".csv"));
        Path file = copy.resolve(batch.getCid() + ".csv");
        Files.writeString(file, text.substring(0, text.length() - 2) + "9\n");
        CommandRun run = CommandRun.of(
                "proof", payee, "--batch", "1", "--artifacts", copy.toString(), "--kafka", kafka.bootstrap());
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err())
                .startsWith("ocos: artifact ")
                .contains("is damaged")
                .endsWith("\n");
    }

    private static CommandRun proof(String payee, String... options) {
        List<String> arguments = new ArrayList<>(
                List.of("proof", payee, "--artifacts", artifacts.toString(), "--kafka", kafka.bootstrap()));
        arguments.addAll(List.of(options));
        return CommandRun.of(arguments.toArray(String[]::new));
    }

    private static FlinkRuntime start() {
        return FlinkRuntime.start(ConfigLoader.load(
                FlinkRuntimeConfig.class,
                null,
                Map.of(
                        "dataDir", dir.resolve("flink").toString(),
                        "settlement.kafkaBootstrap", kafka.bootstrap(),
                        "settlement.epochMinutes", Long.toString(world.epochMinutes()),
                        "settlement.artifactDirectory", artifacts.toUri().toString(),
                        "settlement.checkpointIntervalMillis", "500")));
    }

    private static Callable<String> log(FlinkRuntime flink) {
        return () -> "the job: " + flink.terminated();
    }

    private static void send(Reward reward) {
        send(Topic.REWARDS, Math.floorMod(reward.hashCode(), 4), RecordCodec.encode(reward));
    }

    private static void send(MinuteClosed minute) {
        send(Topic.MINUTES_CLOSED, 0, RecordCodec.encode(minute));
    }

    private static void send(Topic topic, int partition, byte[] value) {
        kafka.send(new ProducerRecord<>(topic.topicName(), partition, null, value));
        kafka.flush();
    }
}
