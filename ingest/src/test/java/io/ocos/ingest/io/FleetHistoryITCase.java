package io.ocos.ingest.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ocos.ingest.config.FleetConfig;
import io.ocos.ingest.config.JobProgressConfig;
import io.ocos.ingest.io.FleetHistory.Summary;
import io.ocos.jobs.kafka.KafkaProcess;
import io.ocos.schemas.avro.JobEvent;
import io.ocos.schemas.avro.SignedEnvelope;
import io.ocos.schemas.avro.TelemetryTick;
import io.ocos.schemas.config.ConfigException;
import io.ocos.schemas.config.ConfigLoader;
import io.ocos.schemas.io.RecordCodec;
import io.ocos.schemas.io.Topic;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FleetHistoryITCase {

    private static final long UNTIL = 1_790_000_000_000L;
    private static final int MINUTES = Integer.getInteger("ocos.history.minutes", 3);
    private static final long WAIT_SECONDS = 60;

    @TempDir
    static Path directory;

    private static KafkaProcess broker;

    @BeforeAll
    static void startBroker() throws Exception {
        broker = KafkaProcess.start(directory.resolve("kafka"));
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrap()))) {
            admin.createTopics(List.of(topic(Topic.TELEMETRY), topic(Topic.JOB_EVENTS)))
                    .all()
                    .get(WAIT_SECONDS, TimeUnit.SECONDS);
        }
    }

    @AfterAll
    static void stopBroker() {
        broker.close();
    }

    @Test
    void whatItSaysItWroteIsInTheTopics() throws Exception {
        FleetConfig config = FleetFilesTest.config(Map.of("nodes", "200", "kafkaBootstrap", broker.bootstrap()));

        Summary summary = FleetHistory.load(config, MINUTES, UNTIL, minute -> {});

        List<ConsumerRecord<byte[], byte[]>> telemetry =
                read(Topic.TELEMETRY, (int) (summary.envelopes() + summary.ticks()));
        int envelopes = 0;
        int ticks = 0;
        for (ConsumerRecord<byte[], byte[]> record : telemetry) {
            Object value = RecordCodec.decode(record.value());
            if (value instanceof SignedEnvelope envelope) {
                assertThat(record.timestamp()).isEqualTo(envelope.getReceivedAt());
                envelopes++;
            } else if (value instanceof TelemetryTick tick) {
                assertThat(record.timestamp()).isEqualTo(tick.getAt());
                ticks++;
            }
        }
        assertThat(envelopes).isEqualTo((int) summary.envelopes()).isGreaterThan(MINUTES * 6 * 150);
        assertThat(ticks).isEqualTo((int) summary.ticks());
        assertThat(read(Topic.JOB_EVENTS, (int) summary.progress()))
                .hasSizeGreaterThanOrEqualTo((int) summary.progress());
    }

    @Test
    void onlyTheNewestWriterOfJobProgressGoesOn() throws Exception {
        JobProgressConfig config =
                ConfigLoader.load(JobProgressConfig.class, null, Map.of("kafkaBootstrap", broker.bootstrap()));
        try (JobProgress first = JobProgress.start(config)) {
            awaitProgressSince(System.currentTimeMillis());
            try (JobProgress second = JobProgress.start(config)) {
                assertThatThrownBy(() -> first.terminated().get(WAIT_SECONDS, TimeUnit.SECONDS))
                        .isInstanceOf(ExecutionException.class);
                awaitProgressSince(System.currentTimeMillis());
                assertThat(second.terminated()).isNotDone();
            }
        }
    }

    @Test
    void kafkaThatDoesNotAnswerIsOneClearLine() {
        FleetConfig config = FleetFilesTest.config(Map.of("kafkaBootstrap", "127.0.0.1:1:1"));

        assertThatThrownBy(() -> FleetHistory.load(config, 1, UNTIL, minute -> {}))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("127.0.0.1:1:1");
    }

    /** Waits until the newest PROGRESS record is of that time or later. */
    private void awaitProgressSince(long timeMillis) throws Exception {
        Instant deadline = Instant.now().plusSeconds(WAIT_SECONDS);
        while (true) {
            for (ConsumerRecord<byte[], byte[]> record : read(Topic.JOB_EVENTS, 1)) {
                JobEvent event = RecordCodec.decode(record.value(), JobEvent.class);
                assertThat(event.getRecordedAt()).isEqualTo(record.timestamp());
                if (event.getRecordedAt() >= timeMillis) {
                    return;
                }
            }
            assertThat(Instant.now()).isBefore(deadline);
        }
    }

    private static NewTopic topic(Topic topic) {
        return new NewTopic(topic.topicName(), topic.partitions(), (short) 1);
    }

    private List<ConsumerRecord<byte[], byte[]>> read(Topic topic, int atLeast) {
        Map<String, Object> settings = Map.of(
                "bootstrap.servers",
                broker.bootstrap(),
                "auto.offset.reset",
                "earliest",
                "isolation.level",
                "read_committed");
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            consumer.assign(IntStream.range(0, topic.partitions())
                    .mapToObj(partition -> new TopicPartition(topic.topicName(), partition))
                    .toList());
            List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
            Instant deadline = Instant.now().plusSeconds(WAIT_SECONDS);
            while (records.size() < atLeast && Instant.now().isBefore(deadline)) {
                consumer.poll(Duration.ofMillis(200)).forEach(records::add);
            }
            consumer.poll(Duration.ofMillis(200)).forEach(records::add);
            return records;
        }
    }
}
