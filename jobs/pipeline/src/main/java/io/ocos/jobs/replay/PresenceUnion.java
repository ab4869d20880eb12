package io.ocos.jobs.replay;

import io.ocos.jobs.rewardpipeline.Formats;
import io.ocos.jobs.rewardpipeline.RewardPipelineTopology;
import io.ocos.jobs.rewardpipeline.domain.NodeFact;
import io.ocos.schemas.domain.Address;
import java.util.HashMap;
import java.util.Map;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.BoundedOneInput;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/**
 * Unites the slots of a node's minute before they are shuffled and sorted by node: uptime is a union (SPEC 5), so what comes
 * out of the replay stays the same, of a sixth of the records. Holds a bounded number of minutes, and hands on what it holds
 * when there are more: inputs are mostly in the order of time, and any other order merely unites less.
 *
 * <p>Where the envelopes came from is lost. That is told of late ones, and in a replay none is.
 */
final class PresenceUnion extends AbstractStreamOperator<NodeFact>
        implements OneInputStreamOperator<NodeFact, NodeFact>, BoundedOneInput {

    private static final long serialVersionUID = 1;

    /** About 8 MiB. */
    private static final int MAX_MINUTES = 1 << 16;

    private static final int NO_PARTITION = -1;
    private static final long NO_OFFSET = -1;

    private record NodeMinute(Address node, long minute) {}

    private final int maxMinutes;
    private transient Map<NodeMinute, Integer> slots;

    /** @param maxMinutes minutes of nodes that are held at most, at least 1 */
    @SuppressWarnings("NullAway.Init") // open does; Flink calls it first
    PresenceUnion(int maxMinutes) {
        this.maxMinutes = maxMinutes;
    }

    /** The same facts, with presence united. */
    static RewardPipelineTopology.Facts of(RewardPipelineTopology.Facts facts) {
        DataStream<NodeFact> presence = facts.presence();
        return new RewardPipelineTopology.Facts(
                presence.transform("unite presence", Formats.NODE_FACT, new PresenceUnion(MAX_MINUTES)),
                facts.chain(),
                facts.jobs());
    }

    @Override
    public void open() throws Exception {
        super.open();
        slots = new HashMap<>();
    }

    @Override
    public void processElement(StreamRecord<NodeFact> element) {
        NodeFact.Presence presence = (NodeFact.Presence) element.getValue();
        slots.merge(new NodeMinute(presence.node(), presence.minute()), presence.bits(), (a, b) -> a | b);
        if (slots.size() >= maxMinutes) {
            handOn();
        }
    }

    @Override
    public void endInput() {
        handOn();
    }

    private void handOn() {
        slots.forEach((minute, bits) -> output.collect(new StreamRecord<>(
                new NodeFact.Presence(minute.node(), minute.minute(), bits, NO_PARTITION, NO_OFFSET))));
        slots.clear();
    }
}
