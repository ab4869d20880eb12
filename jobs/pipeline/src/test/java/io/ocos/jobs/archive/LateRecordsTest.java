package io.ocos.jobs.archive;

import static org.assertj.core.api.Assertions.assertThat;

import io.ocos.jobs.flink.RawRecord;
import io.ocos.schemas.avro.ChainEvent;
import io.ocos.schemas.avro.JobEvent;
import io.ocos.schemas.avro.JobEventType;
import io.ocos.schemas.avro.SignedEnvelope;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.io.AvroValues;
import io.ocos.schemas.io.RecordCodec;
import io.ocos.schemas.io.Topic;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.avro.specific.SpecificRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Of four epochs of a minute, 29000000 … 29000003. */
class LateRecordsTest {

    private static final long EPOCH = 29_000_000;
    private static final long START = EPOCH * 60_000;
    /** A place between the cuts of epochs 29000002 and 29000003 of a topic whose epochs close at once or 10 s later. */
    private static final int IN_EPOCH_3 = 200;

    /** The same of job events, whose epochs close a minute later. */
    private static final int IN_EPOCH_3_OF_JOBS = 250;

    @TempDir
    Path dir;

    @Test
    void recordsInTimeAffectNoEpoch() throws Exception {
        assertThat(affected(ArchiveInputTest.records())).isEmpty();
    }

    @Test
    void anEnvelopeInALaterManifestAffectsTheEpochsBetween() throws Exception {
        assertThat(affectedBy(Topic.TELEMETRY, envelope(START + 60_000))).containsExactly(EPOCH + 1, EPOCH + 2);
        assertThat(affectedBy(Topic.TELEMETRY, envelope(START + 3 * 60_000))).isEmpty();
    }

    @Test
    void soDoesAChainEvent() throws Exception {
        assertThat(affectedBy(Topic.CHAIN_EVENTS, event(START / 1_000 + 59)))
                .containsExactly(EPOCH, EPOCH + 1, EPOCH + 2);
    }

    @Test
    void aJobEventDoesAsFarBackAsItCouldCount() throws Exception {
        long inTime = START + IN_EPOCH_3_OF_JOBS * 1_000;
        assertThat(affectedBy(Topic.JOB_EVENTS, job(inTime - 60_000, inTime))).isEmpty();
        long late = START + 100_000;
        assertThat(affectedBy(Topic.JOB_EVENTS, job(late, late))).containsExactly(EPOCH + 1, EPOCH + 2);
        assertThat(affectedBy(Topic.JOB_EVENTS, job(START - 600_000, late)))
                .as("a minute, or it fails J1")
                .containsExactly(EPOCH, EPOCH + 1, EPOCH + 2);
    }

    private Set<Long> affectedBy(Topic topic, SpecificRecord row) throws IOException {
        int place = topic == Topic.JOB_EVENTS ? IN_EPOCH_3_OF_JOBS : IN_EPOCH_3;
        List<RawRecord> records = new ArrayList<>(ArchiveInputTest.records());
        records.replaceAll(record ->
                record.topic().equals(topic.topicName()) && record.partition() == 0 && record.offset() == place
                        ? new RawRecord(
                                record.topic(), 0, record.offset(), record.timestamp(), null, RecordCodec.encode(row))
                        : record);
        return affected(records);
    }

    private Set<Long> affected(List<RawRecord> records) throws IOException {
        Path archive = dir.resolve(Integer.toString(records.hashCode()));
        TestArchive.write(archive, ArchiveLayout.ofEpochMinutes(1), records);
        return LateRecords.affectedEpochs(ArchiveInput.open(archive.toString()));
    }

    private static SignedEnvelope envelope(long receivedAt) {
        return new SignedEnvelope(
                AvroValues.avro(Address.ZERO),
                1L,
                receivedAt,
                1L,
                AvroValues.avro(Hash32.ZERO),
                ByteBuffer.allocate(0),
                ByteBuffer.allocate(0),
                receivedAt,
                "g");
    }

    private static ChainEvent event(long seconds) {
        return new ChainEvent(
                1L,
                AvroValues.avro(Hash32.ZERO),
                seconds,
                AvroValues.avro(Hash32.ZERO),
                0L,
                AvroValues.avro(Address.ZERO),
                "StakeChanged",
                Map.of());
    }

    private static JobEvent job(long at, long recordedAt) {
        return new JobEvent(
                JobEventType.FAILED, AvroValues.avro(Hash32.ZERO), AvroValues.avro(Address.ZERO), at, recordedAt);
    }
}
