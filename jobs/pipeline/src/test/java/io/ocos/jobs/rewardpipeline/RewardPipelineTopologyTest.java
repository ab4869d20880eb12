package io.ocos.jobs.rewardpipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.ocos.schemas.domain.Address;
import java.util.List;
import org.apache.flink.runtime.jobgraph.JobVertex;
import org.apache.flink.streaming.api.graph.StreamGraph;
import org.apache.flink.streaming.api.graph.StreamNode;
import org.junit.jupiter.api.Test;

/** What a checkpoint is tied to. A change here loses the state of running jobs. */
class RewardPipelineTopologyTest {

    @Test
    void operatorsAreWhatTheyWere() {
        List<String> operators = RewardPipelineJob.define(
                        new RewardPipelineJobConfig("127.0.0.1:1", null, 56L, Address.ZERO, 2, 1_000))
                .graph()
                .getStreamNodes()
                .stream()
                .filter(node -> !node.getTransformationUID().contains("sink"))
                .map(RewardPipelineTopologyTest::describe)
                .sorted()
                .toList();

        assertThat(operators)
                .containsExactly(
                        "reward-pipeline-adjustment-parts | adjustments of minutes",
                        "reward-pipeline-adjustments | adjustments",
                        "reward-pipeline-chain-decoder | chain events",
                        "reward-pipeline-chain-events | Source: chain-events",
                        "reward-pipeline-chain-of-jobs | chain events of jobs",
                        "reward-pipeline-chain-of-nodes | chain events of nodes",
                        "reward-pipeline-chain-once | chain events once",
                        "reward-pipeline-job-decoder | job events",
                        "reward-pipeline-job-events | Source: job-events",
                        "reward-pipeline-job-evidence | job evidence",
                        "reward-pipeline-job-parts | job rewards of minutes",
                        "reward-pipeline-jobs | jobs",
                        "reward-pipeline-minutes | minutes",
                        "reward-pipeline-node-facts | node facts",
                        "reward-pipeline-node-minutes | node-minutes",
                        "reward-pipeline-nodes | nodes",
                        "reward-pipeline-parameters | parameters",
                        "reward-pipeline-pools | pools",
                        "reward-pipeline-rejected | rejected",
                        "reward-pipeline-reputation-scores | reputation-scores",
                        "reward-pipeline-rewards | rewards",
                        "reward-pipeline-telemetry | Source: telemetry",
                        "reward-pipeline-telemetry-decoder | telemetry",
                        "reward-pipeline-ticker | ticker");
        assertThat(RewardPipelineTopology.ROWS_SINK_UID).isEqualTo("reward-pipeline-rows-sink");
        assertThat(RewardPipelineTopology.MINUTES_SINK_UID).isEqualTo("reward-pipeline-minutes-sink");
        assertThat(RewardPipelineJob.NAME).isEqualTo("reward-pipeline");
        assertThat(graph().getJobGraph().getVertices())
                .extracting(JobVertex::getMaxParallelism)
                .containsOnly(128);
    }

    @Test
    void namesOfStateAreWhatTheyWere() {
        assertThat(List.of(
                        ChainOnce.SEEN,
                        JobOperator.CREATED,
                        JobOperator.SETTLED,
                        JobOperator.EVENTS,
                        JobOperator.COUNTED,
                        NodeOperator.ACCOUNT,
                        NodeOperator.SLOTS,
                        NodeOperator.FACTS,
                        PoolOperator.CLAIMS,
                        MinuteTicker.NEXT,
                        MinuteOperator.PARTS,
                        ParameterBook.STATE.getName()))
                .containsExactly(
                        "seen",
                        "created",
                        "settled",
                        "events",
                        "counted",
                        "account",
                        "slots",
                        "facts",
                        "claims",
                        "next",
                        "parts",
                        "parameters");
    }

    private static StreamGraph graph() {
        return RewardPipelineJob.define(new RewardPipelineJobConfig("127.0.0.1:1", null, 56L, Address.ZERO, 2, 1_000))
                .graph();
    }

    private static String describe(StreamNode node) {
        return "%s | %s".formatted(node.getTransformationUID(), node.getOperatorName());
    }
}
