package io.ocos.jobs.archive;

import io.ocos.jobs.JobsMetrics;
import java.io.File;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.MetricGroup;
import org.jspecify.annotations.Nullable;

/** {@link FileWriter}; without state, since a file that is written again is the same. */
@SuppressWarnings("NullAway.Init") // Flink calls open.
final class WriteFiles extends RichMapFunction<PlannedFile, ArchivedFile> {

    private static final long serialVersionUID = 1;

    private final String kafkaBootstrap;
    private final @Nullable File kafkaPropertiesFile;
    private final String directory;
    private transient FileWriter writer;
    private transient Counter records;
    private transient Counter files;
    private transient Counter bytes;

    WriteFiles(ArchiveJobConfig config) {
        kafkaBootstrap = config.kafkaBootstrap();
        kafkaPropertiesFile = config.kafkaPropertiesFile() == null
                ? null
                : config.kafkaPropertiesFile().toFile();
        directory = config.directory();
    }

    @Override
    public void open(OpenContext context) {
        writer = new FileWriter(
                new TopicReader(kafkaBootstrap, kafkaPropertiesFile == null ? null : kafkaPropertiesFile.toPath()),
                ArchiveDirectory.of(directory));
        MetricGroup metrics = getRuntimeContext().getMetricGroup();
        records = metrics.counter(JobsMetrics.ARCHIVE_RECORDS);
        files = metrics.counter(JobsMetrics.ARCHIVE_FILES);
        bytes = metrics.counter(JobsMetrics.ARCHIVE_BYTES);
    }

    @Override
    public ArchivedFile map(PlannedFile planned) throws Exception {
        ArchivedFile written = writer.write(planned);
        records.inc(written.records());
        files.inc(written.records() > 0 ? 1 : 0);
        bytes.inc(written.bytes());
        return written;
    }

    @Override
    public void close() {
        if (writer != null) {
            writer.close();
        }
    }
}
