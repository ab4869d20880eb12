package io.ocos.jobs.archive;

import static org.assertj.core.api.Assertions.assertThat;

import io.ocos.schemas.io.ArchiveManifest;
import io.ocos.schemas.io.Topic;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.jspecify.annotations.Nullable;

/** The cuts into epochs against the plainest reading of the rule, and what must hold of files however they are cut. */
class ArchiveCutPropertyTest {

    private static final long MINUTE = 60_000;
    private static final int EPOCHS = 8;

    /** Every record of every partition, in the order of offsets. */
    private record World(ArchiveLayout layout, Map<String, List<RecordMark>> partitions) {
        List<RecordMark> of(String partition) {
            return partitions.getOrDefault(partition, List.of());
        }
    }

    /** Offsets and number of records of a partition in an epoch. */
    private record Range(long from, long to, long records) {}

    @Property(tries = 500)
    void manifestsHoldWhatTheRuleSays(@ForAll long seed) {
        Random random = new Random(seed);
        World world = world(random);

        List<ArchiveManifest> manifests = archive(world, null, random);

        assertThat(ranges(manifests)).isEqualTo(reference(world));
        for (ArchiveManifest manifest : manifests) {
            assertThat(manifest.epochMinutes()).isEqualTo(world.layout.epochMinutes());
        }
        for (int i = 0; i < manifests.size(); i++) {
            assertThat(manifests.get(i).previous())
                    .isEqualTo(i == 0 ? null : manifests.get(i - 1).digest());
        }
        // Another interleaving of the partitions: the same bytes.
        assertThat(archive(world, null, random)).isEqualTo(manifests);
    }

    @Property(tries = 150)
    void anArchiveThatIsTakenUpBehindAManifestGoesOnAsIfNothingHadHappened(@ForAll long seed) {
        Random random = new Random(seed);
        World world = world(random);
        List<ArchiveManifest> manifests = archive(world, null, random);
        for (int i = 0; i < manifests.size(); i++) {
            assertThat(archive(world, manifests.get(i), random)).isEqualTo(manifests.subList(i + 1, manifests.size()));
        }
    }

    @Property(tries = 150)
    void filesKeepTheirBounds(@ForAll long seed) {
        Random random = new Random(seed);
        World world = world(random);
        for (ArchiveManifest manifest : archive(world, null, random)) {
            for (ArchiveManifest.Partition partition : manifest.partitions()) {
                for (ArchiveManifest.File file : partition.files()) {
                    List<RecordMark> records = within(world, partition.name(), file.from(), file.to());
                    assertThat(records).hasSize((int) file.records());
                    long bytes = records.stream().mapToLong(RecordMark::bytes).sum();
                    assertThat(bytes <= world.layout.fileBytes() || records.size() == 1)
                            .as("%s: %d bytes in %d records", file.path(), bytes, records.size())
                            .isTrue();
                }
            }
        }
    }

    private static List<ArchiveManifest> archive(World world, @Nullable ArchiveManifest newest, Random random) {
        List<List<PlannedFile>> plans = new ArrayList<>();
        world.partitions.forEach((name, marks) -> {
            List<PlannedFile> plan = new ArrayList<>();
            PartitionCursor cursor = PartitionCursor.after(newest, name);
            for (RecordMark mark : marks) {
                if (mark.offset() >= Math.max(cursor.from(), 0)) {
                    cursor = cursor.add(mark, world.layout, plan::add);
                }
            }
            plans.add(plan);
        });
        ManifestChain chain = ManifestChain.after(newest, world.layout.epochMinutes(), world.partitions.keySet());
        List<ArchiveManifest> manifests = new ArrayList<>();
        plans.removeIf(List::isEmpty);
        while (!plans.isEmpty()) {
            List<PlannedFile> plan = plans.get(random.nextInt(plans.size()));
            PlannedFile planned = plan.remove(0);
            plans.removeIf(List::isEmpty);
            manifests.addAll(chain.add(
                    planned.records() == 0
                            ? ArchivedFile.none(planned)
                            : ArchivedFile.of(planned, planned.partition() + "/" + planned, 1, "00".repeat(32))));
            if (random.nextInt(4) == 0) {
                chain = restored(chain, world);
            }
        }
        return manifests;
    }

    /** Through what a checkpoint holds. */
    private static ManifestChain restored(ManifestChain chain, World world) {
        ManifestChain restored = new ManifestChain(world.layout.epochMinutes(), world.partitions.keySet());
        restored.restore(List.copyOf(chain.heads()), List.copyOf(chain.pending()), chain.newest());
        return restored;
    }

    private static Map<Long, Map<String, Range>> ranges(List<ArchiveManifest> manifests) {
        Map<Long, Map<String, Range>> ranges = new TreeMap<>();
        manifests.forEach(manifest -> manifest.partitions()
                .forEach(entry -> ranges.computeIfAbsent(manifest.epoch(), epoch -> new TreeMap<>())
                        .put(entry.name(), new Range(entry.from(), entry.to(), entry.records()))));
        return ranges;
    }

    /** For each epoch that all partitions have closed: what lies before its cut and behind the cut before, if anything. */
    private static Map<Long, Map<String, Range>> reference(World world) {
        Map<Long, Map<String, Range>> epochs = new TreeMap<>();
        Map<String, Long> from = new TreeMap<>();
        world.partitions.forEach((name, marks) -> from.put(
                name, marks.stream().mapToLong(RecordMark::offset).findFirst().orElse(-1)));
        for (long epoch = 0; epoch < EPOCHS + 2; epoch++) {
            Map<String, Range> ranges = new TreeMap<>();
            for (String name : world.partitions.keySet()) {
                long cut = cut(world, name, epoch);
                if (cut < 0) {
                    return epochs;
                }
                long begin = from.getOrDefault(name, -1L);
                ranges.put(
                        name,
                        new Range(begin, cut, within(world, name, begin, cut).size()));
            }
            if (ranges.values().stream().anyMatch(range -> range.records() > 0)) {
                ranges.forEach((name, range) -> from.put(name, range.to()));
                epochs.put(epoch, ranges);
            }
        }
        return epochs;
    }

    /** The offset of the first record that passes the end of the epoch as SPEC 13 says, -1 when none does. */
    private static long cut(World world, String partition, long epoch) {
        long end = MINUTE * world.layout.epochMinutes() * (epoch + 1);
        long grace = partition.startsWith("telemetry") ? 10_000 : partition.startsWith("job-events") ? 60_000 : 0;
        for (RecordMark mark : world.of(partition)) {
            if (mark.timeMillis() > end + grace) {
                return mark.offset();
            }
        }
        return -1;
    }

    private static List<RecordMark> within(World world, String partition, long from, long to) {
        return world.of(partition).stream()
                .filter(mark -> mark.offset() >= from && mark.offset() < to)
                .toList();
    }

    private static World world(Random random) {
        int epochMinutes = 1 + random.nextInt(5);
        ArchiveLayout layout = new ArchiveLayout(epochMinutes, 1 + random.nextInt(4), 1 + random.nextInt(300));
        Map<String, List<RecordMark>> partitions = new TreeMap<>();
        for (String name : Set.of("telemetry-0", "telemetry-1", "chain-events-0", "job-events-0")) {
            partitions.put(name, partition(name, epochMinutes, random));
        }
        return new World(layout, partitions);
    }

    private static List<RecordMark> partition(String name, int epochMinutes, Random random) {
        List<RecordMark> marks = new ArrayList<>();
        long offset = random.nextInt(3) == 0 ? random.nextInt(50) : 0;
        long time = random.nextLong(2L * epochMinutes * MINUTE);
        long step = MINUTE * epochMinutes / 20 + random.nextLong(2L * MINUTE * epochMinutes);
        long end = MINUTE * EPOCHS * epochMinutes;
        while (time < end) {
            long late = random.nextInt(3) == 0 ? random.nextLong(2 * MINUTE) : 0;
            // The exact edges are where a rule goes wrong.
            long edge = random.nextInt(4) == 0
                    ? time / (epochMinutes * MINUTE) * (epochMinutes * MINUTE)
                            + List.of(0, 10_000, 60_000).get(random.nextInt(3))
                            + random.nextInt(2)
                    : Math.max(0, time - late);
            long brought = random.nextInt(5) == 0 ? RecordTime.NONE : edge;
            marks.add(new RecordMark(name, offset, brought, random.nextInt(120)));
            offset += 1 + (random.nextInt(4) == 0 ? random.nextInt(3) : 0);
            time += random.nextLong(step);
        }
        return marks;
    }

    @Property(tries = 1)
    void everyTopicThatCanChangeARewardIsArchived() {
        assertThat(ArchiveLayout.TOPICS).containsExactly(Topic.TELEMETRY, Topic.CHAIN_EVENTS, Topic.JOB_EVENTS);
    }
}
