package io.ocos.jobs.flink;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.Objects;
import org.apache.flink.api.common.typeinfo.TypeInfo;
import org.jspecify.annotations.Nullable;

/**
 * A record as it lies in a topic. Sources hand on these; an operator decodes them, so that a record that cannot be
 * read is an output and not the end of the job (DESIGN 6).
 *
 * @param topic name of the topic
 * @param partition ≥ 0
 * @param offset ≥ 0
 * @param timestamp record timestamp, ms UTC
 * @param key null when the record has none; not to be changed
 * @param value null for a tombstone; not to be changed
 */
@TypeInfo(RawRecordTypeInfoFactory.class)
@SuppressWarnings("ArrayRecordComponent") // equals and hashCode go by content
public record RawRecord(
        String topic, int partition, long offset, long timestamp, byte @Nullable [] key, byte @Nullable [] value) {

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof RawRecord that
                && partition == that.partition
                && offset == that.offset
                && timestamp == that.timestamp
                && topic.equals(that.topic)
                && Arrays.equals(key, that.key)
                && Arrays.equals(value, that.value);
    }

    @Override
    public int hashCode() {
        return Objects.hash(topic, partition, offset, timestamp, Arrays.hashCode(key), Arrays.hashCode(value));
    }

    /** Where it lies, and the first bytes of its value. */
    @Override
    public String toString() {
        String start = value == null ? "null" : HexFormat.of().formatHex(value, 0, Math.min(value.length, 16));
        return "%s-%d@%d %s".formatted(topic, partition, offset, start);
    }
}
