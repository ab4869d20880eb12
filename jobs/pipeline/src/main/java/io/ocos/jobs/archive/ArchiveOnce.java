package io.ocos.jobs.archive;

import io.ocos.schemas.config.ConfigException;
import io.ocos.schemas.domain.Minutes;
import io.ocos.schemas.io.ArchiveManifest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Archives what is complete in the topics now, and ends: the same files and manifests that the ArchiveJob writes, without a
 * cluster. An archive that is there is taken up behind its newest manifest.
 */
public final class ArchiveOnce {

    /**
     * What was added to the archive.
     *
     * @param manifests oldest first
     * @param files number of files
     * @param records number of records
     * @param bytes of the files
     */
    public record Summary(List<ArchiveManifest> manifests, long files, long records, long bytes) {}

    private final ArchiveLayout layout;
    private final ArchiveDirectory archive;
    private final @Nullable ArchiveManifest newest;

    private ArchiveOnce(ArchiveLayout layout, ArchiveDirectory archive, @Nullable ArchiveManifest newest) {
        this.layout = layout;
        this.archive = archive;
        this.newest = newest;
    }

    /**
     * Archives the complete epochs of a time range.
     *
     * @param fromMillis ms UTC: epochs that begin earlier are left out; null = from the first record. Such an archive lacks
     *     inputs: it can be read, but rewards cannot be recomputed from it
     * @param toMillis ms UTC: epochs that end later are left out; null = up to now
     * @throws ConfigException when the archive was begun with another epoch length, or reaches beyond {@code fromMillis}
     * @throws IOException when Kafka does not answer, or records were deleted
     */
    public static Summary run(ArchiveJobConfig config, @Nullable Long fromMillis, @Nullable Long toMillis)
            throws IOException {
        return run(config, ArchiveLayout.ofEpochMinutes(config.epochMinutes()), fromMillis, toMillis);
    }

    static Summary run(
            ArchiveJobConfig config, ArchiveLayout layout, @Nullable Long fromMillis, @Nullable Long toMillis)
            throws IOException {
        ArchiveDirectory archive = ArchiveDirectory.of(config.directory());
        ArchiveManifest newest = ArchiveStart.of(archive, config.epochMinutes()).newest();
        long epochMillis = config.epochMinutes() * Minutes.MILLIS;
        long first = fromMillis == null ? 0 : -Math.floorDiv(-fromMillis, epochMillis);
        long last = toMillis == null ? Long.MAX_VALUE : toMillis / epochMillis - 1;
        if (newest != null && fromMillis != null && first != newest.epoch() + 1) {
            throw new ConfigException("--from %d: the archive %s ends with epoch %d, which it must go on behind, at %d"
                    .formatted(fromMillis, archive.name(""), newest.epoch(), (newest.epoch() + 1) * epochMillis));
        }
        try (FileWriter writer =
                new FileWriter(new TopicReader(config.kafkaBootstrap(), config.kafkaPropertiesFile()), archive)) {
            return new ArchiveOnce(layout, archive, newest).run(writer, first, last);
        }
    }

    private Summary run(FileWriter writer, long first, long last) throws IOException {
        Set<String> partitions = writer.topics().partitions();
        List<List<PlannedFile>> plans = new ArrayList<>();
        long closed = last;
        for (String partition : partitions) {
            List<PlannedFile> plan = plan(writer.topics(), partition, first, last);
            closed = Math.min(
                    closed, plan.isEmpty() ? -1 : plan.get(plan.size() - 1).closedEpoch());
            plans.add(plan);
        }
        ManifestChain chain = ManifestChain.after(newest, layout.epochMinutes(), partitions);
        List<ArchiveManifest> manifests = new ArrayList<>();
        long files = 0;
        long records = 0;
        long bytes = 0;
        for (List<PlannedFile> plan : plans) {
            for (PlannedFile planned : plan) {
                if (planned.epoch() <= closed || planned.records() == 0) {
                    ArchivedFile file = writer.write(planned);
                    files += file.records() > 0 ? 1 : 0;
                    records += file.records();
                    bytes += file.bytes();
                    for (ArchiveManifest manifest : chain.add(file)) {
                        archive.put(ArchiveDirectory.manifestPath(manifest.epoch()), manifest.toBytes());
                        manifests.add(manifest);
                    }
                }
            }
        }
        return new Summary(List.copyOf(manifests), files, records, bytes);
    }

    /** The files of a partition, up to the one that closes the last epoch or its end. */
    private List<PlannedFile> plan(TopicReader topics, String partition, long first, long last) throws IOException {
        List<PlannedFile> plan = new ArrayList<>();
        PartitionCursor[] cursor = {PartitionCursor.after(newest, partition)};
        long from = newest == null ? topics.beginning(partition) : cursor[0].from();
        topics.read(partition, from, topics.end(partition), record -> {
            if (cursor[0].closedEpoch() < last) {
                cursor[0] = cursor[0].add(RecordMark.of(record), layout, planned -> {
                    if (planned.closedEpoch() >= first - 1) {
                        plan.add(plan.isEmpty() && planned.epoch() < first ? beginning(planned) : planned);
                    }
                });
            }
        });
        return plan;
    }

    /** The cut before the first epoch that is archived, without what lies before it. */
    private static PlannedFile beginning(PlannedFile cut) {
        return new PlannedFile(cut.partition(), cut.epoch(), cut.to(), cut.to(), 0, cut.closedEpoch());
    }
}
