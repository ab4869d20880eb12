package io.ocos.jobs.archive;

import io.ocos.jobs.flink.RawRecord;

/**
 * What the cuts need to know of a record.
 *
 * @param partition name of its partition, {@code TOPIC-NUMBER}
 * @param offset ≥ 0
 * @param timeMillis as {@link RecordTime} gives it
 * @param bytes of key and value
 */
public record RecordMark(String partition, long offset, long timeMillis, long bytes) {

    static RecordMark of(RawRecord record) {
        byte[] key = record.key();
        byte[] value = record.value();
        long bytes = (key == null ? 0 : key.length) + (value == null ? 0L : value.length);
        return new RecordMark(record.topic() + "-" + record.partition(), record.offset(), RecordTime.of(record), bytes);
    }
}
