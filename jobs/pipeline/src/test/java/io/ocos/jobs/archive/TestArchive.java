package io.ocos.jobs.archive;

import io.ocos.jobs.flink.RawRecord;
import io.ocos.jobs.reference.ReferenceInput;
import io.ocos.schemas.avro.JobEvent;
import io.ocos.schemas.avro.SignedEnvelope;
import io.ocos.schemas.avro.TelemetryTick;
import io.ocos.schemas.io.ArchiveManifest;
import io.ocos.schemas.io.RecordCodec;
import io.ocos.schemas.io.Topic;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import org.apache.avro.specific.SpecificRecord;

/** Archives that are made of records in memory, without a broker. */
public final class TestArchive {

    private TestArchive() {}

    /**
     * Archives a world up to a time: each topic in one partition, in the order of its clock.
     *
     * @param untilMillis all clocks come to this time in the end
     * @return the records, in the order of topics
     */
    public static List<RawRecord> write(Path directory, int epochMinutes, ReferenceInput input, long untilMillis)
            throws IOException {
        List<RawRecord> records = new ArrayList<>();
        add(records, Topic.TELEMETRY, input.telemetry(), SignedEnvelope::getReceivedAt);
        add(records, Topic.TELEMETRY, List.of(new TelemetryTick("g", untilMillis)), TelemetryTick::getAt);
        add(records, Topic.CHAIN_EVENTS, input.chainEvents(), event -> event.getBlockTime() * 1_000);
        add(
                records,
                Topic.CHAIN_EVENTS,
                List.of(ArchiveInputTest.block(untilMillis, untilMillis / 1_000)),
                event -> untilMillis);
        add(records, Topic.JOB_EVENTS, input.jobEvents(), JobEvent::getRecordedAt);
        add(records, Topic.JOB_EVENTS, List.of(ArchiveInputTest.progress(untilMillis)), event -> untilMillis);
        write(directory, ArchiveLayout.ofEpochMinutes(epochMinutes), records);
        return records;
    }

    private static <T extends SpecificRecord> void add(
            List<RawRecord> records, Topic topic, List<T> rows, ToLongFunction<T> millis) {
        long offset = records.stream()
                .filter(record -> record.topic().equals(topic.topicName()))
                .count();
        for (T row : rows.stream().sorted(Comparator.comparingLong(millis)).toList()) {
            records.add(new RawRecord(
                    topic.topicName(), 0, offset++, millis.applyAsLong(row), null, RecordCodec.encode(row)));
        }
    }

    /** Archives the complete epochs of these records; every partition of the archive must have some. */
    static List<ArchiveManifest> write(Path directory, ArchiveLayout layout, List<RawRecord> records)
            throws IOException {
        ArchiveDirectory archive = ArchiveDirectory.of(directory.toString());
        Map<String, List<RawRecord>> partitions = new TreeMap<>(
                records.stream().collect(Collectors.groupingBy(record -> record.topic() + "-" + record.partition())));
        ManifestChain chain = new ManifestChain(layout.epochMinutes(), partitions.keySet());
        List<ArchiveManifest> manifests = new ArrayList<>();
        for (Map.Entry<String, List<RawRecord>> partition : partitions.entrySet()) {
            List<PlannedFile> plan = new ArrayList<>();
            PartitionCursor cursor = PartitionCursor.after(null, partition.getKey());
            for (RawRecord record : partition.getValue()) {
                cursor = cursor.add(RecordMark.of(record), layout, plan::add);
            }
            for (PlannedFile planned : plan) {
                for (ArchiveManifest manifest : chain.add(write(archive, planned, partition.getValue()))) {
                    archive.put(ArchiveDirectory.manifestPath(manifest.epoch()), manifest.toBytes());
                    manifests.add(manifest);
                }
            }
        }
        return manifests;
    }

    static ArchivedFile write(ArchiveDirectory archive, PlannedFile planned, List<RawRecord> records)
            throws IOException {
        if (planned.records() == 0) {
            return ArchivedFile.none(planned);
        }
        byte[] content = bytes(planned, records);
        String sha256 = ArchiveManifest.sha256(content);
        String path = ContainerFile.path(planned, sha256);
        archive.put(path, content);
        return ArchivedFile.of(planned, path, content.length, sha256);
    }

    /** The bytes of a file with those of the records that are in its range. */
    static byte[] bytes(PlannedFile planned, List<RawRecord> records) throws IOException {
        try (ContainerFile file = new ContainerFile(planned)) {
            for (RawRecord record : records) {
                if (record.offset() >= planned.from() && record.offset() < planned.to()) {
                    file.add(record.offset(), record.timestamp(), record.key(), record.value());
                }
            }
            return file.finish();
        }
    }
}
