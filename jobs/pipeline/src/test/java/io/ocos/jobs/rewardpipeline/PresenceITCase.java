package io.ocos.jobs.rewardpipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.ocos.jobs.reference.Reference;
import io.ocos.jobs.reference.ReferenceInput;
import io.ocos.schemas.avro.ChainEvent;
import io.ocos.schemas.avro.NodeMinute;
import io.ocos.schemas.avro.SignedEnvelope;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.domain.Minutes;
import io.ocos.schemas.domain.NodeType;
import io.ocos.schemas.io.AvroValues;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.apache.flink.api.common.RuntimeExecutionMode;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Bad input of the stream (FAULTS, rows 21 and 22): whatever is sent, a minute has six slots, each counted once. */
class PresenceITCase {

    private static final Address NODE = new Address(0, 0, 1);
    private static final Hash32 CONTENT = new Hash32(0, 0, 0, 7);
    private static final long MINUTE = 29_000_000;
    private static final long START_MILLIS = Minutes.startMillis(MINUTE);
    /** Three empty arrays. */
    private static final byte[] PAYLOAD = {0, 0, 0};

    private static PipelineCluster cluster;

    @BeforeAll
    static void start() throws Exception {
        cluster = PipelineCluster.start(4);
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    @Test
    void row21_theSameHeartbeatInEveryPartitionIsCountedOnce() throws Exception {
        SignedEnvelope heartbeat = envelope(1, START_MILLIS + 5_000, START_MILLIS + 5_000);

        PipelineCluster.Results results = run(List.of(heartbeat, heartbeat, heartbeat, heartbeat, heartbeat), 1);

        assertThat(results.nodeMinutes()).extracting(NodeMinute::getSlots).containsExactly(1);
        // Offset -1: what stands for an empty topic.
        assertThat(results.rejected()).allMatch(rejected -> rejected.getOffset() < 0);
    }

    @Test
    void row22_noNumberOfHeartbeatsIsMoreThanAMinute() throws Exception {
        List<SignedEnvelope> each100Millis = LongStream.range(0, 600)
                .mapToObj(i -> envelope(i, START_MILLIS + 100 * i, START_MILLIS + 100 * i))
                .toList();

        PipelineCluster.Results results = run(each100Millis, 1);

        assertThat(results.nodeMinutes()).extracting(NodeMinute::getSlots).containsExactly(Minutes.SLOTS);
    }

    @Test
    void row22_presenceCannotBeClaimedAfterwards() throws Exception {
        // Signed within the first minute, received in the second and more than 30 s later: it counts for neither.
        PipelineCluster.Results results = run(List.of(envelope(1, START_MILLIS + 20_000, START_MILLIS + 60_000)), 2);

        assertThat(results.nodeMinutes()).extracting(NodeMinute::getSlots).containsExactly(0, 0);
    }

    private static PipelineCluster.Results run(List<SignedEnvelope> telemetry, int minutes) throws Exception {
        return cluster.run(
                input(telemetry, minutes),
                setup(minutes),
                new PipelineCluster.Way(RuntimeExecutionMode.STREAMING, 4, 1));
    }

    private static Reference.Setup setup(int minutes) {
        return new Reference.Setup(56, Address.ZERO, 60, Minutes.startMillis(MINUTE + minutes), false);
    }

    /** The node registered before the first minute, and blocks beyond the last. */
    private static ReferenceInput input(List<SignedEnvelope> telemetry, int minutes) {
        String node = NODE.toString();
        List<ChainEvent> chain = List.of(
                event(
                        1,
                        0,
                        0,
                        "NodeRegistered",
                        Map.of(
                                "node",
                                node,
                                "owner",
                                new Address(0, 0, 2).toString(),
                                "nodeType",
                                NodeType.EDGE.onChain().toString(),
                                "capacityUnits",
                                "1")),
                event(1, 0, 1, "StakeChanged", Map.of("node", node, "stake", "1000000000000000000000", "change", "0")),
                event(1, 0, -1, "BlockFinalized", Map.of()),
                event(2, 60L * (minutes + 5), -1, "BlockFinalized", Map.of()));
        return new ReferenceInput(telemetry, chain, List.of());
    }

    private static ChainEvent event(long block, long second, long logIndex, String name, Map<String, String> args) {
        return new ChainEvent(
                block,
                AvroValues.avro(CONTENT),
                START_MILLIS / 1_000 + second,
                AvroValues.avro(CONTENT),
                logIndex,
                AvroValues.avro(Address.ZERO),
                name,
                args);
    }

    private static SignedEnvelope envelope(long sequence, long sentAt, long receivedAt) {
        return new SignedEnvelope(
                AvroValues.avro(NODE),
                sequence,
                sentAt,
                1L,
                AvroValues.avro(CONTENT),
                ByteBuffer.wrap(PAYLOAD),
                ByteBuffer.wrap(new byte[65]),
                receivedAt,
                "gateway");
    }
}
