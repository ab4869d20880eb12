package io.ocos.jobs.replay;

import io.ocos.jobs.archive.ArchiveInput;
import io.ocos.jobs.rewardpipeline.PresenceFilter;
import io.ocos.jobs.rewardpipeline.RewardPipelineTopology;
import io.ocos.schemas.io.Topic;
import java.nio.file.Path;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * The records of an archive, as they lay in the topics. What the job of the stream refuses is refused here as well, and is no
 * error.
 *
 * @param archive up to the epoch that is asked for
 */
public record ArchivedInput(ArchiveInput archive) implements ReplayInput {

    @Override
    public long bytes() {
        return archive.bytes();
    }

    @Override
    public RewardPipelineTopology.Facts connect(
            StreamExecutionEnvironment environment, PresenceFilter filter, boolean skipUnreadable, Path directory) {
        return RewardPipelineTopology.facts(
                new RewardPipelineTopology.Sources(
                        archive.records(environment, Topic.TELEMETRY),
                        archive.records(environment, Topic.CHAIN_EVENTS),
                        archive.records(environment, Topic.JOB_EVENTS)),
                filter);
    }
}
