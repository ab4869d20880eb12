package io.ocos.jobs.registry;

import io.debezium.data.Envelope;
import io.debezium.time.Date;
import io.debezium.time.MicroTimestamp;
import io.debezium.time.ZonedTimestamp;
import io.ocos.jobs.flink.JobHaltedException;
import io.ocos.jobs.flink.RecordTypeInfo;
import io.ocos.schemas.avro.RegistryChange;
import io.ocos.schemas.avro.RegistryOperation;
import io.ocos.schemas.domain.Hex;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.cdc.debezium.DebeziumDeserializationSchema;
import org.apache.flink.util.Collector;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.source.SourceRecord;
import org.jspecify.annotations.Nullable;

/**
 * The connector's records as changes of the registry, all columns as text, whichever the table has by then. Generations are
 * {@link ChangeSequence}'s: here 0. Of the heartbeat's row the changes are PROGRESS, with their beats.
 */
final class ChangeDecoder implements DebeziumDeserializationSchema<RegistryChange> {

    private static final long serialVersionUID = 1;

    /** Table of the one row that the job itself changes. */
    static final String HEARTBEAT = "heartbeat";

    static final String BEAT = "beat";
    private static final String CHANGED_AT = "changed_at";
    private static final String KEY_SEPARATOR = ",";

    @Override
    public void deserialize(SourceRecord record, Collector<RegistryChange> out) {
        try {
            out.collect(change(record));
        } catch (RuntimeException e) {
            // The same bytes come again after a restart.
            throw new JobHaltedException("a change that cannot be read, of %s: %s".formatted(record.topic(), e), e);
        }
    }

    @Override
    public TypeInformation<RegistryChange> getProducedType() {
        return RecordTypeInfo.of(RegistryChange.class);
    }

    static RegistryChange change(SourceRecord record) {
        Struct value = (Struct) record.value();
        Struct source = value.getStruct(Envelope.FieldName.SOURCE);
        String table = source.getString("table");
        Map<String, String> before = columns(value.getStruct(Envelope.FieldName.BEFORE));
        Map<String, String> after = columns(value.getStruct(Envelope.FieldName.AFTER));
        RegistryOperation operation =
                operation(Envelope.Operation.forCode(value.getString(Envelope.FieldName.OPERATION)));
        boolean snapshot = operation == RegistryOperation.SNAPSHOT;
        boolean heartbeat = table.equals(HEARTBEAT);
        RegistryChange change = new RegistryChange();
        change.setOperation(heartbeat && !snapshot ? RegistryOperation.PROGRESS : operation);
        change.setTable(heartbeat ? "" : table);
        change.setKey(heartbeat ? "" : key((Struct) record.key()));
        if (before != null) {
            change.setBefore(before);
        }
        if (after != null) {
            change.setAfter(after);
        }
        change.setCommittedAt(snapshot ? changedAt(after) : source.getInt64("ts_ms"));
        change.setLsn(Objects.requireNonNullElse(source.getInt64("lsn"), 0L));
        change.setTransaction(snapshot ? 0 : Objects.requireNonNullElse(source.getInt64("txId"), 0L));
        return change;
    }

    private static RegistryOperation operation(Envelope.@Nullable Operation operation) {
        return switch (Objects.requireNonNull(operation, "operation")) {
            case READ -> RegistryOperation.SNAPSHOT;
            case CREATE -> RegistryOperation.INSERT;
            case UPDATE -> RegistryOperation.UPDATE;
            case DELETE -> RegistryOperation.DELETE;
            case TRUNCATE, MESSAGE -> throw new IllegalArgumentException("a %s, expected a row's".formatted(operation));
        };
    }

    private static long changedAt(@Nullable Map<String, String> row) {
        String changedAt = row == null ? null : row.get(CHANGED_AT);
        return changedAt == null ? 0 : Instant.parse(changedAt).toEpochMilli();
    }

    private static String key(Struct key) {
        return key.schema().fields().stream()
                .map(field -> text(field.schema(), key.get(field)))
                .collect(Collectors.joining(KEY_SEPARATOR));
    }

    private static @Nullable Map<String, String> columns(@Nullable Struct row) {
        if (row == null) {
            return null;
        }
        Map<String, String> columns = new HashMap<>();
        for (Field field : row.schema().fields()) {
            Object value = row.get(field);
            if (value != null) {
                columns.put(field.name(), text(field.schema(), value));
            }
        }
        return columns;
    }

    private static String text(Schema schema, Object value) {
        if (value instanceof List<?> elements) {
            return elements.stream()
                    .map(element -> element == null ? "" : text(schema.valueSchema(), element))
                    .collect(Collectors.joining(","));
        }
        if (value instanceof byte[] bytes) {
            return Hex.format(bytes);
        }
        if (value instanceof ByteBuffer bytes) {
            byte[] copy = new byte[bytes.remaining()];
            bytes.duplicate().get(copy);
            return Hex.format(copy);
        }
        if (schema.name() == null) {
            return value.toString();
        }
        return switch (schema.name()) {
            case ZonedTimestamp.SCHEMA_NAME ->
                OffsetDateTime.parse(value.toString()).toInstant().toString();
            case MicroTimestamp.SCHEMA_NAME ->
                LocalDateTime.ofInstant(
                                Instant.EPOCH.plus(((Number) value).longValue(), ChronoUnit.MICROS), ZoneOffset.UTC)
                        .toString();
            case Date.SCHEMA_NAME ->
                LocalDate.ofEpochDay(((Number) value).longValue()).toString();
            default -> value.toString();
        };
    }
}
