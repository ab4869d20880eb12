package io.ocos.jobs.archive;

import io.ocos.jobs.flink.RawRecord;
import io.ocos.schemas.io.ArchiveManifest;
import io.ocos.schemas.io.Topic;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Holds an archive against the topics that it was made of, record by record at the same offsets, as far as the topics still
 * have them. The files are read whatever their manifests say of them.
 */
public final class ArchiveComparison {

    /** Differences beyond this are counted and not kept. */
    private static final int MAX_KEPT = 10_000;

    /**
     * A record that is not the same in archive and topic. One of the two may be null: it is not there, or cannot be read.
     *
     * @param partition {@code TOPIC-NUMBER}
     * @param file of the archive that covers the offset, as messages call it
     * @param damaged whether the file is not what its manifest says
     */
    public record Difference(
            String partition,
            long offset,
            String file,
            boolean damaged,
            @Nullable RawRecord archived,
            @Nullable RawRecord live) {

        /** The record of the topic, if there is one, or the archive's. */
        public RawRecord original() {
            if (live != null) {
                return live;
            } else if (archived != null) {
                return archived;
            }
            throw new IllegalStateException("%s@%d is in neither".formatted(partition, offset));
        }
    }

    /**
     * What came out.
     *
     * @param differences the first ones, in order of epoch, topic, partition and offset
     * @param count of all
     * @param complete whether the topics still have every offset that the archive holds
     */
    public record Result(List<Difference> differences, long count, boolean complete) {

        /**
         * What of it concerns the inputs up to an epoch.
         *
         * @param inputs of the same archive, up to an epoch of it
         */
        public Result upTo(ArchiveInput inputs) {
            Map<String, Long> ends = inputs.newest().partitions().stream()
                    .collect(Collectors.toMap(ArchiveManifest.Partition::name, ArchiveManifest.Partition::to));
            List<Difference> within = differences.stream()
                    .filter(difference -> difference.offset() < ends.getOrDefault(difference.partition(), 0L))
                    .toList();
            return new Result(within, within.size() == differences.size() ? count : within.size(), complete);
        }
    }

    private final ArchiveInput archive;
    private final TopicReader topics;
    private final List<Difference> differences = new ArrayList<>();
    private long count;
    private boolean complete = true;

    private ArchiveComparison(ArchiveInput archive, TopicReader topics) {
        this.archive = archive;
        this.topics = topics;
    }

    /**
     * Compares; holds one file's records at a time.
     *
     * @param propertiesFile further properties of the consumer (security); null = none
     * @throws ArchiveException when a file is missing, or Kafka cannot be read
     */
    public static Result of(ArchiveInput archive, String bootstrap, @Nullable Path propertiesFile) {
        try (TopicReader topics = new TopicReader(bootstrap, propertiesFile)) {
            ArchiveComparison comparison = new ArchiveComparison(archive, topics);
            comparison.compare();
            return new Result(comparison.differences, comparison.count, comparison.complete);
        } catch (IOException e) {
            throw new ArchiveException("topics at %s: %s".formatted(bootstrap, e.getMessage()), e);
        }
    }

    private void compare() throws IOException {
        Set<String> there = new TreeSet<>();
        for (Topic topic : ArchiveLayout.TOPICS) {
            there.addAll(topics.partitions(topic));
        }
        for (ArchiveManifest manifest : archive.manifests()) {
            for (ArchiveManifest.Partition partition : manifest.partitions()) {
                if (!there.contains(partition.name())) {
                    complete = false;
                    continue;
                }
                long begin = topics.beginning(partition.name());
                long end = topics.end(partition.name());
                for (ArchiveManifest.File file : partition.files()) {
                    compare(partition, file, Math.max(begin, file.from()), Math.min(end, file.to()));
                }
            }
        }
    }

    /** Compares the offsets {@code from} ≤ o &lt; {@code to} of a file. */
    private void compare(ArchiveManifest.Partition partition, ArchiveManifest.File file, long from, long to)
            throws IOException {
        complete &= from == file.from() && to == file.to();
        if (from >= to) {
            return;
        }
        byte[] content = archive.bytes(file);
        boolean damaged = !ArchiveManifest.sha256(content).equals(file.sha256());
        NavigableMap<Long, RawRecord> archived = new TreeMap<>();
        ContainerFile.salvage(content, partition.topic(), partition.partition(), record -> {
            if (record.offset() >= from) {
                archived.put(record.offset(), record);
            }
        });
        String name = archive.name(file.path());
        topics.read(partition.name(), from, to, live -> {
            addAbsent(partition, archived.headMap(live.offset(), false), name, damaged);
            RawRecord record = archived.remove(live.offset());
            if (!live.equals(record)) {
                add(new Difference(partition.name(), live.offset(), name, damaged, record, live));
            }
        });
        addAbsent(partition, archived, name, damaged);
    }

    /** Archived records that the topic has not, taken out of the map. */
    private void addAbsent(
            ArchiveManifest.Partition partition, Map<Long, RawRecord> archived, String file, boolean damaged) {
        for (Iterator<RawRecord> each = archived.values().iterator(); each.hasNext(); ) {
            RawRecord record = each.next();
            each.remove();
            add(new Difference(partition.name(), record.offset(), file, damaged, record, null));
        }
    }

    private void add(Difference difference) {
        count++;
        if (differences.size() < MAX_KEPT) {
            differences.add(difference);
        }
    }
}
