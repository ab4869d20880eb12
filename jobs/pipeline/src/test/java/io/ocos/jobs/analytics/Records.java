package io.ocos.jobs.analytics;

import io.ocos.schemas.avro.ChainEvent;
import io.ocos.schemas.avro.JobEvent;
import io.ocos.schemas.avro.JobEventType;
import io.ocos.schemas.avro.JobUsage;
import io.ocos.schemas.avro.MinuteClosed;
import io.ocos.schemas.avro.NodeMinute;
import io.ocos.schemas.avro.RegistryChange;
import io.ocos.schemas.avro.RegistryOperation;
import io.ocos.schemas.avro.RejectedRecord;
import io.ocos.schemas.avro.ReputationScore;
import io.ocos.schemas.avro.Reward;
import io.ocos.schemas.avro.RewardKind;
import io.ocos.schemas.avro.Sample;
import io.ocos.schemas.avro.SettlementBatch;
import io.ocos.schemas.avro.SignedEnvelope;
import io.ocos.schemas.avro.StorageUsage;
import io.ocos.schemas.avro.TelemetryBatch;
import io.ocos.schemas.avro.TypeTotals;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.domain.TokenAmount;
import io.ocos.schemas.io.AvroValues;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.specific.SpecificDatumWriter;
import org.jspecify.annotations.Nullable;

/** Records for tests, of minute {@link #MINUTE} and later. */
final class Records {

    static final long MINUTE = 29_000_000;
    static final long MILLIS = MINUTE * 60_000;

    private Records() {}

    static Address node(int i) {
        return Address.parse("0x%040x".formatted(0xa0000 + i));
    }

    static Hash32 job(int i) {
        return Hash32.parse("0x%064x".formatted(0xb0000 + i));
    }

    static Sample sample(long at) {
        return new Sample(at, 1, 2, 3, 4, 1_000_000, 6L, Long.MAX_VALUE, -8L);
    }

    static JobUsage jobUsage(long at) {
        return new JobUsage(AvroValues.avro(job(1)), at, 1L, 2L, 3L);
    }

    static StorageUsage storageUsage(long at) {
        return new StorageUsage(AvroValues.avro(node(9)), at, 4L);
    }

    static byte[] payload(List<Sample> samples, List<JobUsage> jobUsage, List<StorageUsage> storageUsage) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        BinaryEncoder encoder = EncoderFactory.get().directBinaryEncoder(bytes, null);
        try {
            new SpecificDatumWriter<>(TelemetryBatch.class)
                    .write(new TelemetryBatch(samples, jobUsage, storageUsage), encoder);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot encode a payload", e);
        }
        return bytes.toByteArray();
    }

    /** An envelope that was sent at a time and received 100 ms later. */
    static SignedEnvelope envelope(int node, long sequence, long sentAt, byte[] payload) {
        return new SignedEnvelope(
                AvroValues.avro(node(node)),
                sequence,
                sentAt,
                77L,
                AvroValues.avro(job(77)),
                ByteBuffer.wrap(payload),
                ByteBuffer.wrap(new byte[65]),
                sentAt + 100,
                "gateway-1");
    }

    static ChainEvent chainEvent(long block, long logIndex, String name, Map<String, String> args) {
        return new ChainEvent(
                block,
                AvroValues.avro(job((int) block)),
                MILLIS / 1000 + block * 3,
                AvroValues.avro(Hash32.ZERO),
                logIndex,
                AvroValues.avro(node(5)),
                name,
                args);
    }

    static JobEvent jobEvent(JobEventType type, int job, int node, long at) {
        return new JobEvent(type, AvroValues.avro(job(job)), AvroValues.avro(node(node)), at, at + 5);
    }

    static NodeMinute nodeMinute(long minute, int node, int slots) {
        return new NodeMinute(minute, AvroValues.avro(node(node)), "AI", slots);
    }

    static ReputationScore score(long minute, int node, int score) {
        return new ReputationScore(minute, AvroValues.avro(node(node)), score);
    }

    static Reward minuteReward(long minute, int node, TokenAmount amount) {
        return Reward.newBuilder()
                .setMinute(minute)
                .setKind(RewardKind.MINUTE)
                .setNode(AvroValues.avro(node(node)))
                .setPayee(AvroValues.avro(node(node + 1)))
                .setAmount(AvroValues.avro(amount))
                .setReason("PAID")
                .build();
    }

    /** Log index 2; no payee: {@code UNREGISTERED}. */
    static Reward jobReward(long minute, int node, int job, long block, @Nullable Address payee, TokenAmount amount) {
        Reward.Builder reward = Reward.newBuilder()
                .setMinute(minute)
                .setKind(RewardKind.JOB)
                .setNode(AvroValues.avro(node(node)))
                .setJob(AvroValues.avro(job(job)))
                .setAmount(AvroValues.avro(amount))
                .setReason(payee == null ? "UNREGISTERED" : "PAID")
                .setBlockNumber(block)
                .setLogIndex(2);
        return payee == null
                ? reward.build()
                : reward.setPayee(AvroValues.avro(payee)).build();
    }

    /** Log index 3. */
    static Reward adjustment(long minute, int payee, long block, TokenAmount amount) {
        return Reward.newBuilder()
                .setMinute(minute)
                .setKind(RewardKind.ADJUSTMENT)
                .setPayee(AvroValues.avro(node(payee)))
                .setAmount(AvroValues.avro(amount))
                .setReason("ADJUSTED")
                .setBlockNumber(block)
                .setLogIndex(3)
                .build();
    }

    static MinuteClosed minuteClosed(long minute) {
        return new MinuteClosed(
                minute,
                List.of(
                        new TypeTotals("AI", 2, 11L, 2, uint(100), uint(1_000), uint(100)),
                        new TypeTotals("EDGE", 1, 6L, 1, uint(70), uint(50), uint(50))),
                1,
                uint(7),
                2,
                uint(9));
    }

    /** Of minutes {@link #MINUTE} and four more. */
    static SettlementBatch settlementBatch(long number) {
        return new SettlementBatch(
                number,
                MINUTE / 5,
                MINUTE,
                MINUTE + 5,
                AvroValues.avro(job(1)),
                AvroValues.avro(TokenAmount.MAX),
                uint(7),
                3L,
                2L,
                "bafk",
                AvroValues.avro(job(2)),
                99L);
    }

    /** Committed {@code lsn} ms after {@link #MILLIS}, in a generation of its own time. */
    static RegistryChange registryChange(
            long generation,
            long lsn,
            RegistryOperation operation,
            String table,
            String key,
            @Nullable Map<String, String> before,
            @Nullable Map<String, String> after) {
        RegistryChange.Builder change = RegistryChange.newBuilder()
                .setOperation(operation)
                .setTable(table)
                .setKey(key)
                .setCommittedAt(MILLIS + lsn)
                .setLsn(lsn)
                .setTransaction(7L)
                .setGeneration(generation);
        if (before != null) {
            change.setBefore(before);
        }
        if (after != null) {
            change.setAfter(after);
        }
        return change.build();
    }

    static RejectedRecord rejected(String source, int partition, long offset, String reason, byte[] raw) {
        return new RejectedRecord(
                source,
                partition,
                offset,
                -1,
                MILLIS,
                ByteBuffer.wrap(new byte[] {1}),
                ByteBuffer.wrap(raw),
                reason,
                "what was wrong",
                "reward-pipeline");
    }

    private static io.ocos.schemas.avro.Uint256 uint(long wei) {
        return AvroValues.avro(TokenAmount.wei(wei));
    }
}
