package io.ocos.jobs.archive;

import io.ocos.jobs.flink.RawRecord;
import io.ocos.metering.domain.JobEvidence;
import io.ocos.schemas.avro.ChainEvent;
import io.ocos.schemas.avro.JobEvent;
import io.ocos.schemas.avro.SignedEnvelope;
import io.ocos.schemas.domain.Minutes;
import io.ocos.schemas.io.ArchiveManifest;
import io.ocos.schemas.io.MalformedRecordException;
import io.ocos.schemas.io.RecordCodec;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.LongStream;
import org.apache.avro.specific.SpecificRecord;

/**
 * Records that lie in a later manifest than that of the epoch in which they would count: they came after it was closed
 * (SPEC 13), which the topics' clocks keep from happening. A batch's inputs are the manifests up to its epoch, so what is computed
 * from more of them is the same only for epochs that are not affected.
 */
public final class LateRecords {

    private static final int MILLIS = 1_000;

    private LateRecords() {}

    /**
     * The epochs whose rewards, or those of an earlier one, records in later manifests could change.
     *
     * @throws ArchiveException when the archive cannot be read
     */
    public static Set<Long> affectedEpochs(ArchiveInput archive) {
        Set<Long> affected = new TreeSet<>();
        for (ArchiveManifest manifest : archive.manifests()) {
            for (ArchiveManifest.Partition partition : manifest.partitions()) {
                for (ArchiveManifest.File file : partition.files()) {
                    archive.forEach(partition, file, record -> LongStream.range(
                                    Math.max(
                                            epoch(record, archive.epochMinutes()),
                                            archive.manifests().get(0).epoch()),
                                    manifest.epoch())
                            .forEach(affected::add));
                }
            }
        }
        return affected;
    }

    /** The first epoch that a record could count in; {@link Long#MAX_VALUE} for none. */
    private static long epoch(RawRecord record, int epochMinutes) {
        byte[] value = record.value();
        if (value == null) {
            return Long.MAX_VALUE;
        }
        try {
            long millis = millis(RecordCodec.decode(value));
            return millis < 0 ? Long.MAX_VALUE : Minutes.of(millis) / epochMinutes;
        } catch (MalformedRecordException e) {
            return Long.MAX_VALUE;
        }
    }

    private static long millis(SpecificRecord record) {
        if (record instanceof SignedEnvelope envelope) {
            return envelope.getReceivedAt();
        } else if (record instanceof ChainEvent event) {
            return Math.min(event.getBlockTime(), Long.MAX_VALUE / MILLIS) * MILLIS;
        } else if (record instanceof JobEvent event) {
            // An older one fails J1.
            return Math.max(event.getAt(), event.getRecordedAt() - JobEvidence.MAX_DELAY_MILLIS);
        }
        return -1;
    }
}
