package io.ocos.ingest.io;

import io.ocos.ingest.domain.DropReason;
import io.ocos.metering.domain.Acceptance;
import io.ocos.metering.domain.PayloadException;
import io.ocos.metering.domain.TelemetryPayload;
import io.ocos.metering.domain.TelemetryPayload.Entry;
import io.ocos.schemas.config.ConfigException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ObjIntConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The entries of an agent that no gateway has accepted yet, in the order they came, on disk and in memory. Bounded: when it is
 * full the oldest go. What {@link #append} has returned from survives a power cut. Safe for use by several threads.
 *
 * <p>On disk: segment files named by the number of their first entry. A segment is a header and records; a record is its
 * length (int), the CRC-32C of the rest (int), a type, and either the Avro payload of one entry or the number below which all
 * entries are done. The first record that is not as it was written ends a segment. (docs/decisions/agent-buffer.md)
 */
final class EntryBuffer implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(EntryBuffer.class);
    private static final byte[] HEADER = "OCOSBUF1".getBytes(StandardCharsets.US_ASCII);
    private static final Pattern NAME = Pattern.compile("([0-8][0-9]{18})\\.seg");
    private static final int FRAME_BYTES = 2 * Integer.BYTES;
    private static final int MAX_RECORD_BYTES = 1 << 10;
    private static final byte ENTRY = 1;
    private static final byte DONE_BELOW = 2;
    private static final int SEGMENTS = 8;

    /** Entries to be sent together, and the number after the last of them. */
    record Batch(List<Entry> entries, long end) {}

    private record Stored(long number, Entry entry) {}

    private final Path directory;
    private final long maxBytes;
    private final ObjIntConsumer<DropReason> dropped;
    /** Sizes of the segments, by the number of their first entry. */
    private final TreeMap<Long, Long> segments = new TreeMap<>();

    private final Deque<Stored> waiting = new ArrayDeque<>();
    private long next;
    private long doneBelow;
    private @Nullable FileChannel current;

    private EntryBuffer(Path directory, long maxBytes, ObjIntConsumer<DropReason> dropped) {
        this.directory = directory;
        this.maxBytes = maxBytes;
        this.dropped = dropped;
    }

    /**
     * Opens a buffer, with what is in it. What cannot be read is dropped and reported, never a failure.
     *
     * @param directory made when missing
     * @param maxBytes on disk
     * @param dropped told of entries that are given up
     * @throws ConfigException when the directory cannot be used, or holds what no buffer writes
     */
    static EntryBuffer open(Path directory, long maxBytes, ObjIntConsumer<DropReason> dropped) {
        EntryBuffer buffer = new EntryBuffer(directory, maxBytes, dropped);
        try {
            Files.createDirectories(directory);
            buffer.readAll();
        } catch (IOException e) {
            throw new ConfigException("buffer %s: cannot be used: %s".formatted(directory, e), e);
        }
        return buffer;
    }

    /** Entries that wait. */
    synchronized int entries() {
        return waiting.size();
    }

    /** Bytes that can still be written before the oldest entries go. */
    synchronized long freeBytes() {
        return Math.max(0, maxBytes - usedBytes());
    }

    /**
     * Takes in entries, all or none; returns once they are durable.
     *
     * @throws IOException when the disk refuses them
     */
    synchronized void append(List<? extends Entry> entries) throws IOException {
        ByteArrayOutputStream records = new ByteArrayOutputStream();
        for (Entry entry : entries) {
            records.writeBytes(record(ENTRY, EnvelopeSigner.encode(TelemetryPayload.of(List.of(entry)))));
        }
        makeRoom(records.size());
        write(records.toByteArray(), true);
        for (Entry entry : entries) {
            waiting.add(new Stored(next++, entry));
        }
    }

    /**
     * The oldest entries that count in an envelope sent at a time (S1); those before them that do not are dropped.
     *
     * @param sentAt ms
     * @param max at most so many
     */
    synchronized Batch next(long sentAt, int max) {
        List<Entry> batch = new ArrayList<>();
        long end = doneBelow;
        int tooOld = 0;
        int future = 0;
        for (Iterator<Stored> oldest = waiting.iterator(); oldest.hasNext() && batch.size() < max; ) {
            Stored stored = oldest.next();
            if (Acceptance.entryCounts(sentAt, stored.entry.at())) {
                batch.add(stored.entry);
                end = stored.number + 1;
            } else {
                oldest.remove();
                tooOld += stored.entry.at() < sentAt ? 1 : 0;
                future += stored.entry.at() > sentAt ? 1 : 0;
            }
        }
        drop(DropReason.TOO_OLD, tooOld);
        drop(DropReason.FUTURE, future);
        trim();
        return new Batch(List.copyOf(batch), end);
    }

    /** Takes out a batch that was accepted. */
    synchronized void accepted(Batch batch) {
        removeBelow(batch.end);
        trim();
    }

    /** Takes out a batch that can never be accepted. */
    synchronized void refused(Batch batch) {
        drop(DropReason.REFUSED, removeBelow(batch.end));
        trim();
    }

    @Override
    public synchronized void close() {
        closeCurrent();
    }

    private int removeBelow(long end) {
        int removed = 0;
        for (Stored first = waiting.peek(); first != null && first.number < end; first = waiting.peek()) {
            waiting.remove();
            removed++;
        }
        return removed;
    }

    private void drop(DropReason reason, int entries) {
        if (entries > 0) {
            dropped.accept(reason, entries);
        }
    }

    /** Notes which entries are done, and deletes the segments that hold no other. A note that is lost costs a repetition. */
    private void trim() {
        Stored first = waiting.peek();
        long below = first == null ? next : first.number;
        if (below == doneBelow) {
            return;
        }
        doneBelow = below;
        try {
            write(
                    record(
                            DONE_BELOW,
                            ByteBuffer.allocate(Long.BYTES).putLong(below).array()),
                    false);
            while (segments.size() > 1 && secondSegment() <= below) {
                deleteOldest();
            }
        } catch (IOException e) {
            LOG.warn("buffer {}: what is done could not be noted: {}", directory, e.toString());
        }
    }

    private void makeRoom(int bytes) throws IOException {
        while (usedBytes() + bytes > maxBytes && segments.size() > 1) {
            int lost = removeBelow(secondSegment());
            deleteOldest();
            drop(DropReason.FULL, lost);
        }
    }

    private long secondSegment() {
        return segments.higherKey(segments.firstKey());
    }

    private void deleteOldest() throws IOException {
        Files.deleteIfExists(path(segments.firstKey()));
        segments.pollFirstEntry();
    }

    private long usedBytes() {
        return segments.values().stream().mapToLong(Long::longValue).sum();
    }

    /** Writes at the end of the newest segment, or of a new one. */
    private void write(byte[] records, boolean durable) throws IOException {
        FileChannel channel = segmentFor();
        try {
            ByteBuffer bytes = ByteBuffer.wrap(records);
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            if (durable) {
                channel.force(false);
            }
            segments.put(segments.lastKey(), channel.position());
        } catch (IOException e) {
            // What follows goes into a new segment, whatever is left of this in the old one.
            closeCurrent();
            throw e;
        }
    }

    private FileChannel segmentFor() throws IOException {
        FileChannel channel = current;
        boolean full = channel != null && channel.position() >= maxBytes / SEGMENTS && next > segments.lastKey();
        if (channel != null && !full) {
            return channel;
        }
        closeCurrent();
        FileChannel created = FileChannel.open(path(next), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        created.truncate(0);
        created.write(ByteBuffer.wrap(HEADER));
        created.force(true);
        StateFiles.forceDirectory(directory);
        segments.put(next, created.position());
        current = created;
        return created;
    }

    private void closeCurrent() {
        FileChannel channel = current;
        current = null;
        if (channel != null) {
            try {
                channel.close();
            } catch (IOException e) {
                throw new UncheckedIOException("buffer %s: cannot be closed".formatted(directory), e);
            }
        }
    }

    private void readAll() throws IOException {
        List<Long> firsts = new ArrayList<>();
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.toList()) {
                Matcher name = NAME.matcher(file.getFileName().toString());
                if (!name.matches()) {
                    throw new ConfigException("buffer %s: holds %s, expected a directory of the agent's own"
                            .formatted(directory, file.getFileName()));
                }
                firsts.add(Long.parseLong(name.group(1)));
            }
        }
        firsts.sort(null);
        for (int i = 0; i < firsts.size(); i++) {
            long after = i + 1 < firsts.size() ? firsts.get(i + 1) : Long.MAX_VALUE;
            read(firsts.get(i), after);
        }
        removeBelow(doneBelow);
        Map.Entry<Long, Long> last = segments.lastEntry();
        if (last != null) {
            FileChannel channel = FileChannel.open(path(last.getKey()), StandardOpenOption.WRITE);
            current = channel.position(last.getValue());
        }
    }

    /**
     * Reads a segment up to its first record that is not as it was written; cuts it off there.
     *
     * @param after number of the first entry of the next segment; {@code Long.MAX_VALUE} for the newest
     */
    private void read(long first, long after) throws IOException {
        byte[] bytes = Files.readAllBytes(path(first));
        next = Math.max(next, first);
        int position = bytes.length < HEADER.length ? 0 : HEADER.length;
        boolean whole = position > 0 && Arrays.equals(bytes, 0, position, HEADER, 0, position);
        int unreadable = 0;
        while (whole && position < bytes.length) {
            int length = recordLength(bytes, position);
            if (length < 0) {
                whole = false;
            } else {
                unreadable += take(bytes, position + FRAME_BYTES, length) ? 0 : 1;
                position += FRAME_BYTES + length;
            }
        }
        if (!whole) {
            // How many were lost is known from the next segment's name; at the end it is what was being written.
            long lost = after == Long.MAX_VALUE ? 1 : after - next;
            LOG.warn("buffer {}: unreadable from byte {} of {} on, cut off there", path(first), position, bytes.length);
            unreadable += (int) Math.min(lost, Integer.MAX_VALUE / 2);
            cut(first, position);
        }
        segments.put(first, (long) Math.max(position, HEADER.length));
        drop(DropReason.CORRUPT, unreadable);
    }

    private void cut(long first, int position) throws IOException {
        try (FileChannel channel = FileChannel.open(path(first), StandardOpenOption.WRITE)) {
            channel.truncate(position <= HEADER.length ? 0 : position);
            if (position <= HEADER.length) {
                channel.write(ByteBuffer.wrap(HEADER));
            }
            channel.force(true);
        }
    }

    /** The length of a record that is as it was written; -1 for any other. */
    private static int recordLength(byte[] bytes, int position) {
        if (bytes.length - position < FRAME_BYTES) {
            return -1;
        }
        ByteBuffer frame = ByteBuffer.wrap(bytes, position, FRAME_BYTES);
        int length = frame.getInt();
        int crc = frame.getInt();
        boolean intact = length > 0
                && length <= MAX_RECORD_BYTES
                && length <= bytes.length - position - FRAME_BYTES
                && crc == crc(bytes, position + FRAME_BYTES, length);
        return intact ? length : -1;
    }

    /** Takes in a record; false when it is intact but cannot be understood. */
    private boolean take(byte[] bytes, int position, int length) {
        byte[] body = Arrays.copyOfRange(bytes, position + 1, position + length);
        switch (bytes[position]) {
            case DONE_BELOW -> {
                doneBelow = Math.max(doneBelow, ByteBuffer.wrap(body).getLong());
                return true;
            }
            case ENTRY -> {
                long number = next++;
                try {
                    List<Entry> entries = TelemetryPayload.read(body).entries().toList();
                    entries.forEach(entry -> waiting.add(new Stored(number, entry)));
                    return entries.size() == 1;
                } catch (PayloadException e) {
                    LOG.warn("buffer {}: entry {} is dropped: {}", directory, number, e.detail());
                    return false;
                }
            }
            default -> {
                return false;
            }
        }
    }

    private static byte[] record(byte type, byte[] body) {
        byte[] record = new byte[FRAME_BYTES + 1 + body.length];
        record[FRAME_BYTES] = type;
        System.arraycopy(body, 0, record, FRAME_BYTES + 1, body.length);
        ByteBuffer.wrap(record).putInt(1 + body.length).putInt(crc(record, FRAME_BYTES, 1 + body.length));
        return record;
    }

    private static int crc(byte[] bytes, int position, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, position, length);
        return (int) crc.getValue();
    }

    private Path path(long first) {
        return directory.resolve("%019d.seg".formatted(first));
    }
}
