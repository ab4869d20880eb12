package io.ocos.jobs.analytics;

import io.ocos.jobs.flink.JobArguments;
import io.ocos.jobs.flink.JobDefinition;
import io.ocos.jobs.flink.KafkaSources;
import io.ocos.jobs.flink.RawRecord;
import io.ocos.schemas.io.Topic;
import java.time.Duration;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** Every topic to ClickHouse (DESIGN 2). */
public final class AnalyticsJob {

    /** Name of the job, and of its consumer group. */
    public static final String NAME = "analytics";

    private AnalyticsJob() {}

    /** For a cluster: {@code flink run -c io.ocos.jobs.analytics.AnalyticsJob … CONFIG.yaml [KEY=VALUE …]}. */
    public static void main(String[] arguments) throws Exception {
        define(JobArguments.load(AnalyticsJobConfig.class, arguments)).execute();
    }

    /** The job for a configuration. */
    public static JobDefinition define(AnalyticsJobConfig config) {
        return new JobDefinition(
                NAME, Duration.ofMillis(config.checkpointIntervalMillis()), environment -> build(environment, config));
    }

    private static void build(StreamExecutionEnvironment environment, AnalyticsJobConfig config) {
        environment.setParallelism(config.parallelism());
        DataStream<RawRecord> records = environment
                .fromSource(
                        KafkaSources.raw(config.kafkaBootstrap(), config.kafkaPropertiesFile(), NAME, Topic.values()),
                        WatermarkStrategy.noWatermarks(),
                        "topics")
                .uid(AnalyticsTopology.SOURCE_UID);
        AnalyticsTopology.build(records, new ClickHouseSink(config.sink()));
    }
}
