package io.ocos.jobs.verify;

import io.ocos.jobs.flink.RawRecord;
import io.ocos.schemas.avro.ChainEvent;
import io.ocos.schemas.avro.JobEvent;
import io.ocos.schemas.avro.SignedEnvelope;
import io.ocos.schemas.avro.TelemetryTick;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hex;
import io.ocos.schemas.domain.Minutes;
import io.ocos.schemas.io.AvroValues;
import io.ocos.schemas.io.MalformedRecordException;
import io.ocos.schemas.io.RecordCodec;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.apache.avro.Schema;
import org.apache.avro.specific.SpecificFixed;
import org.apache.avro.specific.SpecificRecord;
import org.jspecify.annotations.Nullable;

/**
 * An input record as people look for it.
 *
 * @param node whom it is about; null when it is about none, or cannot be read
 * @param minute in which it acts; {@link #NO_MINUTE} when it cannot be read
 * @param description type and identity
 */
record InputRecord(@Nullable Address node, long minute, String description) {

    static final long NO_MINUTE = Long.MAX_VALUE;

    private static final int MAX_FIELDS = 3;
    private static final int MAX_VALUE_CHARS = 140;

    static InputRecord of(RawRecord record) {
        SpecificRecord decoded = decode(record);
        if (decoded instanceof SignedEnvelope envelope) {
            Address node = AvroValues.address(envelope.getNode());
            return new InputRecord(
                    node,
                    minute(envelope.getReceivedAt()),
                    "envelope of node %s, sequence %d, receivedAt %d"
                            .formatted(node, envelope.getSequence(), envelope.getReceivedAt()));
        } else if (decoded instanceof ChainEvent event) {
            return new InputRecord(
                    addressOrNull(event.getArgs().get("node")),
                    event.getBlockTime() < 0 ? NO_MINUTE : Minutes.effective(event.getBlockTime()),
                    "%s %s of block %d, log %d"
                            .formatted(event.getName(), event.getArgs(), event.getBlockNumber(), event.getLogIndex()));
        } else if (decoded instanceof JobEvent event) {
            Address node = AvroValues.address(event.getNode());
            return new InputRecord(
                    node,
                    minute(event.getAt()),
                    "%s of job %s by node %s at %d"
                            .formatted(event.getType(), AvroValues.hash32(event.getJobId()), node, event.getAt()));
        } else if (decoded instanceof TelemetryTick tick) {
            return new InputRecord(null, minute(tick.getAt()), "tick of gateway %s".formatted(tick.getGateway()));
        }
        return new InputRecord(null, NO_MINUTE, decoded == null ? "a record that cannot be read" : "a record");
    }

    /** What differs between two records of one place. */
    static String difference(RawRecord archived, RawRecord live) {
        List<String> differences = new ArrayList<>();
        if (!Arrays.equals(archived.value(), live.value())) {
            SpecificRecord a = decode(archived);
            SpecificRecord b = decode(live);
            if (a != null && b != null && a.getSchema().equals(b.getSchema())) {
                for (Schema.Field field : a.getSchema().getFields()) {
                    Object there = a.get(field.pos());
                    Object here = b.get(field.pos());
                    if (!Objects.equals(there, here)) {
                        differences.add(difference(field.name(), text(there), text(here)));
                    }
                }
            }
            if (differences.isEmpty()) {
                differences.add(difference("value", bytes(archived.value()), bytes(live.value())));
            }
        }
        if (!Arrays.equals(archived.key(), live.key())) {
            differences.add(difference("key", bytes(archived.key()), bytes(live.key())));
        }
        if (archived.timestamp() != live.timestamp()) {
            differences.add(
                    difference("timestamp", Long.toString(archived.timestamp()), Long.toString(live.timestamp())));
        }
        String shown = String.join("; ", differences.subList(0, Math.min(differences.size(), MAX_FIELDS)));
        return differences.size() > MAX_FIELDS
                ? "%s; and %d more".formatted(shown, differences.size() - MAX_FIELDS)
                : shown;
    }

    private static String difference(String what, String archived, String live) {
        return "%s is %s in the archive, %s in the topic".formatted(what, cut(archived), cut(live));
    }

    private static String cut(String text) {
        return text.length() > MAX_VALUE_CHARS ? text.substring(0, MAX_VALUE_CHARS) + "…" : text;
    }

    private static String text(Object value) {
        if (value instanceof ByteBuffer buffer) {
            return bytes(AvroValues.bytes(buffer));
        }
        return value instanceof SpecificFixed fixed ? bytes(fixed.bytes()) : String.valueOf(value);
    }

    private static String bytes(byte @Nullable [] bytes) {
        return bytes == null ? "null" : Hex.format(bytes);
    }

    private static @Nullable SpecificRecord decode(RawRecord record) {
        try {
            return record.value() == null ? null : RecordCodec.decode(record.value());
        } catch (MalformedRecordException e) {
            return null;
        }
    }

    private static long minute(long millis) {
        return millis < 0 ? NO_MINUTE : Minutes.of(millis);
    }

    private static @Nullable Address addressOrNull(@Nullable String text) {
        try {
            return text == null ? null : Address.parse(text);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }
}
