package io.ocos.jobs.settlement;

import io.ocos.jobs.reference.Reference;
import io.ocos.jobs.reference.ReferenceInput;
import io.ocos.jobs.reference.ReferenceOutput;
import io.ocos.jobs.reference.ReferenceOutput.BatchRow;
import io.ocos.jobs.reference.ReferenceOutput.RewardRow;
import io.ocos.jobs.reference.Vectors;
import io.ocos.jobs.rewardpipeline.PipelineBroker;
import io.ocos.jobs.runtime.FlinkRuntime;
import io.ocos.jobs.runtime.FlinkRuntimeConfig;
import io.ocos.jobs.runtime.KeptSavepoints;
import io.ocos.schemas.avro.MinuteClosed;
import io.ocos.schemas.avro.RejectedRecord;
import io.ocos.schemas.avro.Reward;
import io.ocos.schemas.avro.RewardKind;
import io.ocos.schemas.avro.SettlementBatch;
import io.ocos.schemas.avro.SettlementLeaf;
import io.ocos.schemas.config.ConfigLoader;
import io.ocos.schemas.domain.TokenAmount;
import io.ocos.schemas.io.AvroValues;
import io.ocos.schemas.io.RecordCodec;
import io.ocos.schemas.io.Topic;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** The settlement of now goes on from the savepoint of every release: number, epoch, root and artifact of each batch. */
class SettlementSavepointMigrationITCase {

    private static final byte[] NO_RECORD = {1, 2, 3};

    @TempDir
    Path dir;

    @TestFactory
    Stream<DynamicTest> goesOnFromTheSavepointOf() {
        return KeptSavepoints.RELEASES.stream()
                .map(release -> DynamicTest.dynamicTest(release, () -> goOnFrom(release, dir.resolve(release))));
    }

    private static void goOnFrom(String release, Path dir) throws Exception {
        SettlementWorld world = world();
        SettlementWorld before = until(world, KeptSavepoints.cutMillis() / 60_000);
        SettlementWorld after = after(world, before);
        Path artifacts = dir.resolve("artifacts");
        try (PipelineBroker broker = PipelineBroker.start(dir.resolve("kafka"))) {
            send(broker, before.rewards(), before.closed());
            send(
                    broker,
                    world.rewards()
                            .subList(before.rewards().size(), world.rewards().size()),
                    world.closed()
                            .subList(before.closed().size(), world.closed().size()));
            KeptSavepoints.restore(release, SettlementJob.NAME, dir.resolve("flink"));
            FlinkRuntime flink = start(world, broker, dir);
            Settled settled;
            try {
                settled = await(broker, after, flink);
            } finally {
                flink.close();
            }
            settled.assertIs(after, ArtifactStore.at(artifacts.toString()));
        }
    }

    /** Makes the savepoint of this release. */
    @Test
    @EnabledIfSystemProperty(named = KeptSavepoints.WRITE_TO, matches = ".+")
    void write() throws Exception {
        SettlementWorld before = until(world(), KeptSavepoints.cutMillis() / 60_000);
        try (PipelineBroker broker = PipelineBroker.start(dir.resolve("kafka"))) {
            send(broker, before.rewards(), before.closed());
            FlinkRuntime flink = start(before, broker, dir);
            try {
                // Once all is committed no transaction of this broker is left in the state.
                await(broker, before, flink)
                        .assertIs(
                                before,
                                ArtifactStore.at(dir.resolve("artifacts").toString()));
                broker.awaitCount(
                        Topic.REWARDS_REJECTED,
                        RejectedRecord.class,
                        Topic.REWARDS.partitions(),
                        () -> "the job: " + flink.terminated());
                broker.awaitCount(
                        Topic.MINUTES_CLOSED_REJECTED, RejectedRecord.class, 1, () -> "the job: " + flink.terminated());
                KeptSavepoints.write(flink, SettlementJob.NAME, dir.resolve("savepoint"));
            } finally {
                flink.close();
            }
        }
    }

    /** What the reference makes of the input, as the other job writes it. */
    private static SettlementWorld world() throws Exception {
        Reference.Setup setup = Vectors.setup(KeptSavepoints.input());
        ReferenceOutput output = Reference.run(ReferenceInput.read(KeptSavepoints.input()), setup);
        List<Reward> rewards = output.rewards().stream()
                .map(SettlementSavepointMigrationITCase::reward)
                .toList();
        return new SettlementWorld(
                setup.epochMinutes(),
                rewards,
                output.closed().stream()
                        .map(ReferenceOutput.ClosedRow::minute)
                        .map(minute -> SettlementWorld.closed(
                                minute,
                                rewards.stream()
                                        .filter(reward -> reward.getMinute() == minute)
                                        .toList()))
                        .toList(),
                output.batches());
    }

    private static SettlementWorld until(SettlementWorld world, long minute) {
        return new SettlementWorld(
                world.epochMinutes(),
                world.rewards().stream()
                        .filter(reward -> reward.getMinute() < minute)
                        .toList(),
                world.closed().stream()
                        .filter(closed -> closed.getMinute() < minute)
                        .toList(),
                world.batches().stream()
                        .filter(batch -> toMinute(batch, world) <= minute)
                        .toList());
    }

    /** What the job writes that goes on: the batches that are not out yet, the first from the end of the last that is. */
    private static SettlementWorld after(SettlementWorld world, SettlementWorld before) {
        int done = before.batches().size();
        long from = toMinute(before.batches().get(done - 1), world);
        return new SettlementWorld(
                world.epochMinutes(),
                world.rewards(),
                world.closed().stream()
                        .filter(closed -> closed.getMinute() >= from)
                        .toList(),
                world.batches().subList(done, world.batches().size()));
    }

    private static long toMinute(BatchRow batch, SettlementWorld world) {
        return (batch.epoch() + 1) * world.epochMinutes();
    }

    private static Reward reward(RewardRow row) {
        Reward.Builder reward = Reward.newBuilder();
        if (row.node() != null) {
            reward.setNode(AvroValues.avro(row.node()));
        }
        if (row.job() != null) {
            reward.setJob(AvroValues.avro(row.job()));
        }
        if (row.payee() != null) {
            reward.setPayee(AvroValues.avro(row.payee()));
        }
        return reward.setMinute(row.minute())
                .setKind(RewardKind.valueOf(row.kind()))
                .setAmount(AvroValues.avro(new TokenAmount(row.amount())))
                .setReason(row.reason())
                .build();
    }

    /** Records, then in each partition one that is none: when these are rejected, all before them has been read. */
    private static void send(PipelineBroker broker, List<Reward> rewards, List<MinuteClosed> closed) {
        for (int i = 0; i < rewards.size(); i++) {
            send(broker, Topic.REWARDS, i % Topic.REWARDS.partitions(), RecordCodec.encode(rewards.get(i)));
        }
        closed.forEach(minute -> send(broker, Topic.MINUTES_CLOSED, 0, RecordCodec.encode(minute)));
        for (int partition = 0; partition < Topic.REWARDS.partitions(); partition++) {
            send(broker, Topic.REWARDS, partition, NO_RECORD);
        }
        send(broker, Topic.MINUTES_CLOSED, 0, NO_RECORD);
        broker.flush();
    }

    private static void send(PipelineBroker broker, Topic topic, int partition, byte[] value) {
        broker.send(new ProducerRecord<>(topic.topicName(), partition, null, value));
    }

    private static Settled await(PipelineBroker broker, SettlementWorld world, FlinkRuntime flink) throws Exception {
        int leaves = world.batches().stream()
                .mapToInt(
                        batch -> Settled.risen(batch.number(), batch.artifact()).size())
                .sum();
        Callable<String> log = () -> "the job: " + flink.terminated();
        return new Settled(
                broker.awaitCount(
                        Topic.SETTLEMENT_BATCHES,
                        SettlementBatch.class,
                        world.batches().size(),
                        log),
                broker.awaitCount(Topic.SETTLEMENT_LEAVES, SettlementLeaf.class, leaves, log));
    }

    private static FlinkRuntime start(SettlementWorld world, PipelineBroker broker, Path dir) {
        return FlinkRuntime.start(ConfigLoader.load(
                FlinkRuntimeConfig.class,
                null,
                Map.of(
                        "dataDir", dir.resolve("flink").toString(),
                        "settlement.kafkaBootstrap", broker.bootstrap(),
                        "settlement.epochMinutes", Long.toString(world.epochMinutes()),
                        "settlement.artifactDirectory",
                                dir.resolve("artifacts").toUri().toString(),
                        "settlement.checkpointIntervalMillis", "500")));
    }
}
