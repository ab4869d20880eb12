package io.ocos.jobs.replay;

import io.ocos.jobs.rewardpipeline.PresenceFilter;
import io.ocos.jobs.rewardpipeline.RewardPipelineTopology;
import io.ocos.jobs.rewardpipeline.domain.Closing;
import java.io.IOException;
import java.nio.file.Path;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** Where a replay reads from. Bad input ends its job with an exception that says what, the value, what was expected. */
public interface ReplayInput {

    /** Bytes that are read in all, as counted by the accumulator {@link Replay#BYTES_READ}. */
    long bytes() throws IOException;

    /**
     * Connects the input to the operators.
     *
     * @param directory where the input may keep what it could not read
     */
    RewardPipelineTopology.Minutes connect(
            StreamExecutionEnvironment environment,
            PresenceFilter filter,
            Closing closing,
            boolean skipUnreadable,
            Path directory)
            throws IOException;
}
