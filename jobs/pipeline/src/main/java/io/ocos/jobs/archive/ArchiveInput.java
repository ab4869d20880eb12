package io.ocos.jobs.archive;

import io.ocos.jobs.flink.RawRecord;
import io.ocos.schemas.io.ArchiveManifest;
import io.ocos.schemas.io.Topic;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.apache.flink.api.common.accumulators.LongCounter;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichFlatMapFunction;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.util.Collector;
import org.jspecify.annotations.Nullable;

/**
 * An archive as input: its chain of manifests, checked when it is opened, and the records of the files they name, each file
 * checked as a whole before its first record is handed on. Files that no manifest names are not looked at.
 *
 * <p>Everything that is wrong is an {@link ArchiveException} that names the file.
 */
public final class ArchiveInput {

    /** Accumulator of a job that reads it: bytes of the files that have been read. */
    public static final String BYTES_READ = "bytesRead";

    private final String location;
    private final ArchiveDirectory archive;
    private final List<ArchiveManifest> manifests;

    private ArchiveInput(String location, ArchiveDirectory archive, List<ArchiveManifest> manifests) {
        this.location = location;
        this.archive = archive;
        this.manifests = List.copyOf(manifests);
    }

    /** Whether a directory holds an archive: it has manifests. */
    public static boolean isArchive(String location) {
        try {
            return !ArchiveDirectory.of(location).epochs().isEmpty();
        } catch (IOException e) {
            return false;
        }
    }

    /**
     * Opens an archive: every manifest is read, their chain and ranges of offsets have no gap, every file is there with the
     * size that its manifest says.
     *
     * @param location a directory, or the URI of one
     * @throws ArchiveException when it is not so
     */
    public static ArchiveInput open(String location) {
        ArchiveDirectory archive = ArchiveDirectory.of(location);
        try {
            if (!archive.exists()) {
                throw new ArchiveException("archive %s: no such directory".formatted(location));
            }
            List<Long> epochs = archive.epochs();
            if (epochs.isEmpty()) {
                throw new ArchiveException(
                        "archive %s: has no manifest, expected at least one manifests/EPOCH.json".formatted(location));
            }
            List<ArchiveManifest> manifests = new ArrayList<>(epochs.size());
            for (long epoch : epochs) {
                ArchiveManifest manifest = archive.manifest(epoch);
                requireFollows(archive, manifests.isEmpty() ? null : manifests.get(manifests.size() - 1), manifest);
                requireFiles(archive, manifest);
                manifests.add(manifest);
            }
            return new ArchiveInput(location, archive, manifests);
        } catch (IOException e) {
            throw new ArchiveException("archive %s: cannot be read: %s".formatted(location, e), e);
        }
    }

    /**
     * All inputs of the epochs up to one: those from which its batch is recomputed.
     *
     * <p>Records that came after their minute was closed may lie in a later manifest; they cannot count (SPEC 13).
     *
     * @throws ArchiveException when the archive does not reach that far
     */
    public ArchiveInput upTo(long epoch) {
        ArchiveManifest newest = newest();
        List<ArchiveManifest> upTo =
                manifests.stream().filter(manifest -> manifest.epoch() <= epoch).toList();
        if (newest.epoch() < epoch || upTo.isEmpty()) {
            throw new ArchiveException("archive %s: holds epochs %d … %d, expected one that reaches to epoch %d"
                    .formatted(location, manifests.get(0).epoch(), newest.epoch(), epoch));
        }
        return new ArchiveInput(location, archive, upTo);
    }

    /** Manifests, oldest first, at least one. */
    public List<ArchiveManifest> manifests() {
        return manifests;
    }

    /** The newest manifest. */
    public ArchiveManifest newest() {
        return manifests.get(manifests.size() - 1);
    }

    /** Digest of the newest manifest: the {@code inputsDigest} of a batch of its epoch (SPEC 11). */
    public String digest() {
        return newest().digest();
    }

    /** Length of an epoch in minutes. */
    public int epochMinutes() {
        return newest().epochMinutes();
    }

    /** Number of records of a topic, ticks and unreadable ones included. */
    public long records(Topic topic) {
        return manifests.stream()
                .flatMap(manifest -> manifest.partitions().stream())
                .filter(entry -> entry.topic().equals(topic.topicName()))
                .mapToLong(ArchiveManifest.Partition::records)
                .sum();
    }

    /** Bytes of all files. */
    public long bytes() {
        return manifests.stream()
                .flatMap(manifest -> manifest.partitions().stream())
                .flatMap(entry -> entry.files().stream())
                .mapToLong(ArchiveManifest.File::bytes)
                .sum();
    }

    /** How messages and evidence call a file of this archive. */
    public String name(String path) {
        return archive.name(path);
    }

    /** How messages call the file in which a record lies. */
    public String fileOf(RawRecord record) {
        return manifests.stream()
                .flatMap(manifest -> manifest.partitions().stream())
                .filter(entry -> entry.topic().equals(record.topic()) && entry.partition() == record.partition())
                .flatMap(entry -> entry.files().stream())
                .filter(file -> file.from() <= record.offset() && record.offset() < file.to())
                .findFirst()
                .map(file -> name(file.path()))
                .orElseThrow(() -> new IllegalArgumentException("%s is not in this archive".formatted(record)));
    }

    /**
     * The records of a topic as a bounded source, parallel by file; a subtask holds one file at a time. The job fails with
     * the {@link ArchiveException} of a file that is not what its manifest says ({@link ArchiveException#in}).
     */
    public DataStream<RawRecord> records(StreamExecutionEnvironment environment, Topic topic) {
        List<ArchiveSplit> splits = splits(topic);
        if (splits.isEmpty()) {
            splits = List.of(ArchiveSplit.NONE); // A source of nothing is refused.
        }
        return environment
                .fromData(splits)
                .setParallelism(1)
                .name("archive of " + topic.topicName())
                .uid("archive-splits-" + topic.topicName())
                .rebalance()
                .flatMap(new ReadFiles(location))
                .returns(RawRecord.class)
                .name("records of " + topic.topicName())
                .uid("archive-records-" + topic.topicName());
    }

    /** The records of a topic in this thread, in order of epoch, partition and offset. */
    public void forEach(Topic topic, Consumer<RawRecord> out) {
        splits(topic).forEach(split -> read(archive, split, out));
    }

    /** Reads every file and throws the records away: the whole archive is what its manifests say. */
    public void verify() {
        ArchiveLayout.TOPICS.forEach(topic -> forEach(topic, record -> {}));
    }

    /** The records of one file. */
    void forEach(ArchiveManifest.Partition partition, ArchiveManifest.File file, Consumer<RawRecord> out) {
        read(archive, ArchiveSplit.of(partition, file), out);
    }

    /** The bytes of a file, whatever they are. */
    byte[] bytes(ArchiveManifest.File file) {
        return bytes(archive, file.path());
    }

    private List<ArchiveSplit> splits(Topic topic) {
        return manifests.stream()
                .flatMap(manifest -> manifest.partitions().stream())
                .filter(entry -> entry.topic().equals(topic.topicName()))
                .flatMap(entry -> entry.files().stream().map(file -> ArchiveSplit.of(entry, file)))
                .toList();
    }

    private static void read(ArchiveDirectory archive, ArchiveSplit split, Consumer<RawRecord> out) {
        byte[] content = bytes(archive, split.path());
        ContainerFile.read(archive.name(split.path()), content, split.topic(), split.partition(), split.file(), out);
    }

    private static byte[] bytes(ArchiveDirectory archive, String path) {
        try {
            return archive.read(path);
        } catch (IOException e) {
            throw new ArchiveException("%s: cannot be read: %s".formatted(archive.name(path), e), e);
        }
    }

    private static void requireFollows(
            ArchiveDirectory archive, @Nullable ArchiveManifest before, ArchiveManifest manifest) {
        String name = archive.name(ArchiveDirectory.manifestPath(manifest.epoch()));
        if (before == null) {
            if (manifest.previous() != null) {
                throw new ArchiveException(
                        "%s: the manifest before it, with SHA-256 %s, is missing".formatted(name, manifest.previous()));
            }
            return;
        }
        String nameBefore = archive.name(ArchiveDirectory.manifestPath(before.epoch()));
        if (!before.digest().equals(manifest.previous())) {
            throw new ArchiveException(
                    "%s: previous is %s, expected %s, the SHA-256 of %s: a manifest was altered or is missing"
                            .formatted(name, manifest.previous(), before.digest(), nameBefore));
        }
        if (before.epochMinutes() != manifest.epochMinutes()) {
            throw new ArchiveException("%s: epochMinutes %d, expected %d as in %s"
                    .formatted(name, manifest.epochMinutes(), before.epochMinutes(), nameBefore));
        }
        if (before.partitions().size() != manifest.partitions().size()) {
            throw new ArchiveException("%s: %d partitions, expected %d as in %s"
                    .formatted(
                            name,
                            manifest.partitions().size(),
                            before.partitions().size(),
                            nameBefore));
        }
        for (int i = 0; i < before.partitions().size(); i++) {
            ArchiveManifest.Partition expected = before.partitions().get(i);
            ArchiveManifest.Partition found = manifest.partitions().get(i);
            if (expected.compareTo(found) != 0 || found.from() != expected.to()) {
                throw new ArchiveException("%s: %s begins at offset %d, expected %s at %d, where %s ends"
                        .formatted(name, found.name(), found.from(), expected.name(), expected.to(), nameBefore));
            }
        }
    }

    private static void requireFiles(ArchiveDirectory archive, ArchiveManifest manifest) throws IOException {
        for (ArchiveManifest.Partition partition : manifest.partitions()) {
            for (ArchiveManifest.File file : partition.files()) {
                if (archive.size(file.path()) < 0) {
                    throw new ArchiveException("%s: is missing; %s names it for %s offsets %d … %d"
                            .formatted(
                                    archive.name(file.path()),
                                    archive.name(ArchiveDirectory.manifestPath(manifest.epoch())),
                                    partition.name(),
                                    file.from(),
                                    file.to() - 1));
                }
            }
        }
    }

    /** Reads the files of the splits it gets. */
    private static final class ReadFiles extends RichFlatMapFunction<ArchiveSplit, RawRecord> {

        private static final long serialVersionUID = 1;

        private final String location;
        private transient ArchiveDirectory archive;
        private transient LongCounter bytesRead;

        @SuppressWarnings("NullAway.Init") // Flink calls open.
        ReadFiles(String location) {
            this.location = location;
        }

        @Override
        public void open(OpenContext context) {
            archive = ArchiveDirectory.of(location);
            bytesRead = new LongCounter();
            getRuntimeContext().addAccumulator(BYTES_READ, bytesRead);
        }

        @Override
        public void flatMap(ArchiveSplit split, Collector<RawRecord> out) {
            if (!split.equals(ArchiveSplit.NONE)) {
                read(archive, split, out::collect);
                bytesRead.add(split.bytes());
            }
        }
    }
}
