package io.ocos.jobs.rewardpipeline;

import io.ocos.schemas.avro.MinuteClosed;
import io.ocos.schemas.avro.NodeMinute;
import io.ocos.schemas.avro.RejectedRecord;
import io.ocos.schemas.avro.ReputationScore;
import io.ocos.schemas.avro.Reward;
import io.ocos.schemas.domain.Minutes;
import io.ocos.schemas.io.AvroValues;
import io.ocos.schemas.io.RecordCodec;
import io.ocos.schemas.io.Topic;
import java.nio.ByteBuffer;
import java.util.Objects;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;

/** How results lie in their topics: key as {@link Topic} says, timestamp the first millisecond of the minute. */
final class Outgoing {

    private Outgoing() {}

    static ProducerRecord<byte[], byte[]> nodeMinute(NodeMinute row) {
        return ofMinute(Topic.NODE_MINUTES, row.getMinute(), row.getNode().bytes(), row);
    }

    static ProducerRecord<byte[], byte[]> score(ReputationScore row) {
        return ofMinute(Topic.REPUTATION_SCORES, row.getMinute(), row.getNode().bytes(), row);
    }

    /** Keyed by payee, by node where there is none. */
    static ProducerRecord<byte[], byte[]> reward(Reward row) {
        return ofMinute(
                Topic.REWARDS,
                row.getMinute(),
                Objects.requireNonNull(row.getPayee() == null ? row.getNode() : row.getPayee())
                        .bytes(),
                row);
    }

    static ProducerRecord<byte[], byte[]> minuteClosed(MinuteClosed row) {
        return ofMinute(Topic.MINUTES_CLOSED, row.getMinute(), null, row);
    }

    /** Into the topic of rejects of the topic that it came from, with its key and, as far as Kafka takes it, its time. */
    static ProducerRecord<byte[], byte[]> rejected(RejectedRecord row) {
        Topic topic =
                switch (Topic.ofName(row.getSource())) {
                    case CHAIN_EVENTS -> Topic.CHAIN_EVENTS_REJECTED;
                    case JOB_EVENTS -> Topic.JOB_EVENTS_REJECTED;
                    default -> Topic.TELEMETRY_REJECTED;
                };
        ByteBuffer key = row.getKey();
        return new ProducerRecord<>(
                topic.topicName(),
                null,
                Math.max(0, row.getTimestamp()),
                key == null ? null : AvroValues.bytes(key),
                RecordCodec.encode(row));
    }

    private static ProducerRecord<byte[], byte[]> ofMinute(
            Topic topic, long minute, byte @Nullable [] key, SpecificRecord row) {
        return new ProducerRecord<>(topic.topicName(), null, Minutes.startMillis(minute), key, RecordCodec.encode(row));
    }
}
