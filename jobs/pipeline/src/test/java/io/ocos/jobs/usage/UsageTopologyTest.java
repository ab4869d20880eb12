package io.ocos.jobs.usage;

import static org.assertj.core.api.Assertions.assertThat;

import io.ocos.schemas.domain.Address;
import java.util.List;
import org.apache.flink.runtime.jobgraph.JobVertex;
import org.apache.flink.streaming.api.graph.StreamGraph;
import org.apache.flink.streaming.api.graph.StreamNode;
import org.junit.jupiter.api.Test;

/** What a checkpoint is tied to. A change here loses the state of running jobs. */
class UsageTopologyTest {

    @Test
    void operatorsAreWhatTheyWere() {
        List<String> operators = graph().getStreamNodes().stream()
                .filter(node -> !node.getTransformationUID().contains("sink"))
                .map(UsageTopologyTest::describe)
                .sorted()
                .toList();

        assertThat(operators)
                .containsExactly(
                        "usage-accounts | accounts",
                        "usage-assignments | assignments",
                        "usage-chain-decoder | chain events of usage",
                        "usage-chain-events | Source: chain-events",
                        "usage-dispatch-decoder | dispatches",
                        "usage-job-events | Source: job-events",
                        "usage-jobs-created | jobs created",
                        "usage-nodes | usage on nodes",
                        "usage-parameters | parameters",
                        "usage-registry-changes | Source: registry-changes",
                        "usage-registry-decoder | registry",
                        "usage-rejected | rejected",
                        "usage-telemetry | Source: telemetry",
                        "usage-telemetry-decoder | usage in telemetry",
                        "usage-unassigned | unassigned");
        assertThat(UsageTopology.SINK_UID).isEqualTo("usage-sink");
        assertThat(UsageJob.NAME).isEqualTo("usage");
        assertThat(graph().getJobGraph().getVertices())
                .extracting(JobVertex::getMaxParallelism)
                .containsOnly(128);
    }

    @Test
    void namesOfStateAreWhatTheyWere() {
        assertThat(List.of(
                        AssignmentOperator.CREATED,
                        AssignmentOperator.DISPATCHED,
                        NodeUsageOperator.JOBS,
                        NodeUsageOperator.STORAGE,
                        NodeUsageOperator.TIME,
                        NodeUsageOperator.REGIONS,
                        UnassignedOperator.KNOWN,
                        UnassignedOperator.READINGS,
                        AccountOperator.BOOK,
                        AccountOperator.NODE_MINUTES))
                .containsExactly(
                        "created",
                        "dispatched",
                        "jobs",
                        "storage",
                        "time",
                        "regions",
                        "known",
                        "readings",
                        "book",
                        "node-minutes");
    }

    private static StreamGraph graph() {
        return UsageJob.define(new UsageJobConfig(
                        "127.0.0.1:1", null, 56L, Address.ZERO, true, "/tmp/artifacts", 10, 2, 1_000))
                .graph();
    }

    private static String describe(StreamNode node) {
        return "%s | %s".formatted(node.getTransformationUID(), node.getOperatorName());
    }
}
