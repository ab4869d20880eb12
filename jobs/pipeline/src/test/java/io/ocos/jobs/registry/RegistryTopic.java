package io.ocos.jobs.registry;

import static org.assertj.core.api.Assertions.assertThat;

import io.ocos.schemas.avro.RegistryChange;
import io.ocos.schemas.avro.RegistryOperation;
import io.ocos.schemas.io.MalformedRecordException;
import io.ocos.schemas.io.RecordCodec;
import io.ocos.schemas.io.Topic;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** What is committed in {@code registry-changes}, read on and on. */
final class RegistryTopic implements AutoCloseable {

    private final KafkaConsumer<byte[], byte[]> consumer;
    private final List<RegistryChange> all = new ArrayList<>();

    RegistryTopic(String bootstrap) {
        consumer = new KafkaConsumer<>(
                Map.of("bootstrap.servers", bootstrap, "isolation.level", "read_committed"),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer());
        TopicPartition partition = new TopicPartition(Topic.REGISTRY_CHANGES.topicName(), 0);
        consumer.assign(List.of(partition));
        consumer.seekToBeginning(List.of(partition));
    }

    /** Every record so far. */
    List<RegistryChange> poll() {
        consumer.poll(Duration.ofMillis(100)).forEach(record -> {
            try {
                RegistryChange change = RecordCodec.decode(record.value(), RegistryChange.class);
                assertThat(new String(record.key(), StandardCharsets.UTF_8)).isEqualTo(ChangeSequence.row(change));
                assertThat(record.timestamp()).isEqualTo(change.getCommittedAt());
                all.add(change);
            } catch (MalformedRecordException e) {
                throw new AssertionError(e);
            }
        });
        return all;
    }

    /** Reads until a record is there, a minute and a half at most. */
    RegistryChange await(String what, Predicate<RegistryChange> wanted) {
        long deadline = System.nanoTime() + Duration.ofSeconds(90).toNanos();
        int seen = 0;
        while (System.nanoTime() < deadline) {
            List<RegistryChange> records = poll();
            for (; seen < records.size(); seen++) {
                if (wanted.test(records.get(seen))) {
                    return records.get(seen);
                }
            }
        }
        throw new AssertionError("no %s among %s".formatted(what, all));
    }

    /** Reads until a change is there whose row is then such. */
    RegistryChange awaitRow(String table, String column, String value) {
        return await(
                "%s with %s %s".formatted(table, column, value),
                change -> change.getTable().equals(table)
                        && change.getAfter() != null
                        && value.equals(change.getAfter().get(column)));
    }

    /** Table and key to row, of the newest generation. */
    Map<String, Map<String, String>> current() {
        long generation =
                all.stream().mapToLong(RegistryChange::getGeneration).max().orElse(0);
        Map<String, Map<String, String>> rows = new TreeMap<>();
        for (RegistryChange change : all) {
            if (change.getGeneration() != generation || change.getOperation() == RegistryOperation.PROGRESS) {
                continue;
            }
            String row = ChangeSequence.row(change);
            if (change.getAfter() == null) {
                rows.remove(row);
            } else {
                rows.put(row, change.getAfter());
            }
        }
        return rows;
    }

    @Override
    public void close() {
        consumer.close();
    }
}
