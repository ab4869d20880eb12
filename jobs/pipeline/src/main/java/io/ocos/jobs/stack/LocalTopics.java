package io.ocos.jobs.stack;

import io.ocos.schemas.io.Topic;
import java.time.Duration;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;

/** The topics of the local broker. */
final class LocalTopics implements AutoCloseable {

    /** How far a gateway's clock may be off the broker's (DESIGN 2). */
    private static final Duration CLOCK_TOLERANCE = Duration.ofSeconds(5);

    /**
     * Everything can be computed again from the inputs; batches are few, and what proofs begin with; the journal says what was sent
     * to the chain; who was in the registry when is nowhere else. These are kept for good.
     */
    private static final Set<Topic> KEPT = EnumSet.of(
            Topic.TELEMETRY,
            Topic.CHAIN_EVENTS,
            Topic.JOB_EVENTS,
            Topic.SETTLEMENT_BATCHES,
            Topic.SETTLEMENT_JOURNAL,
            Topic.REGISTRY_CHANGES);

    private static final Duration DERIVED_RETENTION = Duration.ofDays(30);

    private final Admin admin;

    LocalTopics(String bootstrap) {
        admin = Admin.create(Map.of(
                AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG,
                bootstrap,
                AdminClientConfig.CLIENT_ID_CONFIG,
                "stack",
                AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG,
                60_000));
    }

    /** Creates the topics that are missing. */
    void create() throws InterruptedException {
        Set<String> there = await(admin.listTopics().names());
        Collection<NewTopic> missing = Stream.of(Topic.values())
                .filter(topic -> !there.contains(topic.topicName()))
                .map(LocalTopics::newTopic)
                .toList();
        await(admin.createTopics(missing).all());
    }

    /** From here on {@code telemetry} refuses timestamps that are far from the broker's clock. History must be loaded before. */
    void limitTimestamps() throws InterruptedException {
        String limit = Long.toString(CLOCK_TOLERANCE.toMillis());
        await(admin.incrementalAlterConfigs(Map.of(
                        new ConfigResource(ConfigResource.Type.TOPIC, Topic.TELEMETRY.topicName()),
                        List.of(
                                set("message.timestamp.before.max.ms", limit),
                                set("message.timestamp.after.max.ms", limit))))
                .all());
    }

    @Override
    public void close() {
        admin.close(Duration.ofSeconds(1));
    }

    private static NewTopic newTopic(Topic topic) {
        String retention = KEPT.contains(topic) ? "-1" : Long.toString(DERIVED_RETENTION.toMillis());
        return new NewTopic(topic.topicName(), topic.partitions(), (short) 1)
                .configs(Map.of(
                        TopicConfig.CLEANUP_POLICY_CONFIG,
                        TopicConfig.CLEANUP_POLICY_DELETE,
                        TopicConfig.RETENTION_MS_CONFIG,
                        retention,
                        TopicConfig.MIN_IN_SYNC_REPLICAS_CONFIG,
                        "1",
                        TopicConfig.SEGMENT_BYTES_CONFIG,
                        Integer.toString(64 << 20)));
    }

    private static AlterConfigOp set(String key, String value) {
        return new AlterConfigOp(new ConfigEntry(key, value), AlterConfigOp.OpType.SET);
    }

    private static <T> T await(org.apache.kafka.common.KafkaFuture<T> future) throws InterruptedException {
        try {
            return future.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("the broker refused: " + e.getCause(), e.getCause());
        }
    }
}
