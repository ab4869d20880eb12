package io.ocos.jobs.analytics;

import io.ocos.jobs.flink.RawRecord;
import io.ocos.metering.domain.Acceptance;
import io.ocos.metering.domain.PayloadException;
import io.ocos.metering.domain.Rule;
import io.ocos.metering.domain.TelemetryPayload;
import io.ocos.schemas.avro.ChainEvent;
import io.ocos.schemas.avro.Invoice;
import io.ocos.schemas.avro.InvoiceLine;
import io.ocos.schemas.avro.JobEvent;
import io.ocos.schemas.avro.JobUsage;
import io.ocos.schemas.avro.MinuteClosed;
import io.ocos.schemas.avro.NodeMinute;
import io.ocos.schemas.avro.QuotaEvent;
import io.ocos.schemas.avro.RegistryChange;
import io.ocos.schemas.avro.RegistryOperation;
import io.ocos.schemas.avro.RejectedRecord;
import io.ocos.schemas.avro.ReputationScore;
import io.ocos.schemas.avro.Reward;
import io.ocos.schemas.avro.Sample;
import io.ocos.schemas.avro.SettlementBatch;
import io.ocos.schemas.avro.SettlementLeaf;
import io.ocos.schemas.avro.SignedEnvelope;
import io.ocos.schemas.avro.StorageCharge;
import io.ocos.schemas.avro.StorageHour;
import io.ocos.schemas.avro.StorageUsage;
import io.ocos.schemas.avro.TelemetryTick;
import io.ocos.schemas.avro.TypeTotals;
import io.ocos.schemas.avro.Uint256;
import io.ocos.schemas.avro.UsageMinute;
import io.ocos.schemas.domain.Hex;
import io.ocos.schemas.domain.Keccak;
import io.ocos.schemas.domain.TokenAmount;
import io.ocos.schemas.io.AvroValues;
import io.ocos.schemas.io.MalformedRecordException;
import io.ocos.schemas.io.RecordCodec;
import io.ocos.schemas.io.Topic;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.specific.SpecificDatumWriter;
import org.apache.avro.specific.SpecificFixed;
import org.apache.avro.specific.SpecificRecord;
import org.jspecify.annotations.Nullable;

/**
 * What the rows of a record are. A function of the record alone: the same record gives the same bytes at every retry and
 * replay. A record that cannot be a row of its table is a row of {@code rejected_records}; no record is without a row but
 * those that only carry time (ticks, progress), and the submitter's journal.
 */
final class RowMapper {

    /** Name under which this job refuses records. */
    static final String DETECTED_BY = "analytics";

    /** Reason for a value outside the range of its column. */
    static final String OUT_OF_RANGE = "OUT_OF_RANGE";

    /** Reason for a record without a value. */
    static final String NO_VALUE = "NO_VALUE";

    private static final int WHOLE_RECORD = -1;

    private RowMapper() {}

    /** The rows of a record of a topic. */
    static List<Row> rows(RawRecord record) {
        byte[] value = record.value();
        if (value == null) {
            return List.of(refused(record, NO_VALUE, "a record without value, expected an Avro record"));
        }
        try {
            return rows(record, Topic.ofName(record.topic()), value);
        } catch (MalformedRecordException e) {
            return List.of(refused(record, e.reason(), e.detail()));
        } catch (PayloadException e) {
            return List.of(refused(record, Rule.E3.name(), e.detail()));
        } catch (UnrepresentableException e) {
            return List.of(refused(record, OUT_OF_RANGE, String.valueOf(e.getMessage())));
        }
    }

    /** The row that keeps a record which this job refuses as a whole. */
    static Row refused(RawRecord record, String reason, String detail) {
        return refused(record, WHOLE_RECORD, reason, detail, record.value());
    }

    private static List<Row> rows(RawRecord record, Topic topic, byte[] value)
            throws MalformedRecordException, PayloadException, UnrepresentableException {
        return switch (topic) {
            case TELEMETRY -> {
                SpecificRecord decoded = RecordCodec.decode(value);
                if (decoded instanceof TelemetryTick) {
                    yield List.of();
                }
                yield envelope(record, as(decoded, SignedEnvelope.class));
            }
            case CHAIN_EVENTS -> List.of(chainEvent(record, RecordCodec.decode(value, ChainEvent.class)));
            case JOB_EVENTS -> List.of(jobEvent(record, RecordCodec.decode(value, JobEvent.class)));
            case NODE_MINUTES -> List.of(nodeMinute(record, RecordCodec.decode(value, NodeMinute.class)));
            case REPUTATION_SCORES -> List.of(score(record, RecordCodec.decode(value, ReputationScore.class)));
            case REWARDS -> List.of(reward(record, RecordCodec.decode(value, Reward.class)));
            case MINUTES_CLOSED -> List.of(minuteClosed(record, RecordCodec.decode(value, MinuteClosed.class)));
            case SETTLEMENT_BATCHES ->
                List.of(settlementBatch(record, RecordCodec.decode(value, SettlementBatch.class)));
            case SETTLEMENT_LEAVES -> List.of(settlementLeaf(record, RecordCodec.decode(value, SettlementLeaf.class)));
            // The submitter's own; what came of it is in the chain's events.
            case SETTLEMENT_JOURNAL -> List.of();
            case REGISTRY_CHANGES -> {
                RegistryChange change = RecordCodec.decode(value, RegistryChange.class);
                yield change.getOperation() == RegistryOperation.PROGRESS
                        ? List.of()
                        : List.of(registryChange(record, change));
            }
            case USAGE -> List.of(usage(record, RecordCodec.decode(value)));
            case QUOTA_EVENTS -> List.of(quotaEvent(record, RecordCodec.decode(value, QuotaEvent.class)));
            case INVOICES -> List.of(invoice(record, RecordCodec.decode(value, Invoice.class)));
            case TELEMETRY_REJECTED,
                    CHAIN_EVENTS_REJECTED,
                    JOB_EVENTS_REJECTED,
                    REWARDS_REJECTED,
                    MINUTES_CLOSED_REJECTED ->
                List.of(rejected(record, RecordCodec.decode(value, RejectedRecord.class)));
        };
    }

    private static <T extends SpecificRecord> T as(SpecificRecord record, Class<T> type)
            throws MalformedRecordException {
        if (!type.isInstance(record)) {
            throw new MalformedRecordException(
                    "WRONG_TYPE",
                    "a %s, expected a %s".formatted(record.getSchema().getName(), type.getSimpleName()));
        }
        return type.cast(record);
    }

    /** The envelope's row, those of its samples, and one in rejected_records for each entry that fails S1. */
    private static List<Row> envelope(RawRecord record, SignedEnvelope envelope)
            throws PayloadException, UnrepresentableException {
        byte[] payload = AvroValues.bytes(envelope.getPayload());
        TelemetryPayload batch = TelemetryPayload.read(payload);
        List<Row> rows = new ArrayList<>(1 + batch.samples().size());
        int entry = 0;
        int dropped = 0;
        for (TelemetryPayload.Sample sample : batch.samples()) {
            boolean accepted = Acceptance.entryCounts(envelope.getSentAt(), sample.at());
            if (!accepted) {
                dropped++;
                rows.add(dropped(record, envelope, entry, sample.at(), avro(sample)));
            }
            if (accepted || sample.at() <= RowWriter.MAX_MILLIS) {
                rows.add(sample(envelope, entry, accepted, sample));
            }
            entry++;
        }
        for (TelemetryPayload.JobUsage usage : batch.jobUsage()) {
            if (!Acceptance.entryCounts(envelope.getSentAt(), usage.at())) {
                dropped++;
                rows.add(dropped(record, envelope, entry, usage.at(), avro(usage)));
            }
            entry++;
        }
        for (TelemetryPayload.StorageUsage usage : batch.storageUsage()) {
            if (!Acceptance.entryCounts(envelope.getSentAt(), usage.at())) {
                dropped++;
                rows.add(dropped(record, envelope, entry, usage.at(), avro(usage)));
            }
            entry++;
        }
        RowWriter row = new RowWriter(Table.TELEMETRY_ENVELOPES)
                .label(hex(envelope.getNode()))
                .uint64(envelope.getSequence())
                .millis(envelope.getReceivedAt())
                .millis(envelope.getSentAt())
                .bool(Acceptance.countsForUptime(envelope.getSentAt(), envelope.getReceivedAt()))
                .label(envelope.getGateway())
                .uint64(envelope.getBeaconBlock())
                .label(hex(envelope.getBeaconHash()))
                .uint32(payload.length)
                .text(Hex.format(Keccak.hash(payload)))
                .text(Hex.format(AvroValues.bytes(envelope.getSignature())))
                .uint16(batch.samples().size())
                .uint16(batch.jobUsage().size())
                .uint16(batch.storageUsage().size())
                .uint16(dropped);
        rows.add(positioned(row, record));
        return rows;
    }

    private static Row sample(SignedEnvelope envelope, int entry, boolean accepted, TelemetryPayload.Sample sample)
            throws UnrepresentableException {
        return new RowWriter(Table.TELEMETRY_SAMPLES)
                .label(hex(envelope.getNode()))
                .millis(sample.at())
                .uint64(envelope.getSequence())
                .uint16(entry)
                .bool(accepted)
                .millis(envelope.getReceivedAt())
                .uint32(sample.cpuPpm())
                .uint32(sample.memoryPpm())
                .uint32(sample.gpuPpm())
                .uint32(sample.gpuMemoryPpm())
                .uint32(sample.diskPpm())
                .uint64(sample.rxBytes())
                .uint64(sample.txBytes())
                .int64(sample.bootId())
                .row();
    }

    /** Keeps the entry alone, not its envelope: a thousand bad entries must not keep 256 KiB a thousand times. */
    private static Row dropped(RawRecord record, SignedEnvelope envelope, int entry, long at, SpecificRecord refused) {
        return refused(
                record,
                entry,
                Rule.S1.name(),
                "at %d in an envelope sent at %d, expected at most %d ms before and not after"
                        .formatted(at, envelope.getSentAt(), Acceptance.MAX_AGE_MILLIS),
                binary(refused));
    }

    private static Sample avro(TelemetryPayload.Sample sample) {
        return new Sample(
                sample.at(),
                sample.cpuPpm(),
                sample.memoryPpm(),
                sample.gpuPpm(),
                sample.gpuMemoryPpm(),
                sample.diskPpm(),
                sample.rxBytes(),
                sample.txBytes(),
                sample.bootId());
    }

    private static JobUsage avro(TelemetryPayload.JobUsage usage) {
        return new JobUsage(
                AvroValues.avro(usage.jobId()), usage.at(), usage.cpuMillis(), usage.gpuMillis(), usage.egressBytes());
    }

    private static StorageUsage avro(TelemetryPayload.StorageUsage usage) {
        return new StorageUsage(AvroValues.avro(usage.account()), usage.at(), usage.bytesStored());
    }

    /** Avro binary without a header, as in the payload. */
    private static byte[] binary(SpecificRecord entry) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        BinaryEncoder encoder = EncoderFactory.get().directBinaryEncoder(bytes, null);
        try {
            new SpecificDatumWriter<>(entry.getSchema()).write(entry, encoder);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot encode " + entry, e);
        }
        return bytes.toByteArray();
    }

    private static Row chainEvent(RawRecord record, ChainEvent event) throws UnrepresentableException {
        RowWriter row = new RowWriter(Table.CHAIN_EVENTS)
                .uint64(event.getBlockNumber())
                .int64(event.getLogIndex())
                .text(hex(event.getBlockHash()))
                .seconds(event.getBlockTime())
                .text(hex(event.getTransactionHash()))
                .label(hex(event.getContract()))
                .label(event.getName())
                .textMap(event.getArgs());
        return positioned(row, record);
    }

    private static Row jobEvent(RawRecord record, JobEvent event) throws UnrepresentableException {
        RowWriter row = new RowWriter(Table.JOB_EVENTS)
                .text(hex(event.getJobId()))
                .label(hex(event.getNode()))
                .label(event.getType().name())
                .millis(event.getAt())
                .millis(event.getRecordedAt());
        return positioned(row, record);
    }

    private static Row nodeMinute(RawRecord record, NodeMinute minute) throws UnrepresentableException {
        RowWriter row = new RowWriter(Table.NODE_MINUTES)
                .minute(minute.getMinute())
                .label(hex(minute.getNode()))
                .label(minute.getType())
                .uint8(minute.getSlots());
        return positioned(row, record);
    }

    private static Row score(RawRecord record, ReputationScore score) throws UnrepresentableException {
        RowWriter row = new RowWriter(Table.REPUTATION_SCORES)
                .minute(score.getMinute())
                .label(hex(score.getNode()))
                .uint32(score.getScore());
        return positioned(row, record);
    }

    private static Row reward(RawRecord record, Reward reward) throws UnrepresentableException {
        RowWriter row = new RowWriter(Table.REWARDS)
                .minute(reward.getMinute())
                .label(reward.getKind().name())
                .label(hex(reward.getNode()))
                .text(hex(reward.getJob()))
                .label(hex(reward.getPayee()))
                .uint256(reward.getAmount().bytes())
                .label(reward.getReason())
                .int64(reward.getBlockNumber())
                .int64(reward.getLogIndex());
        return positioned(row, record);
    }

    private static Row minuteClosed(RawRecord record, MinuteClosed minute) throws UnrepresentableException {
        List<TypeTotals> types = minute.getTypes();
        RowWriter row = new RowWriter(Table.MINUTES_CLOSED)
                .minute(minute.getMinute())
                .labels(types.stream().map(TypeTotals::getType).toList())
                .uint32s(types.stream().map(TypeTotals::getNodes).toList())
                .uint64s(types.stream().map(TypeTotals::getSlots).toList())
                .uint32s(types.stream().map(TypeTotals::getPaid).toList())
                .uint256s(types.stream().map(totals -> totals.getRaw().bytes()).toList())
                .uint256s(types.stream().map(totals -> totals.getCap().bytes()).toList())
                .uint256s(types.stream()
                        .map(totals -> totals.getRewards().bytes())
                        .toList())
                .uint32(minute.getJobRewards())
                .uint256(minute.getJobRewardsTotal().bytes())
                .uint32(minute.getAdjustments())
                .uint256(minute.getAdjustmentsTotal().bytes());
        return positioned(row, record);
    }

    private static Row settlementBatch(RawRecord record, SettlementBatch batch) throws UnrepresentableException {
        RowWriter row = new RowWriter(Table.SETTLEMENT_BATCHES)
                .uint64(batch.getNumber())
                .uint64(batch.getEpoch())
                .minute(batch.getFromMinute())
                .minute(batch.getToMinute())
                .text(hex(batch.getRoot()))
                .uint256(batch.getCumulativeTotal().bytes())
                .uint256(batch.getDelta().bytes())
                .uint64(batch.getPayees())
                .uint64(batch.getChanged())
                .text(batch.getCid())
                .text(hex(batch.getArtifactDigest()))
                .uint64(batch.getArtifactBytes());
        return positioned(row, record);
    }

    private static Row settlementLeaf(RawRecord record, SettlementLeaf leaf) throws UnrepresentableException {
        RowWriter row = new RowWriter(Table.SETTLEMENT_LEAVES)
                .uint64(leaf.getNumber())
                .minute(leaf.getToMinute())
                .text(hex(leaf.getPayee()))
                .uint256(leaf.getCumulative().bytes())
                .uint256(leaf.getDelta().bytes());
        return positioned(row, record);
    }

    private static Row registryChange(RawRecord record, RegistryChange change) throws UnrepresentableException {
        RowWriter row = new RowWriter(Table.REGISTRY_HISTORY)
                .label(change.getTable())
                .text(change.getKey())
                .millis(change.getGeneration())
                .uint64(change.getLsn())
                .label(change.getOperation().name())
                .millis(change.getCommittedAt())
                .uint64(change.getTransaction())
                .textMap(Objects.requireNonNullElse(change.getBefore(), Map.of()))
                .textMap(Objects.requireNonNullElse(change.getAfter(), Map.of()));
        return positioned(row, record);
    }

    private static Row usage(RawRecord record, SpecificRecord usage)
            throws MalformedRecordException, UnrepresentableException {
        if (usage instanceof UsageMinute minute) {
            return usageMinute(record, minute);
        } else if (usage instanceof StorageHour hour) {
            return storageHour(record, hour);
        }
        return storageCharge(record, as(usage, StorageCharge.class));
    }

    private static Row usageMinute(RawRecord record, UsageMinute usage) throws UnrepresentableException {
        RowWriter row = new RowWriter(Table.USAGE_MINUTES)
                .minute(usage.getMinute())
                .label(hex(usage.getCustomer()))
                .text(hex(usage.getJob()))
                .label(hex(usage.getNode()))
                .label(usage.getRegion())
                .uint64(usage.getCpuMillis())
                .uint64(usage.getGpuMillis())
                .uint64(usage.getEgressBytes())
                .uint256(usage.getCpuPrice().bytes())
                .uint256(usage.getGpuPrice().bytes())
                .uint256(usage.getEgressPrice().bytes())
                .uint256(usage.getCpuAmount().bytes())
                .uint256(usage.getGpuAmount().bytes())
                .uint256(usage.getEgressAmount().bytes())
                .uint32(usage.getRevision());
        return positioned(row, record);
    }

    private static Row storageHour(RawRecord record, StorageHour hour) throws UnrepresentableException {
        RowWriter row = new RowWriter(Table.STORAGE_HOURS)
                .hour(hour.getHour())
                .label(hex(hour.getAccount()))
                .label(hex(hour.getNode()))
                .uint256(hour.getByteMillis().bytes())
                .uint32(hour.getRevision());
        return positioned(row, record);
    }

    private static Row storageCharge(RawRecord record, StorageCharge charge) throws UnrepresentableException {
        Uint256 declared = charge.getDeclared();
        RowWriter row = new RowWriter(Table.STORAGE_CHARGES)
                .hour(charge.getHour())
                .label(hex(charge.getAccount()))
                .uint256(charge.getReported().bytes())
                .uint256(declared == null ? AvroValues.avro(TokenAmount.wei(0)).bytes() : declared.bytes())
                .uint256(charge.getBilled().bytes())
                .label(charge.getPlan())
                .uint256(charge.getAllowance().bytes())
                .uint256(charge.getOverage().bytes())
                .uint256(charge.getPrice().bytes())
                .uint256(charge.getAmount().bytes())
                .label(charge.getFlag().name())
                .uint32(charge.getRevision());
        return positioned(row, record);
    }

    private static Row quotaEvent(RawRecord record, QuotaEvent event) throws UnrepresentableException {
        RowWriter row = new RowWriter(Table.QUOTA_EVENTS)
                .minute(event.getMinute())
                .label(hex(event.getCustomer()))
                .label(event.getKind().name())
                .uint64(event.getUsed())
                .uint64(event.getAllowed())
                .uint256(event.getStake().bytes())
                .uint256(event.getStakePerNodeMinute().bytes());
        return positioned(row, record);
    }

    private static Row invoice(RawRecord record, Invoice invoice) throws UnrepresentableException {
        List<InvoiceLine> lines = invoice.getLines();
        String cid = invoice.getCid();
        RowWriter row = new RowWriter(Table.INVOICES)
                .label(hex(invoice.getAccount()))
                .label(invoice.getMonth())
                .label(invoice.getState().name())
                .uint64(invoice.getRevision())
                .minute(invoice.getThroughMinute())
                .labels(lines.stream().map(line -> line.getKind().name()).toList())
                .uint256s(lines.stream().map(line -> line.getPrice().bytes()).toList())
                .uint256s(lines.stream().map(line -> line.getQuantity().bytes()).toList())
                .uint256s(lines.stream().map(line -> line.getAmount().bytes()).toList())
                .labels(lines.stream()
                        .map(line -> line.getCorrects() == null ? "" : line.getCorrects())
                        .toList())
                .uint256(invoice.getCharges().bytes())
                .uint256(invoice.getCredits().bytes())
                .uint256(invoice.getTotal().bytes())
                .uint256(invoice.getCarried().bytes())
                .text(cid == null ? "" : cid)
                .uint64(invoice.getArtifactBytes());
        return positioned(row, record);
    }

    private static Row rejected(RawRecord record, RejectedRecord rejected) throws UnrepresentableException {
        boolean request = rejected.getOffset() < 0;
        return new RowWriter(Table.REJECTED_RECORDS)
                .label(rejected.getSource())
                .int32(rejected.getPartition())
                .int64(rejected.getOffset())
                .int32(rejected.getEntry())
                .text(request ? "%s-%d@%d".formatted(record.topic(), record.partition(), record.offset()) : "")
                .label(rejected.getReason())
                .text(rejected.getDetail())
                .label(rejected.getDetectedBy())
                .millis(rejected.getTimestamp())
                .nullableBytes(bytes(rejected.getKey()))
                .nullableBytes(bytes(rejected.getRaw()))
                .label(record.topic())
                .int32(record.partition())
                .int64(record.offset())
                .uint8(1)
                .row();
    }

    private static Row refused(RawRecord record, int entry, String reason, String detail, byte @Nullable [] raw) {
        try {
            return new RowWriter(Table.REJECTED_RECORDS)
                    .label(record.topic())
                    .int32(record.partition())
                    .int64(record.offset())
                    .int32(entry)
                    .text("")
                    .label(reason)
                    .text(detail)
                    .label(DETECTED_BY)
                    .millis(Math.min(Math.max(record.timestamp(), 0), RowWriter.MAX_MILLIS))
                    .nullableBytes(record.key())
                    .nullableBytes(raw)
                    .label("")
                    .int32(-1)
                    .int64(-1)
                    .uint8(0)
                    .row();
        } catch (UnrepresentableException e) {
            throw new IllegalStateException("a time held within the range of its column is outside of it", e);
        }
    }

    private static Row positioned(RowWriter row, RawRecord record) throws UnrepresentableException {
        return row.uint16(record.partition()).uint64(record.offset()).row();
    }

    /** Lower-case 0x-hex; empty for null. */
    private static String hex(@Nullable SpecificFixed value) {
        return value == null ? "" : Hex.format(value.bytes());
    }

    private static byte @Nullable [] bytes(@Nullable ByteBuffer buffer) {
        return buffer == null ? null : AvroValues.bytes(buffer);
    }
}
