package io.ocos.jobs.runtime;

import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.JobManagerOptions;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.configuration.WebOptions;

/** Settings of the cluster: small, on 127.0.0.1 only, everything it writes below one directory. */
final class ClusterSettings {

    private static final String LOOPBACK = "127.0.0.1";
    private static final int RETAINED_CHECKPOINTS = 3;

    /** Memory outside the heap that only RocksDB and batch operators use. */
    private static final int MANAGED_MB_HASHMAP = 8;

    private static final int MANAGED_MB_ROCKSDB = 128;

    private ClusterSettings() {}

    static Configuration of(FlinkRuntimeConfig config, RuntimeDirectory directory) {
        Configuration settings = new Configuration();
        settings.set(RestOptions.ADDRESS, LOOPBACK);
        settings.set(RestOptions.BIND_ADDRESS, LOOPBACK);
        settings.set(RestOptions.PORT, config.webPort());
        settings.set(RestOptions.BIND_PORT, Integer.toString(config.webPort()));
        settings.set(JobManagerOptions.BIND_HOST, LOOPBACK);
        settings.set(TaskManagerOptions.BIND_HOST, LOOPBACK);
        settings.set(TaskManagerOptions.HOST, LOOPBACK);
        settings.set(WebOptions.SUBMIT_ENABLE, false);
        settings.set(WebOptions.TMP_DIR, directory.temporary().toString());
        settings.set(CoreOptions.TMP_DIRS, directory.temporary().toString());
        settings.set(
                CheckpointingOptions.CHECKPOINTS_DIRECTORY,
                directory.checkpoints().toUri().toString());
        settings.set(CheckpointingOptions.CHECKPOINT_STORAGE, "filesystem");
        settings.set(CheckpointingOptions.MAX_RETAINED_CHECKPOINTS, RETAINED_CHECKPOINTS);
        settings.set(StateBackendOptions.STATE_BACKEND, config.stateBackend());
        boolean rocksdb = config.stateBackend().equals("rocksdb");
        settings.set(CheckpointingOptions.INCREMENTAL_CHECKPOINTS, rocksdb);
        settings.set(
                TaskManagerOptions.MANAGED_MEMORY_SIZE,
                MemorySize.ofMebiBytes(rocksdb ? MANAGED_MB_ROCKSDB : MANAGED_MB_HASHMAP));
        MemorySize network = MemorySize.ofMebiBytes(config.networkBuffersMb());
        settings.set(TaskManagerOptions.NETWORK_MEMORY_MIN, network);
        settings.set(TaskManagerOptions.NETWORK_MEMORY_MAX, network);
        settings.setString("metrics.reporters", OpsMetricReporter.NAME);
        settings.setString(
                "metrics.reporter." + OpsMetricReporter.NAME + ".factory.class",
                OpsMetricReporter.Factory.class.getName());
        // Each Kafka client's own figures: hundreds per task. Lag and rates are among those of the sources.
        settings.setString(
                "metrics.reporter." + OpsMetricReporter.NAME + ".filter.excludes", "*KafkaConsumer*;*KafkaProducer*");
        return settings;
    }
}
