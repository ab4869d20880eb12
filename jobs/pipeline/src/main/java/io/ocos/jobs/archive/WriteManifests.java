package io.ocos.jobs.archive;

import io.ocos.jobs.JobsMetrics;
import io.ocos.schemas.io.ArchiveManifest;
import java.io.File;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.util.Collector;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@link ManifestChain}, in one subtask; state: the files that are in no manifest yet. */
@SuppressWarnings("NullAway.Init") // Flink calls open, and initializeState before it.
final class WriteManifests extends ProcessFunction<ArchivedFile, ManifestHead> implements CheckpointedFunction {

    private static final long serialVersionUID = 1;

    private static final Logger LOG = LoggerFactory.getLogger(WriteManifests.class);

    static final String HEADS_STATE = "heads";
    static final String PENDING_STATE = "pending";
    static final String NEWEST_STATE = "newest";

    private final ArchiveStart start;
    private final String kafkaBootstrap;
    private final @Nullable File kafkaPropertiesFile;
    private final String directory;
    private final int epochMinutes;
    private transient ArchiveDirectory archive;
    private transient ManifestChain chain;
    private transient ListState<PartitionHead> heads;
    private transient ListState<ArchivedFile> pending;
    private transient ListState<ManifestHead> newest;

    WriteManifests(ArchiveStart start, ArchiveJobConfig config) {
        this.start = start;
        kafkaBootstrap = config.kafkaBootstrap();
        kafkaPropertiesFile = config.kafkaPropertiesFile() == null
                ? null
                : config.kafkaPropertiesFile().toFile();
        directory = config.directory();
        epochMinutes = config.epochMinutes();
    }

    @Override
    public void initializeState(FunctionInitializationContext context) throws Exception {
        heads = context.getOperatorStateStore()
                .getListState(new ListStateDescriptor<>(HEADS_STATE, PartitionHead.class));
        pending = context.getOperatorStateStore()
                .getListState(new ListStateDescriptor<>(PENDING_STATE, ArchivedFile.class));
        newest = context.getOperatorStateStore()
                .getListState(new ListStateDescriptor<>(NEWEST_STATE, ManifestHead.class));
        Set<String> partitions = partitions();
        if (context.isRestored()) {
            chain = new ManifestChain(epochMinutes, partitions);
            Iterator<ManifestHead> kept = newest.get().iterator();
            chain.restore(heads.get(), pending.get(), kept.hasNext() ? kept.next() : null);
        } else {
            chain = ManifestChain.after(start.newest(), epochMinutes, partitions);
        }
    }

    @Override
    public void open(OpenContext context) {
        archive = ArchiveDirectory.of(directory);
        getRuntimeContext().getMetricGroup().gauge(JobsMetrics.ARCHIVE_EPOCH, (Gauge<Long>) () -> {
            ManifestHead head = chain.newest();
            return head == null ? -1 : head.epoch();
        });
    }

    @Override
    public void processElement(ArchivedFile file, Context context, Collector<ManifestHead> out) throws IOException {
        for (ArchiveManifest manifest : chain.add(file)) {
            archive.put(ArchiveDirectory.manifestPath(manifest.epoch()), manifest.toBytes());
            LOG.info("manifest of epoch {}: {}", manifest.epoch(), manifest.digest());
            out.collect(new ManifestHead(manifest.epoch(), manifest.digest()));
        }
    }

    @Override
    public void snapshotState(FunctionSnapshotContext context) throws Exception {
        heads.update(new ArrayList<>(chain.heads()));
        pending.update(List.copyOf(chain.pending()));
        ManifestHead head = chain.newest();
        newest.update(head == null ? List.of() : List.of(head));
    }

    private Set<String> partitions() throws IOException {
        try (TopicReader topics =
                new TopicReader(kafkaBootstrap, kafkaPropertiesFile == null ? null : kafkaPropertiesFile.toPath())) {
            return topics.partitions();
        }
    }
}
