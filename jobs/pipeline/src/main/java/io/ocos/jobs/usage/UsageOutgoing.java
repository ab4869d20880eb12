package io.ocos.jobs.usage;

import io.ocos.metering.domain.usage.StorageSeries;
import io.ocos.schemas.avro.Invoice;
import io.ocos.schemas.avro.QuotaEvent;
import io.ocos.schemas.avro.RejectedRecord;
import io.ocos.schemas.avro.StorageCharge;
import io.ocos.schemas.avro.StorageHour;
import io.ocos.schemas.avro.UsageMinute;
import io.ocos.schemas.domain.Minutes;
import io.ocos.schemas.io.AvroValues;
import io.ocos.schemas.io.RecordCodec;
import io.ocos.schemas.io.Topic;
import java.nio.ByteBuffer;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;

/** How results lie in their topics: key as {@link Topic} says, timestamp the first millisecond of the minute or hour. */
final class UsageOutgoing {

    private UsageOutgoing() {}

    static ProducerRecord<byte[], byte[]> record(SpecificRecord value) {
        if (value instanceof UsageMinute row) {
            return of(
                    Topic.USAGE,
                    Minutes.startMillis(row.getMinute()),
                    row.getCustomer().bytes(),
                    row);
        } else if (value instanceof StorageHour row) {
            return of(
                    Topic.USAGE,
                    row.getHour() * StorageSeries.HOUR_MILLIS,
                    row.getAccount().bytes(),
                    row);
        } else if (value instanceof StorageCharge row) {
            return of(
                    Topic.USAGE,
                    row.getHour() * StorageSeries.HOUR_MILLIS,
                    row.getAccount().bytes(),
                    row);
        } else if (value instanceof QuotaEvent row) {
            return of(
                    Topic.QUOTA_EVENTS,
                    Minutes.startMillis(row.getMinute()),
                    row.getCustomer().bytes(),
                    row);
        } else if (value instanceof Invoice row) {
            return of(
                    Topic.INVOICES,
                    Minutes.startMillis(row.getThroughMinute()),
                    row.getAccount().bytes(),
                    row);
        } else if (value instanceof RejectedRecord row) {
            return rejected(row);
        }
        throw new IllegalArgumentException("no topic for a " + value.getSchema().getName());
    }

    private static ProducerRecord<byte[], byte[]> rejected(RejectedRecord row) {
        Topic topic = Topic.ofName(row.getSource()) == Topic.CHAIN_EVENTS
                ? Topic.CHAIN_EVENTS_REJECTED
                : Topic.TELEMETRY_REJECTED;
        ByteBuffer key = row.getKey();
        return of(topic, Math.max(0, row.getTimestamp()), key == null ? null : AvroValues.bytes(key), row);
    }

    private static ProducerRecord<byte[], byte[]> of(
            Topic topic, long timeMillis, byte @Nullable [] key, SpecificRecord value) {
        return new ProducerRecord<>(topic.topicName(), null, timeMillis, key, RecordCodec.encode(value));
    }
}
