package io.ocos.schemas.io;

import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.Serializable;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the archive holds of an epoch: for each partition of the input topics the range of offsets whose records can count in
 * the epoch and were not in the manifest before, and the files they lie in. Manifests are a chain: each names the SHA-256 of
 * the one before, so the digest of one stands for all inputs up to its epoch (SPEC 11, {@code inputsDigest}).
 *
 * <p>The bytes are canonical (compact JSON, fields as declared, partitions sorted by topic and number, one line break at the
 * end) and a function of the topics' records alone: two archivers of the same topics write the same bytes.
 *
 * @param format {@link #FORMAT}
 * @param epoch index of the epoch (SPEC 10), ≥ 0; epochs without a record have no manifest
 * @param epochMinutes length of an epoch
 * @param previous SHA-256 of the manifest before, 64 lower-case hex digits; null in the first
 * @param partitions sorted by topic, then number
 */
@JsonPropertyOrder({"format", "epoch", "epochMinutes", "previous", "partitions"})
public record ArchiveManifest(
        int format, long epoch, int epochMinutes, @Nullable String previous, List<Partition> partitions)
        implements Serializable {

    /** Version of the rules by which records are cut into epochs and files. */
    public static final int FORMAT = 1;

    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
            .build();

    public ArchiveManifest {
        require(format == FORMAT, "format %d, expected %d".formatted(format, FORMAT));
        require(epoch >= 0, "epoch %d, expected at least 0".formatted(epoch));
        require(epochMinutes >= 1, "epochMinutes %d, expected at least 1".formatted(epochMinutes));
        require(
                previous == null || isSha256(previous),
                "previous %s, expected 64 lower-case hex digits".formatted(previous));
        require(partitions != null && !partitions.isEmpty(), "partitions is missing or empty");
        partitions = List.copyOf(partitions);
        for (int i = 1; i < partitions.size(); i++) {
            require(
                    partitions.get(i - 1).compareTo(partitions.get(i)) < 0,
                    "%s after %s, expected order by topic and partition"
                            .formatted(
                                    partitions.get(i).name(),
                                    partitions.get(i - 1).name()));
        }
    }

    /**
     * A partition's part of the epoch: offsets {@code from} ≤ o &lt; {@code to}. Not every offset holds a record: Kafka keeps
     * the marks of transactions in the same numbers.
     *
     * @param topic name of the topic
     * @param partition ≥ 0
     * @param from ≥ 0; the {@code to} of the manifest before, or the offset of the partition's first record
     * @param to offset of the first record that lies beyond the epoch
     * @param records number of records in the files
     * @param files ascending; together they cover the range without gap, none when it is empty
     */
    @JsonPropertyOrder({"topic", "partition", "from", "to", "records", "files"})
    public record Partition(String topic, int partition, long from, long to, long records, List<File> files)
            implements Serializable, Comparable<Partition> {

        public Partition {
            require(topic != null, "topic is missing");
            require(partition >= 0, "partition %d, expected at least 0".formatted(partition));
            require(
                    0 <= from && from <= to,
                    "%s-%d: from %d, to %d, expected 0 ≤ from ≤ to".formatted(topic, partition, from, to));
            require(files != null, "%s-%d: files is missing".formatted(topic, partition));
            files = List.copyOf(files);
            long end = from;
            long counted = 0;
            for (File file : files) {
                require(
                        file.from() == end,
                        "%s begins at offset %d, expected %d: offsets are missing or twice"
                                .formatted(file.path(), file.from(), end));
                end = file.to();
                counted += file.records();
            }
            require(
                    end == to,
                    "%s-%d: the files end at offset %d, expected %d: offsets are missing"
                            .formatted(topic, partition, end, to));
            require(
                    counted == records,
                    "%s-%d: the files hold %d records, expected %d".formatted(topic, partition, counted, records));
        }

        /** {@code TOPIC-PARTITION}. */
        public String name() {
            return topic + "-" + partition;
        }

        @Override
        public int compareTo(Partition other) {
            int byTopic = topic.compareTo(other.topic);
            return byTopic != 0 ? byTopic : Integer.compare(partition, other.partition);
        }
    }

    /**
     * An Avro object container file of {@code ArchivedRecord}, with the offsets {@code from} ≤ o &lt; {@code to}.
     *
     * @param path relative to the archive
     * @param records at least 1
     * @param bytes size of the file
     * @param sha256 of the file, 64 lower-case hex digits
     * @param cid content identifier of the same digest (SPEC 10)
     */
    @JsonPropertyOrder({"path", "from", "to", "records", "bytes", "sha256", "cid"})
    public record File(String path, long from, long to, long records, long bytes, String sha256, String cid)
            implements Serializable {

        public File {
            require(
                    path != null && !path.isEmpty() && !path.startsWith("/") && !path.contains(".."),
                    "path %s, expected one below the archive".formatted(path));
            require(0 <= from && from < to, "%s: from %d, to %d, expected 0 ≤ from < to".formatted(path, from, to));
            require(
                    1 <= records && records <= to - from,
                    "%s: records %d, expected 1 … %d".formatted(path, records, to - from));
            require(bytes >= 1, "%s: bytes %d, expected at least 1".formatted(path, bytes));
            require(isSha256(sha256), "%s: sha256 %s, expected 64 lower-case hex digits".formatted(path, sha256));
            require(cid != null, "%s: cid is missing".formatted(path));
        }
    }

    /**
     * Reads a manifest.
     *
     * @throws MalformedRecordException when the bytes are no manifest, contradict themselves, or are not canonical
     */
    public static ArchiveManifest parse(byte[] bytes) throws MalformedRecordException {
        ArchiveManifest manifest;
        try {
            manifest = JSON.readValue(bytes, ArchiveManifest.class);
        } catch (JsonProcessingException e) {
            Throwable cause = e.getCause() instanceof IllegalArgumentException ? e.getCause() : null;
            throw new MalformedRecordException(
                    "UNREADABLE", cause == null ? e.getOriginalMessage() : String.valueOf(cause.getMessage()), e);
        } catch (IOException e) {
            throw new MalformedRecordException("UNREADABLE", e.toString(), e);
        }
        if (manifest == null || !Arrays.equals(bytes, manifest.toBytes())) {
            throw new MalformedRecordException(
                    "UNREADABLE", "the bytes are not those that this manifest is written as: they were edited");
        }
        return manifest;
    }

    /** The canonical bytes. */
    public byte[] toBytes() {
        try {
            byte[] json = JSON.writeValueAsBytes(this);
            byte[] line = Arrays.copyOf(json, json.length + 1);
            line[json.length] = '\n';
            return line;
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("cannot write the manifest of epoch " + epoch, e);
        }
    }

    /** SHA-256 of {@link #toBytes()}, 64 lower-case hex digits: the {@code inputsDigest} of a batch of this epoch. */
    public String digest() {
        return sha256(toBytes());
    }

    /** SHA-256 in lower-case hex digits. */
    public static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    private static boolean isSha256(@Nullable String text) {
        return text != null && text.length() == 64 && text.chars().allMatch(c -> "0123456789abcdef".indexOf(c) >= 0);
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new IllegalArgumentException(otherwise);
        }
    }
}
