package io.ocos.jobs.replay;

import io.ocos.jobs.rewardpipeline.PresenceFilter;
import io.ocos.jobs.rewardpipeline.RewardPipelineTopology;
import java.io.IOException;
import java.nio.file.Path;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** Where a replay reads from. Bad input ends its job with an exception that says what, the value, what was expected. */
public interface ReplayInput {

    /** Bytes that are read in all, as counted by the accumulator {@link Replay#BYTES_READ}. */
    long bytes() throws IOException;

    /**
     * What the rules use of the input.
     *
     * @param directory where the input may keep what it could not read
     */
    RewardPipelineTopology.Facts connect(
            StreamExecutionEnvironment environment, PresenceFilter filter, boolean skipUnreadable, Path directory)
            throws IOException;
}
