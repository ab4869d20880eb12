package io.ocos.ingest.io;

import static org.assertj.core.api.Assertions.assertThat;

import io.ocos.ingest.domain.DropReason;
import io.ocos.ingest.io.EntryBuffer.Batch;
import io.ocos.metering.domain.TelemetryPayload.Entry;
import io.ocos.metering.domain.TelemetryPayload.JobUsage;
import io.ocos.metering.domain.TelemetryPayload.Sample;
import io.ocos.metering.domain.TelemetryPayload.StorageUsage;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hash32;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.lifecycle.AfterProperty;
import net.jqwik.api.lifecycle.BeforeProperty;

/** The buffer against a list, over restarts, kills at any byte, and bytes that change on disk. */
class EntryBufferPropertyTest {

    private static final long START = 1_900_000_000_000L;
    /** Segments of 512 bytes: about nine entries each. */
    private static final long MAX_BYTES = 4_096;

    private final Map<DropReason, Integer> dropped = new EnumMap<>(DropReason.class);
    private Path root = Path.of("");
    private int directories;

    @BeforeProperty
    void makeRoot() throws IOException {
        root = Files.createTempDirectory("entry-buffer");
    }

    @AfterProperty
    void deleteRoot() throws IOException {
        deleteAll(root);
    }

    /** What must be in the buffer; entries are numbered from 0, each a second after the one before. */
    private static final class Model {

        private final List<Entry> waiting = new ArrayList<>();
        private int appended;

        long newest() {
            return START + 1_000L * appended;
        }

        void dropOldest(int count) {
            waiting.subList(0, count).clear();
        }
    }

    @Property(tries = 60)
    void isAListOverAnyOperationsAndRestarts(@ForAll long seed) throws IOException {
        Random random = new Random(seed);
        Path directory = newDirectory();
        Model model = new Model();
        EntryBuffer buffer = open(directory);
        int operations = 5 + random.nextInt(60);
        for (int i = 0; i < operations; i++) {
            dropped.clear();
            switch (random.nextInt(6)) {
                case 0, 1, 2 -> append(buffer, model, 1 + random.nextInt(4));
                case 3 -> {
                    long age = 900_000L - 1_000L * random.nextInt(40);
                    expectAndSettle(buffer, model, model.newest() + age, 1 + random.nextInt(12), random.nextInt(3));
                }
                case 4 -> expectAndSettle(buffer, model, model.newest(), 1 + random.nextInt(30), random.nextInt(3));
                default -> {
                    buffer.close();
                    buffer = open(directory);
                    assertThat(dropped).isEmpty();
                }
            }
            assertThat(buffer.entries()).isEqualTo(model.waiting.size());
            assertThat(bytesIn(directory)).isLessThanOrEqualTo(MAX_BYTES + 512);
        }
        assertThat(peek(buffer, model)).isEqualTo(model.waiting);
        buffer.close();
        deleteAll(directory);
    }

    private void append(EntryBuffer buffer, Model model, int count) throws IOException {
        List<Entry> entries = IntStream.range(0, count)
                .mapToObj(i -> entry(model.appended + i))
                .toList();
        buffer.append(entries);
        model.appended += count;
        model.dropOldest(dropped.getOrDefault(DropReason.FULL, 0));
        model.waiting.addAll(entries);
    }

    private void expectAndSettle(EntryBuffer buffer, Model model, long sentAt, int max, int fate) {
        Batch batch = buffer.next(sentAt, max);
        int tooOld = (int) model.waiting.stream()
                .filter(entry -> entry.at() < sentAt - 900_000)
                .count();
        assertThat(dropped.getOrDefault(DropReason.TOO_OLD, 0)).isEqualTo(tooOld);
        model.dropOldest(tooOld);
        List<Entry> expected = List.copyOf(model.waiting.subList(0, Math.min(max, model.waiting.size())));
        assertThat(batch.entries()).isEqualTo(expected);
        if (fate == 1) {
            buffer.accepted(batch);
            model.dropOldest(expected.size());
        } else if (fate == 2) {
            buffer.refused(batch);
            model.dropOldest(expected.size());
            assertThat(dropped.getOrDefault(DropReason.REFUSED, 0)).isEqualTo(expected.size());
        }
    }

    private record Written(Path newest, long size, List<Entry> waiting) {}

    @Property(tries = 5)
    void killedAtAnyByteKeepsExactlyWhatWasWrittenBefore(@ForAll long seed) throws IOException {
        Random random = new Random(seed);
        Path directory = newDirectory();
        Model model = new Model();
        List<Written> history = new ArrayList<>();
        try (EntryBuffer buffer = open(directory)) {
            int operations = 1 + random.nextInt(50);
            for (int i = 0; i < operations; i++) {
                dropped.clear();
                if (random.nextInt(4) > 0) {
                    append(buffer, model, 1);
                } else {
                    expectAndSettle(buffer, model, model.newest(), 1 + random.nextInt(5), 1);
                }
                if (!model.waiting.isEmpty() || model.appended > 0) {
                    Path newest = newest(directory);
                    history.add(new Written(newest, Files.size(newest), List.copyOf(model.waiting)));
                }
            }
        }
        if (history.isEmpty()) {
            return;
        }
        Path newest = newest(directory);
        long oldestNumber = segments(directory)
                .mapToLong(EntryBufferPropertyTest::firstNumber)
                .min()
                .orElseThrow();
        for (long end = 0; end <= Files.size(newest); end++) {
            long cut = end;
            List<Entry> before = history.stream()
                    .filter(written -> !written.newest.equals(newest) || written.size <= cut)
                    .reduce((earlier, later) -> later)
                    .map(Written::waiting)
                    .orElse(List.of());
            // A segment that went when its last entry was accepted does not come back with the note of it lost.
            List<Entry> expected = before.stream()
                    .filter(entry -> entry.at() >= START + 1_000 * oldestNumber)
                    .toList();
            boolean between = end == 8
                    || history.stream().anyMatch(written -> written.newest.equals(newest) && written.size == cut);
            Path killed = copy(directory);
            Path torn = killed.resolve(newest.getFileName());
            try (var channel = FileChannel.open(torn, StandardOpenOption.WRITE)) {
                channel.truncate(end);
            }
            dropped.clear();
            try (EntryBuffer buffer = open(killed)) {
                assertThat(peek(buffer, model)).as("cut at %d", end).isEqualTo(expected);
                assertThat(dropped).isEqualTo(between ? Map.of() : Map.of(DropReason.CORRUPT, 1));
                if (end % 16 == 0) {
                    buffer.append(List.of(entry(model.appended)));
                }
            }
            if (end % 16 == 0) {
                // What is written after it is whole, and the damage is not met twice.
                dropped.clear();
                try (EntryBuffer buffer = open(killed)) {
                    List<Entry> withNext = new ArrayList<>(expected);
                    withNext.add(entry(model.appended));
                    assertThat(buffer.next(START + 1_000L * model.appended, 1_000)
                                    .entries())
                            .isEqualTo(withNext);
                    assertThat(dropped).isEmpty();
                }
            }
            deleteAll(killed);
        }
        deleteAll(directory);
    }

    @Property(tries = 60)
    void bytesThatChangedOnDiskLoseEntriesButNeverInventOrStop(@ForAll long seed) throws IOException {
        Random random = new Random(seed);
        Path directory = newDirectory();
        Model model = new Model();
        try (EntryBuffer buffer = open(directory)) {
            append(buffer, model, 10 + random.nextInt(30));
        }
        List<Path> files = segments(directory).toList();
        Path file = files.get(random.nextInt(files.size()));
        byte[] bytes = Files.readAllBytes(file);
        bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
        Files.write(file, bytes);

        dropped.clear();
        try (EntryBuffer buffer = open(directory)) {
            List<Entry> left = peek(buffer, model);
            assertThat(left.size()).isLessThan(model.waiting.size());
            assertThat(left).isSortedAccordingTo(Comparator.comparingLong(Entry::at));
            assertThat(model.waiting).containsAll(left);
            assertThat(dropped.get(DropReason.CORRUPT)).isPositive();
            buffer.append(List.of(entry(model.appended)));
            assertThat(buffer.entries()).isEqualTo(left.size() + 1);
        }
        // It was cut off: the same damage is not met twice.
        dropped.clear();
        open(directory).close();
        assertThat(dropped).isEmpty();
        deleteAll(directory);
    }

    @Example
    void whatIsNotYetMeasuredIsDroppedWhereverItLies() throws IOException {
        Path directory = newDirectory();
        try (EntryBuffer buffer = open(directory)) {
            buffer.append(List.of(entry(0), entry(500), entry(1)));
            assertThat(buffer.next(START + 1_000, 10).entries()).containsExactly(entry(0), entry(1));
            assertThat(dropped).isEqualTo(Map.of(DropReason.FUTURE, 1));
        }
        deleteAll(directory);
    }

    @Example
    void batchTakenBeforeTheOldestWentIsSettledAllTheSame() throws IOException {
        Path directory = newDirectory();
        Model model = new Model();
        try (EntryBuffer buffer = open(directory)) {
            append(buffer, model, 4);
            Batch batch = buffer.next(model.newest(), 4);
            while (!dropped.containsKey(DropReason.FULL)) {
                append(buffer, model, 4);
            }
            buffer.accepted(batch);
            assertThat(peek(buffer, model)).isEqualTo(model.waiting);
        }
        deleteAll(directory);
    }

    private List<Entry> peek(EntryBuffer buffer, Model model) {
        return buffer.next(model.newest(), 1_000).entries();
    }

    private EntryBuffer open(Path directory) {
        return EntryBuffer.open(directory, MAX_BYTES, (reason, count) -> dropped.merge(reason, count, Integer::sum));
    }

    /** One of the three kinds. */
    private static Entry entry(int number) {
        long at = START + 1_000L * number;
        return switch (number % 3) {
            case 0 -> new Sample(at, number, 2, 3, 4, 5, 6, 7, -8);
            case 1 -> new JobUsage(new Hash32(number, 1, 2, 3), at, number, Long.MAX_VALUE, 0);
            default -> new StorageUsage(Address.parse("0x00000000000000000000000000000000000000aa"), at, number);
        };
    }

    private Path newDirectory() {
        return root.resolve(Integer.toString(directories++));
    }

    private Path copy(Path directory) throws IOException {
        Path copy = newDirectory();
        Files.createDirectories(copy);
        for (Path file : segments(directory).toList()) {
            Files.copy(file, copy.resolve(file.getFileName()));
        }
        return copy;
    }

    private static Stream<Path> segments(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.sorted().toList().stream();
        }
    }

    private static Path newest(Path directory) throws IOException {
        return segments(directory).reduce((earlier, later) -> later).orElseThrow();
    }

    private static long firstNumber(Path segment) {
        return Long.parseLong(segment.getFileName().toString().replace(".seg", ""));
    }

    private static long bytesIn(Path directory) throws IOException {
        return segments(directory)
                .mapToLong(file -> {
                    try {
                        return Files.size(file);
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                })
                .sum();
    }

    private static void deleteAll(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted((a, b) -> b.compareTo(a)).toList()) {
                Files.delete(file);
            }
        }
    }
}
