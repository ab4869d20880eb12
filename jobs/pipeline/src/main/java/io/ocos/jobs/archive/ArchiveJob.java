package io.ocos.jobs.archive;

import io.ocos.jobs.flink.JobArguments;
import io.ocos.jobs.flink.JobDefinition;
import io.ocos.jobs.flink.KafkaSources;
import io.ocos.jobs.flink.RawRecord;
import io.ocos.schemas.io.Topic;
import java.time.Duration;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * The input topics to files with manifests, continuously and exactly once (DESIGN 2; SPEC 11, {@code inputsDigest}).
 *
 * <p>Records are archived as they lie in the topics, ticks and unreadable ones too, so that ranges of offsets have no gaps
 * but Kafka's own. The manifest of epoch e holds everything before the record that closes e in its partition; a record
 * behind that cut can no longer count in e (SPEC 13; if one did, the pipeline has raised an alarm), so all manifests up to
 * e hold all inputs of the batch of e.
 */
public final class ArchiveJob {

    /** Name of the job, and of its consumer group. */
    public static final String NAME = "archive";

    private ArchiveJob() {}

    /** For a cluster: {@code flink run -c io.ocos.jobs.archive.ArchiveJob … CONFIG.yaml [KEY=VALUE …]}. */
    public static void main(String[] arguments) throws Exception {
        define(JobArguments.load(ArchiveJobConfig.class, arguments)).execute();
    }

    /**
     * The job for a configuration. Without a checkpoint it goes on behind the archive's newest manifest.
     *
     * @throws io.ocos.schemas.config.ConfigException when the archive was begun with another epoch length or cannot be read
     */
    public static JobDefinition define(ArchiveJobConfig config) {
        return define(config, ArchiveLayout.ofEpochMinutes(config.epochMinutes()));
    }

    static JobDefinition define(ArchiveJobConfig config, ArchiveLayout layout) {
        ArchiveStart start = ArchiveStart.of(ArchiveDirectory.of(config.directory()), config.epochMinutes());
        return new JobDefinition(
                NAME,
                Duration.ofMillis(config.checkpointIntervalMillis()),
                environment -> build(environment, config, layout, start));
    }

    private static void build(
            StreamExecutionEnvironment environment, ArchiveJobConfig config, ArchiveLayout layout, ArchiveStart start) {
        environment.setParallelism(config.parallelism());
        DataStream<RawRecord> records = environment
                .fromSource(
                        KafkaSources.raw(
                                config.kafkaBootstrap(),
                                config.kafkaPropertiesFile(),
                                NAME,
                                start.offsets(),
                                ArchiveLayout.TOPICS.toArray(Topic[]::new)),
                        WatermarkStrategy.noWatermarks(),
                        "topics")
                .uid(ArchiveTopology.SOURCE_UID);
        ArchiveTopology.build(records, layout, start, config);
    }
}
