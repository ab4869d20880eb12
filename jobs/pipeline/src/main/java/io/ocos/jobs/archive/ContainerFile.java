package io.ocos.jobs.archive;

import io.ocos.jobs.flink.RawRecord;
import io.ocos.schemas.avro.ArchivedRecord;
import io.ocos.schemas.io.ArchiveManifest;
import io.ocos.schemas.io.AvroValues;
import io.ocos.schemas.io.KnownSchemas;
import io.ocos.schemas.io.MalformedRecordException;
import io.ocos.schemas.io.RecordCodec;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.function.Consumer;
import java.util.zip.CRC32C;
import org.apache.avro.Schema;
import org.apache.avro.file.CodecFactory;
import org.apache.avro.file.DataFileReader;
import org.apache.avro.file.DataFileWriter;
import org.apache.avro.file.SeekableByteArrayInput;
import org.apache.avro.specific.SpecificDatumReader;
import org.apache.avro.specific.SpecificDatumWriter;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of a file of the archive: an Avro object container of {@link ArchivedRecord}, zstandard. They are a function of
 * the partition, its range and its records: the synchronization marker, which Avro would draw, is taken from the range.
 * (That the compressed bytes stay the same over versions of the library is held by a test.)
 */
final class ContainerFile implements AutoCloseable {

    private static final int ZSTANDARD_LEVEL = 3;
    private static final int BLOCK_BYTES = 64_000;
    private static final int SYNC_BYTES = 16;
    private static final String META_TOPIC = "ocos.topic";
    private static final String META_PARTITION = "ocos.partition";

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream(1 << 16);
    private final DataFileWriter<ArchivedRecord> writer;

    /** Begins a file in memory: files are small enough (ArchiveLayout), and their name needs their digest. */
    ContainerFile(PlannedFile file) throws IOException {
        writer = new DataFileWriter<>(new SpecificDatumWriter<>(ArchivedRecord.class));
        writer.setCodec(CodecFactory.zstandardCodec(ZSTANDARD_LEVEL, true));
        writer.setSyncInterval(BLOCK_BYTES);
        writer.setMeta(META_TOPIC, PlannedFile.topic(file.partition()).topicName());
        writer.setMeta(META_PARTITION, PlannedFile.number(file.partition()));
        writer.create(ArchivedRecord.getClassSchema(), bytes, sync(file.partition() + "/" + file.from()));
    }

    void add(long offset, long timestamp, byte @Nullable [] key, byte @Nullable [] value) throws IOException {
        writer.append(record(offset, timestamp, key, value));
    }

    @SuppressWarnings("NullAway") // The fields of a union with null may be null.
    private static ArchivedRecord record(long offset, long timestamp, byte @Nullable [] key, byte @Nullable [] value) {
        return new ArchivedRecord(
                offset,
                timestamp,
                key == null ? null : ByteBuffer.wrap(key),
                value == null ? null : ByteBuffer.wrap(value),
                checksum(offset, timestamp, key, value));
    }

    /** The whole file. */
    byte[] finish() throws IOException {
        writer.close();
        return bytes.toByteArray();
    }

    @Override
    public void close() throws IOException {
        writer.close();
    }

    /** Where in the archive a file lies: its range, and enough of its digest that other content is another file. */
    static String path(PlannedFile file, String sha256) {
        return "%s/%d/%019d-%019d-%s.avro"
                .formatted(
                        PlannedFile.topic(file.partition()).topicName(),
                        PlannedFile.number(file.partition()),
                        file.from(),
                        file.to(),
                        sha256.substring(0, 16));
    }

    /**
     * Reads a file against its manifest; hands on no record before the whole file's digest is found right.
     *
     * @param name how messages call the file
     * @param content its bytes
     * @param out gets the records in order of offset
     * @throws ArchiveException when the file is not what its manifest says
     */
    static void read(
            String name,
            byte[] content,
            String topic,
            int partition,
            ArchiveManifest.File expected,
            Consumer<RawRecord> out) {
        String sha256 = ArchiveManifest.sha256(content);
        if (content.length != expected.bytes() || !sha256.equals(expected.sha256())) {
            throw new ArchiveException("%s: %s; %s"
                    .formatted(
                            name,
                            content.length == expected.bytes()
                                    ? "SHA-256 is %s, its manifest says %s".formatted(sha256, expected.sha256())
                                    : "%d bytes, its manifest says %d".formatted(content.length, expected.bytes()),
                            firstAltered(name, content, topic, partition, expected)));
        }
        scan(name, content, topic, partition, expected, out);
    }

    /** What is wrong inside a file whose digest is wrong. */
    private static String firstAltered(
            String name, byte[] content, String topic, int partition, ArchiveManifest.File expected) {
        try {
            scan(name, content, topic, partition, expected, record -> {});
            return "each of its records is unaltered, the bytes around them are not";
        } catch (ArchiveException e) {
            return String.valueOf(e.getMessage()).replaceFirst("^\\Q" + name + "\\E: ", "");
        }
    }

    /**
     * Hands on what can still be read of a file that is not what its manifest says: checksums and digests are not looked
     * at, blocks that cannot be read are left out.
     */
    static void salvage(byte[] content, String topic, int partition, Consumer<RawRecord> out) {
        try (DataFileReader<ArchivedRecord> reader =
                new DataFileReader<>(new SeekableByteArrayInput(content), new SpecificDatumReader<>())) {
            long position = 0;
            while (position >= 0) {
                position = salvageBlocks(reader, position, record -> out.accept(raw(topic, partition, record)));
            }
        } catch (IOException | RuntimeException e) { // Avro throws anything on bytes that are none of its own.
            // Nothing behind can be read.
            return;
        }
    }

    /** Reads until the end, -1, or until a block that cannot be read; then where to look for the one behind it. */
    private static long salvageBlocks(
            DataFileReader<ArchivedRecord> reader, long position, Consumer<ArchivedRecord> out) throws IOException {
        if (position > 0) {
            reader.sync(position);
        }
        try {
            while (reader.hasNext()) {
                out.accept(reader.next());
            }
            return -1;
        } catch (RuntimeException e) { // As Avro says that a block is damaged.
            return Math.max(position, reader.previousSync()) + 1;
        }
    }

    private static void scan(
            String name,
            byte[] content,
            String topic,
            int partition,
            ArchiveManifest.File expected,
            Consumer<RawRecord> out) {
        long records = 0;
        long last = -1;
        try (DataFileReader<ArchivedRecord> reader =
                new DataFileReader<>(new SeekableByteArrayInput(content), new SpecificDatumReader<>())) {
            requireOurs(name, reader, topic, partition);
            ArchivedRecord reused = new ArchivedRecord();
            while (reader.hasNext()) {
                ArchivedRecord record = reader.next(reused);
                records++;
                RawRecord raw = raw(topic, partition, record);
                if (record.getChecksum() != checksum(raw.offset(), raw.timestamp(), raw.key(), raw.value())) {
                    throw new ArchiveException(
                            "%s: record %d, %s-%d offset %d, was altered: its checksum does not match"
                                    .formatted(name, records, topic, partition, raw.offset()));
                }
                if (raw.offset() <= last || raw.offset() < expected.from() || raw.offset() >= expected.to()) {
                    throw new ArchiveException("%s: record %d has offset %d, expected more than %d and %d … %d"
                            .formatted(name, records, raw.offset(), last, expected.from(), expected.to() - 1));
                }
                last = raw.offset();
                out.accept(raw);
            }
        } catch (ArchiveException e) {
            throw e;
        } catch (IOException | RuntimeException e) { // Avro throws anything on bytes that are none of its own.
            throw new ArchiveException(
                    records == 0 && last < 0 && !isContainer(content)
                            ? "%s: is no Avro object container file".formatted(name)
                            : "%s: cannot be read behind record %d, offset %d: %s"
                                    .formatted(name, records, last, rootOf(e)),
                    e);
        }
        if (records != expected.records()) {
            throw new ArchiveException(
                    "%s: holds %d records, its manifest says %d".formatted(name, records, expected.records()));
        }
    }

    private static void requireOurs(String name, DataFileReader<ArchivedRecord> reader, String topic, int partition) {
        Schema writer = reader.getSchema();
        String found;
        try {
            found = KnownSchemas.byFingerprint(RecordCodec.fingerprint(writer)).name();
        } catch (MalformedRecordException e) {
            found = "";
        }
        if (!found.equals(ArchivedRecord.getClassSchema().getName())) {
            throw new ArchiveException("%s: holds records of schema %s, expected one of the known versions of %s"
                    .formatted(
                            name,
                            writer.getFullName(),
                            ArchivedRecord.getClassSchema().getFullName()));
        }
        String of = reader.getMetaString(META_TOPIC) + "-" + reader.getMetaString(META_PARTITION);
        if (!of.equals(topic + "-" + partition)) {
            throw new ArchiveException(
                    "%s: is a file of %s, expected one of %s-%d".formatted(name, of, topic, partition));
        }
    }

    private static RawRecord raw(String topic, int partition, ArchivedRecord record) {
        return new RawRecord(
                topic,
                partition,
                record.getOffset(),
                record.getTimestamp(),
                record.getKey() == null ? null : AvroValues.bytes(record.getKey()),
                record.getValue() == null ? null : AvroValues.bytes(record.getValue()));
    }

    private static int checksum(long offset, long timestamp, byte @Nullable [] key, byte @Nullable [] value) {
        CRC32C checksum = new CRC32C();
        checksum.update(ByteBuffer.allocate(24)
                .putLong(offset)
                .putLong(timestamp)
                .putInt(key == null ? -1 : key.length)
                .putInt(value == null ? -1 : value.length)
                .flip());
        if (key != null) {
            checksum.update(key);
        }
        if (value != null) {
            checksum.update(value);
        }
        return (int) checksum.getValue();
    }

    private static byte[] sync(String range) {
        byte[] digest = HexFormat.of().parseHex(ArchiveManifest.sha256(range.getBytes(StandardCharsets.UTF_8)));
        return Arrays.copyOf(digest, SYNC_BYTES);
    }

    private static boolean isContainer(byte[] content) {
        return content.length >= 4 && content[0] == 'O' && content[1] == 'b' && content[2] == 'j' && content[3] == 1;
    }

    private static String rootOf(Throwable e) {
        return e.getCause() == null ? String.valueOf(e.getMessage()) : rootOf(e.getCause());
    }
}
