package io.ocos.jobs.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ocos.jobs.bench.GatewayBench.Options;
import io.ocos.jobs.bench.GatewayBench.Result;
import io.ocos.jobs.kafka.KafkaProcess;
import io.ocos.schemas.config.ConfigException;
import io.ocos.schemas.io.Topic;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** That the benchmark measures what it says; how fast it is belongs to the benchmark itself. */
class GatewayBenchITCase {

    @TempDir
    private Path directory;

    @Test
    void countsWhatTheBrokerHas() throws Exception {
        try (KafkaProcess broker = KafkaProcess.start(directory.resolve("kafka"))) {
            List<String> gateway = List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-Xmx256m",
                    "-cp",
                    System.getProperty("java.class.path"),
                    "io.ocos.jobs.cli.Ocos",
                    "gateway");
            Result result = new GatewayBench(broker.bootstrap(), gateway, directory, new Options(0, 2, 20, 8)).run();

            assertThat(result.failure()).isEmpty();
            assertThat(result.failed()).isZero();
            assertThat(result.accepted()).isPositive();
            assertThat(result.gatewayCpu()).isPositive();
            assertThat(result.p99Micros()).isGreaterThanOrEqualTo(result.p50Micros());
            assertThat(result.perCpuSecond())
                    .isEqualTo(result.accepted() * 1e9 / result.gatewayCpu().toNanos());
            // Envelopes, and ticks.
            assertThat(records(broker)).isGreaterThan(result.accepted());
        }
    }

    @Test
    void recoverRateIsThatOfCpuTime() {
        assertThat(RecoverBench.perCpuSecond(1)).isBetween(100.0, 1e6);
    }

    @Test
    void optionsOutOfRangeAreNamed() {
        assertThatThrownBy(() -> new Options(200, 200, 1, 1))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("together: 400");
        assertThatThrownBy(() -> new Options(0, 1, 0, 1)).hasMessageContaining("--nodes: 0");
    }

    private static long records(KafkaProcess broker) {
        try (var consumer = new KafkaConsumer<>(
                Map.of("bootstrap.servers", broker.bootstrap()),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer())) {
            List<TopicPartition> partitions = IntStream.range(0, Topic.TELEMETRY.partitions())
                    .mapToObj(partition -> new TopicPartition(Topic.TELEMETRY.topicName(), partition))
                    .toList();
            return consumer.endOffsets(partitions).values().stream()
                    .mapToLong(Long::longValue)
                    .sum();
        }
    }
}
