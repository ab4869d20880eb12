package io.ocos.jobs.replay;

import io.ocos.jobs.flink.RawRecord;
import io.ocos.jobs.rewardpipeline.ChainRecord;
import io.ocos.jobs.rewardpipeline.Formats;
import io.ocos.jobs.rewardpipeline.JobRecord;
import io.ocos.jobs.rewardpipeline.PresenceFilter;
import io.ocos.jobs.rewardpipeline.RewardPipelineTopology;
import io.ocos.jobs.rewardpipeline.domain.NodeFact;
import io.ocos.metering.domain.Acceptance;
import io.ocos.metering.domain.JobEvidence;
import io.ocos.metering.io.TelemetryRecords;
import io.ocos.schemas.avro.JobEvent;
import io.ocos.schemas.config.ConfigException;
import io.ocos.schemas.io.JsonRecords;
import io.ocos.schemas.io.MalformedRecordException;
import io.ocos.schemas.io.Topic;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.flink.api.common.accumulators.LongMinimum;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.util.Collector;
import org.apache.flink.util.OutputTag;

/** Three files of JSON lines in a directory (SPEC 13); a missing file is an empty input. */
public final class JsonLinesInput implements ReplayInput {

    private static final String REJECTED_FILE = "rejected.jsonl";

    private static final OutputTag<Tuple2<byte[], byte[]>> UNREADABLE = new OutputTag<>("unreadable", SortedFile.ROW);

    private static final int NO_PARTITION = -1;
    private static final long NO_OFFSET = -1;

    private final Path directory;

    private JsonLinesInput(Path directory) {
        this.directory = directory;
    }

    /**
     * The input in a directory.
     *
     * @throws ConfigException when there is no such directory
     */
    public static JsonLinesInput in(Path directory) {
        if (!Files.isDirectory(directory)) {
            throw new ConfigException("input directory %s: no such directory".formatted(directory));
        }
        return new JsonLinesInput(directory);
    }

    @Override
    public long bytes() throws IOException {
        long bytes = 0;
        for (InputFile file : InputFile.values()) {
            Path path = path(file);
            bytes += Files.exists(path) ? Files.size(path) : 0;
        }
        return bytes;
    }

    @Override
    public RewardPipelineTopology.Facts connect(
            StreamExecutionEnvironment environment, PresenceFilter filter, boolean skipUnreadable, Path out)
            throws IOException {
        SingleOutputStreamOperator<NodeFact> presence =
                parse(environment, InputFile.TELEMETRY, new Telemetry(filter, skipUnreadable), Formats.NODE_FACT);
        SingleOutputStreamOperator<ChainRecord> chain =
                parse(environment, InputFile.CHAIN_EVENTS, new ChainEvents(skipUnreadable), Formats.CHAIN_RECORD);
        SingleOutputStreamOperator<JobRecord> jobs =
                parse(environment, InputFile.JOB_EVENTS, new JobEvents(skipUnreadable), Formats.JOB_RECORD);
        if (skipUnreadable) {
            SortedFile.write(
                    presence.getSideOutput(UNREADABLE)
                            .union(chain.getSideOutput(UNREADABLE), jobs.getSideOutput(UNREADABLE)),
                    out.resolve(REJECTED_FILE),
                    null,
                    REJECTED_FILE);
        }
        return new RewardPipelineTopology.Facts(presence, chain, jobs);
    }

    private <T> SingleOutputStreamOperator<T> parse(
            StreamExecutionEnvironment environment, InputFile file, LineParser<T> parser, TypeInformation<T> type)
            throws IOException {
        List<LineRange> ranges = LineRange.of(path(file));
        return environment
                .fromData(ranges, LineRange.TYPE)
                .setParallelism(1)
                .name(file.fileName())
                .rebalance()
                .process(parser, type)
                .name("parse " + file.fileName());
    }

    private Path path(InputFile file) {
        return directory.resolve(file.fileName());
    }

    @SuppressWarnings("NullAway.Init") // Flink calls open before anything else.
    private static final class Telemetry extends LineParser<NodeFact> {
        private static final long serialVersionUID = 1;

        private final PresenceFilter filter;
        private transient Acceptance acceptance;

        Telemetry(PresenceFilter filter, boolean skipUnreadable) {
            super(InputFile.TELEMETRY, skipUnreadable, UNREADABLE);
            this.filter = filter;
        }

        @Override
        public void open(OpenContext context) throws Exception {
            super.open(context);
            acceptance = filter.acceptance();
        }

        @Override
        void parse(byte[] line, Collector<NodeFact> out) throws MalformedRecordException {
            NodeFact.Presence presence = PresenceFilter.verdict(
                            acceptance, TelemetryRecords.of(JsonRecords.envelope(line)), NO_PARTITION, NO_OFFSET)
                    .presence();
            if (presence != null) {
                out.collect(presence);
            }
        }
    }

    @SuppressWarnings("NullAway.Init") // Flink calls open before anything else.
    private static final class ChainEvents extends LineParser<ChainRecord> {
        private static final long serialVersionUID = 1;

        private transient LongMinimum firstBlockSeconds;

        ChainEvents(boolean skipUnreadable) {
            super(InputFile.CHAIN_EVENTS, skipUnreadable, UNREADABLE);
        }

        @Override
        public void open(OpenContext context) throws Exception {
            super.open(context);
            firstBlockSeconds = new LongMinimum();
            getRuntimeContext().addAccumulator(Replay.FIRST_BLOCK_SECONDS, firstBlockSeconds);
        }

        @Override
        void parse(byte[] line, Collector<ChainRecord> out) throws MalformedRecordException {
            ChainRecord record = ChainRecord.of(JsonRecords.chainEvent(line), NO_OFFSET);
            firstBlockSeconds.add(record.timeSeconds());
            out.collect(record);
        }
    }

    private static final class JobEvents extends LineParser<JobRecord> {
        private static final long serialVersionUID = 1;

        JobEvents(boolean skipUnreadable) {
            super(InputFile.JOB_EVENTS, skipUnreadable, UNREADABLE);
        }

        @Override
        void parse(byte[] line, Collector<JobRecord> out) throws MalformedRecordException {
            JobEvent event = JsonRecords.jobEvent(line);
            if (JobEvidence.isTimely(event.getAt(), event.getRecordedAt())) {
                out.collect(JobRecord.of(
                        event,
                        new RawRecord(
                                Topic.JOB_EVENTS.topicName(),
                                NO_PARTITION,
                                NO_OFFSET,
                                event.getRecordedAt(),
                                null,
                                null)));
            }
        }
    }
}
