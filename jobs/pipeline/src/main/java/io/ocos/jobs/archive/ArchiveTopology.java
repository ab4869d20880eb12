package io.ocos.jobs.archive;

import io.ocos.jobs.flink.RawRecord;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;

/**
 * The graph of the ArchiveJob. Records are read once to find where files end, and those of a file that is complete a second
 * time to write it: so a checkpoint holds some numbers per partition, a file is written in one go, and what is written again
 * after a failure is the same file.
 */
final class ArchiveTopology {

    static final String SOURCE_UID = "archive-source";
    static final String MARKS_UID = "archive-marks";
    static final String PLAN_UID = "archive-plan";
    static final String FILES_UID = "archive-files";
    static final String MANIFESTS_UID = "archive-manifests";
    static final String END_UID = "archive-end";

    private ArchiveTopology() {}

    /** Connects the records of the archived topics; the source's uid is {@link #SOURCE_UID}. */
    static void build(
            DataStream<RawRecord> records, ArchiveLayout layout, ArchiveStart start, ArchiveJobConfig config) {
        records.map(RecordMark::of)
                .returns(RecordMark.class)
                .name("marks")
                .uid(MARKS_UID)
                .keyBy(RecordMark::partition)
                .process(new PlanFiles(layout, start))
                .returns(PlannedFile.class)
                .name("plan")
                .uid(PLAN_UID)
                // No shuffle: the files of a partition stay in order.
                .map(new WriteFiles(config))
                .returns(ArchivedFile.class)
                .name("files")
                .uid(FILES_UID)
                .process(new WriteManifests(start, config))
                .returns(ManifestHead.class)
                .name("manifests")
                .uid(MANIFESTS_UID)
                .setParallelism(1)
                .setMaxParallelism(1)
                .sinkTo(new DiscardingSink<>())
                .name("end")
                .uid(END_UID)
                .setParallelism(1);
    }
}
