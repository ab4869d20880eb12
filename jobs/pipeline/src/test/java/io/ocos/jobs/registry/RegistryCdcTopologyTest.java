package io.ocos.jobs.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ocos.jobs.flink.JobDefinition;
import io.ocos.schemas.config.ConfigException;
import io.ocos.schemas.config.ConfigLoader;
import java.util.List;
import java.util.Map;
import org.apache.flink.runtime.jobgraph.JobVertex;
import org.apache.flink.streaming.api.graph.StreamNode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a checkpoint, and what is done when the slot is lost, are tied to; needs no server. */
class RegistryCdcTopologyTest {

    private static RegistryCdcJobConfig config(String url) {
        return ConfigLoader.load(
                RegistryCdcJobConfig.class, null, Map.of("kafkaBootstrap", "127.0.0.1:1", "postgresUrl", url));
    }

    @Test
    void operatorsAreWhatTheyWere() {
        JobDefinition job = RegistryCdcJob.define(config("postgresql://127.0.0.1:1/ocos"));
        assertThat(job.graph().getStreamNodes())
                .filteredOn(node -> !node.getTransformationUID().contains("sink"))
                .extracting(StreamNode::getTransformationUID)
                .containsExactlyInAnyOrder("registry-source", "registry-sequence");
        assertThat(job.graph().getJobGraph().getVertices())
                .extracting(JobVertex::getMaxParallelism, JobVertex::getParallelism)
                .containsOnly(org.assertj.core.groups.Tuple.tuple(128, 1));
        assertThat(job.maxRestarts()).isEqualTo(Integer.MAX_VALUE);
        assertThat(job.name()).isEqualTo("registry-cdc");
        assertThat(job.id()).as("docs/operations/registry.md names it").hasToString("16b5e73fa8f03d57ba26ae9c0c638555");
        assertThat(RegistryCdcTopology.SINK_UID).isEqualTo("registry-changes-sink");
        assertThat(List.of(ChangeSequence.LSN_STATE, ChangeSequence.BEAT_STATE, ChangeSequence.GENERATION_STATE))
                .containsExactly("lsn", "beat", "generation");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"jdbc:postgresql://h/d", "postgresql://h", "postgresql://u:p@h/d", "postgresql://h/d?x=1", "h"})
    void aUrlThatIsNoneIsNamed(String url) {
        assertThatThrownBy(() -> config(url))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("postgresUrl '%s', expected postgresql://host[:port]/database", url);
    }
}
