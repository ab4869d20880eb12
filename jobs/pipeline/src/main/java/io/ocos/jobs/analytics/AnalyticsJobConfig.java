package io.ocos.jobs.analytics;

import static io.ocos.jobs.flink.ConfigChecks.inRange;
import static io.ocos.jobs.flink.ConfigChecks.required;

import io.ocos.schemas.config.Secret;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Configuration of the AnalyticsJob. Keys that have a default may be absent (null to the constructor); afterwards nothing
 * but {@code kafkaPropertiesFile} is null.
 *
 * @param kafkaBootstrap {@code host:port[,host:port]}
 * @param kafkaPropertiesFile further properties of the Kafka consumers (security); null = none
 * @param clickhouseUrl {@code http://host:port} or {@code https://host:port}
 * @param clickhouseUser default {@code default}
 * @param clickhousePassword default empty
 * @param parallelism subtasks of the whole chain, at least 1; default 2
 * @param checkpointIntervalMillis 10 … 3 600 000; default 10 000
 * @param flushIntervalMillis a row waits no longer than this for others to be inserted with it, 10 … 60 000; default 5 000
 * @param maxBlockRows rows of one insert, 1 … 100 000; default 10 000
 * @param maxBufferedBytes rows of all tables that wait in one subtask, at least 65 536; default 16 777 216
 * @param insertTimeoutMillis silence of the server after which an insert is tried again, at least 100; default 30 000
 * @param retryMillis how long an insert is tried before the job restarts from its last checkpoint, at least 1 000; default
 *     600 000
 */
public record AnalyticsJobConfig(
        String kafkaBootstrap,
        @Nullable Path kafkaPropertiesFile,
        String clickhouseUrl,
        String clickhouseUser,
        Secret clickhousePassword,
        Integer parallelism,
        Integer checkpointIntervalMillis,
        Integer flushIntervalMillis,
        Integer maxBlockRows,
        Integer maxBufferedBytes,
        Integer insertTimeoutMillis,
        Integer retryMillis) {

    public AnalyticsJobConfig {
        required("kafkaBootstrap", kafkaBootstrap);
        required("clickhouseUrl", clickhouseUrl);
        if (!clickhouseUrl.startsWith("http://") && !clickhouseUrl.startsWith("https://")) {
            throw new IllegalArgumentException(
                    "clickhouseUrl '%s', expected http://host:port or https://host:port".formatted(clickhouseUrl));
        }
        clickhouseUser = clickhouseUser == null ? "default" : clickhouseUser;
        clickhousePassword = clickhousePassword == null ? new Secret("") : clickhousePassword;
        parallelism = inRange("parallelism", parallelism, 2, 1, 1_024);
        checkpointIntervalMillis = inRange("checkpointIntervalMillis", checkpointIntervalMillis, 10_000, 10, 3_600_000);
        flushIntervalMillis = inRange("flushIntervalMillis", flushIntervalMillis, 5_000, 10, 60_000);
        maxBlockRows = inRange("maxBlockRows", maxBlockRows, 10_000, 1, 100_000);
        maxBufferedBytes = inRange("maxBufferedBytes", maxBufferedBytes, 1 << 24, 1 << 16, 1 << 30);
        insertTimeoutMillis = inRange("insertTimeoutMillis", insertTimeoutMillis, 30_000, 100, 600_000);
        retryMillis = inRange("retryMillis", retryMillis, 600_000, 1_000, Integer.MAX_VALUE);
    }

    ClickHouseSinkConfig sink() {
        return new ClickHouseSinkConfig(
                clickhouseUrl,
                clickhouseUser,
                clickhousePassword,
                flushIntervalMillis,
                maxBlockRows,
                maxBufferedBytes,
                insertTimeoutMillis,
                retryMillis);
    }
}
