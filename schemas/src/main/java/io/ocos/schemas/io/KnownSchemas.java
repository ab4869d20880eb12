package io.ocos.schemas.io;

import io.ocos.schemas.avro.ArchivedRecord;
import io.ocos.schemas.avro.ChainEvent;
import io.ocos.schemas.avro.Invoice;
import io.ocos.schemas.avro.JobEvent;
import io.ocos.schemas.avro.MinuteClosed;
import io.ocos.schemas.avro.NodeMinute;
import io.ocos.schemas.avro.QuotaEvent;
import io.ocos.schemas.avro.RegistryChange;
import io.ocos.schemas.avro.RejectedRecord;
import io.ocos.schemas.avro.ReputationScore;
import io.ocos.schemas.avro.Reward;
import io.ocos.schemas.avro.SettlementBatch;
import io.ocos.schemas.avro.SettlementLeaf;
import io.ocos.schemas.avro.SignedEnvelope;
import io.ocos.schemas.avro.StorageCharge;
import io.ocos.schemas.avro.StorageHour;
import io.ocos.schemas.avro.SubmissionStep;
import io.ocos.schemas.avro.TelemetryBatch;
import io.ocos.schemas.avro.TelemetrySubmission;
import io.ocos.schemas.avro.TelemetryTick;
import io.ocos.schemas.avro.UsageMinute;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.SchemaNormalization;

/**
 * Every schema that was ever written to a topic or to the archive, by fingerprint.
 *
 * <p>A released schema is kept as {@code history/NAME.vN.avsc}; a change of a schema adds the next number and never edits
 * an earlier one. A test holds that the current schema is the newest one kept, and that all kept ones stay readable.
 */
public final class KnownSchemas {

    /** A writer schema that is known, and the schema it is read with. */
    public record Known(String name, int version, Schema writer, Schema reader) {}

    /** The current schema of every record type. */
    static final List<Schema> CURRENT = List.of(
            TelemetrySubmission.getClassSchema(),
            SignedEnvelope.getClassSchema(),
            TelemetryTick.getClassSchema(),
            TelemetryBatch.getClassSchema(),
            ChainEvent.getClassSchema(),
            JobEvent.getClassSchema(),
            NodeMinute.getClassSchema(),
            ReputationScore.getClassSchema(),
            Reward.getClassSchema(),
            MinuteClosed.getClassSchema(),
            SettlementBatch.getClassSchema(),
            SettlementLeaf.getClassSchema(),
            SubmissionStep.getClassSchema(),
            RegistryChange.getClassSchema(),
            UsageMinute.getClassSchema(),
            StorageHour.getClassSchema(),
            StorageCharge.getClassSchema(),
            QuotaEvent.getClassSchema(),
            Invoice.getClassSchema(),
            RejectedRecord.getClassSchema(),
            ArchivedRecord.getClassSchema());

    private static final Map<Long, Known> BY_FINGERPRINT = load();

    private KnownSchemas() {}

    /**
     * The schema with this fingerprint.
     *
     * @throws MalformedRecordException when it is not known
     */
    public static Known byFingerprint(long fingerprint) throws MalformedRecordException {
        Known known = BY_FINGERPRINT.get(fingerprint);
        if (known == null) {
            throw new MalformedRecordException(
                    "UNKNOWN_SCHEMA", "fingerprint %016x is none of the known schemas".formatted(fingerprint));
        }
        return known;
    }

    /** All versions of a schema that are kept, oldest first. */
    static List<Known> history(String name) {
        return BY_FINGERPRINT.values().stream()
                .filter(known -> known.name().equals(name))
                .sorted(Comparator.comparingInt(Known::version))
                .toList();
    }

    private static Map<Long, Known> load() {
        Map<Long, Known> known = new HashMap<>();
        for (Schema reader : CURRENT) {
            for (int version = 1; ; version++) {
                String resource = "/io/ocos/schemas/history/%s.v%d.avsc".formatted(reader.getName(), version);
                try (InputStream in = KnownSchemas.class.getResourceAsStream(resource)) {
                    if (in == null) {
                        break;
                    }
                    Schema writer = new Schema.Parser().parse(in);
                    known.put(
                            SchemaNormalization.parsingFingerprint64(writer),
                            new Known(reader.getName(), version, writer, reader));
                } catch (IOException e) {
                    throw new UncheckedIOException("cannot read " + resource, e);
                }
            }
        }
        return Map.copyOf(known);
    }
}
