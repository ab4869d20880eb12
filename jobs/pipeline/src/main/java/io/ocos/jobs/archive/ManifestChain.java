package io.ocos.jobs.archive;

import io.ocos.rewardssettlement.domain.Cid;
import io.ocos.schemas.io.ArchiveManifest;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Makes manifests of files: the manifest of an epoch is due when every partition has closed it. An epoch in which no partition
 * has a record has none. The result depends on the files of each partition and their order only, not on how those of
 * several partitions interleave.
 */
final class ManifestChain {

    private final int epochMinutes;
    private final Set<String> partitions;
    private final Map<String, PartitionHead> heads = new HashMap<>();
    private final List<ArchivedFile> pending = new ArrayList<>();
    private @Nullable ManifestHead newest;

    /** @param partitions names of all partitions, {@code TOPIC-NUMBER} */
    ManifestChain(int epochMinutes, Set<String> partitions) {
        this.epochMinutes = epochMinutes;
        this.partitions = Set.copyOf(partitions);
    }

    /** Goes on behind a manifest. */
    static ManifestChain after(@Nullable ArchiveManifest newest, int epochMinutes, Set<String> partitions) {
        ManifestChain chain = new ManifestChain(epochMinutes, partitions);
        if (newest != null) {
            chain.newest = new ManifestHead(newest.epoch(), newest.digest());
            for (ArchiveManifest.Partition entry : newest.partitions()) {
                chain.heads.put(entry.name(), new PartitionHead(entry.name(), entry.to(), newest.epoch()));
            }
        }
        return chain;
    }

    /** Takes up what an earlier one had come to. */
    void restore(Iterable<PartitionHead> heads, Iterable<ArchivedFile> pending, @Nullable ManifestHead newest) {
        heads.forEach(head -> this.heads.put(head.partition(), head));
        pending.forEach(this.pending::add);
        this.newest = newest;
    }

    Collection<PartitionHead> heads() {
        return heads.values();
    }

    /** Files that are in no manifest yet. */
    List<ArchivedFile> pending() {
        return pending;
    }

    /** The newest manifest, null before the first. */
    @Nullable
    ManifestHead newest() {
        return newest;
    }

    /**
     * Adds a file.
     *
     * @return the manifests that are complete now, oldest first
     * @throws IllegalStateException when it does not begin where the partition's file before it ends
     */
    List<ArchiveManifest> add(ArchivedFile file) {
        if (!partitions.contains(file.partition())) {
            throw new IllegalStateException(
                    "%s is none of the partitions %s that the archive was begun with: a partition cannot join an archive"
                            .formatted(
                                    file.partition(),
                                    partitions.stream().sorted().toList()));
        }
        PartitionHead head = heads.get(file.partition());
        heads.put(
                file.partition(),
                new PartitionHead(file.partition(), head == null ? file.from() : head.from(), file.closedEpoch()));
        if (file.records() > 0) {
            pending.add(file);
        }
        List<ArchiveManifest> complete = new ArrayList<>();
        for (OptionalLong due = due(); due.isPresent(); due = due()) {
            complete.add(manifest(due.getAsLong()));
        }
        return complete;
    }

    /** The oldest epoch that has files and is closed in every partition. */
    private OptionalLong due() {
        long closed = heads.keySet().containsAll(partitions)
                ? heads.values().stream()
                        .mapToLong(PartitionHead::closedEpoch)
                        .min()
                        .orElse(-1)
                : -1;
        return pending.stream()
                .mapToLong(ArchivedFile::epoch)
                .filter(epoch -> epoch <= closed)
                .min();
    }

    private ArchiveManifest manifest(long epoch) {
        List<ArchiveManifest.Partition> entries =
                heads.values().stream().map(head -> entry(head, epoch)).sorted().toList();
        pending.removeIf(file -> file.epoch() == epoch);
        entries.forEach(entry -> heads.computeIfPresent(
                entry.name(), (name, head) -> new PartitionHead(name, entry.to(), head.closedEpoch())));
        ArchiveManifest manifest = new ArchiveManifest(
                ArchiveManifest.FORMAT, epoch, epochMinutes, newest == null ? null : newest.digest(), entries);
        newest = new ManifestHead(epoch, manifest.digest());
        return manifest;
    }

    private ArchiveManifest.Partition entry(PartitionHead head, long epoch) {
        List<ArchiveManifest.File> files = pending.stream()
                .filter(file -> file.epoch() == epoch && file.partition().equals(head.partition()))
                .sorted(Comparator.comparingLong(ArchivedFile::from))
                .map(ManifestChain::entry)
                .toList();
        long to = files.isEmpty() ? head.from() : files.get(files.size() - 1).to();
        return new ArchiveManifest.Partition(
                PlannedFile.topic(head.partition()).topicName(),
                PlannedFile.number(head.partition()),
                head.from(),
                to,
                files.stream().mapToLong(ArchiveManifest.File::records).sum(),
                files);
    }

    private static ArchiveManifest.File entry(ArchivedFile file) {
        return new ArchiveManifest.File(
                file.path(),
                file.from(),
                file.to(),
                file.records(),
                file.bytes(),
                file.sha256(),
                Cid.ofDigest(HexFormat.of().parseHex(file.sha256())));
    }
}
