package io.ocos.jobs.archive;

import static org.assertj.core.api.Assertions.assertThat;

import io.ocos.jobs.flink.RawRecord;
import io.ocos.schemas.avro.TelemetryTick;
import io.ocos.schemas.io.ArchiveManifest;
import io.ocos.schemas.io.RecordCodec;
import io.ocos.schemas.io.Topic;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecordArchiverTest {

    private static final long START = 29_000_000L * 60_000;

    @TempDir
    Path dir;

    @Test
    void writesWhatAnArchiverOfTopicsWrites() throws Exception {
        List<RawRecord> records = new ArrayList<>();
        for (int second = 0; second < 60 * 31; second += 5) {
            long at = START + second * 1_000L;
            add(records, Topic.TELEMETRY, 0, at, RecordCodec.encode(new TelemetryTick("g", at)));
            add(records, Topic.TELEMETRY, 1, at, RecordCodec.encode(new TelemetryTick("g", at)));
            add(records, Topic.CHAIN_EVENTS, 0, at, RecordCodec.encode(ArchiveInputTest.block(second, at / 1_000)));
            add(records, Topic.JOB_EVENTS, 0, at, RecordCodec.encode(ArchiveInputTest.progress(at)));
        }
        List<ArchiveManifest> expected =
                TestArchive.write(dir.resolve("expected"), ArchiveLayout.ofEpochMinutes(5), records);

        RecordArchiver archiver = new RecordArchiver(
                dir.resolve("archive").toString(),
                5,
                Set.of("telemetry-0", "telemetry-1", "chain-events-0", "job-events-0"));
        records.forEach(archiver::add);

        ArchiveInput archive = ArchiveInput.open(dir.resolve("archive").toString());
        assertThat(archive.manifests()).isEqualTo(expected).hasSizeGreaterThan(4);
        archive.verify();
    }

    private static void add(List<RawRecord> records, Topic topic, int partition, long at, byte[] value) {
        long offset = records.stream()
                .filter(record -> record.topic().equals(topic.topicName()) && record.partition() == partition)
                .count();
        records.add(new RawRecord(topic.topicName(), partition, offset, at, new byte[] {9}, value));
    }
}
