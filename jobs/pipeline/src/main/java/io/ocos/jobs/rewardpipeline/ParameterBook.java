package io.ocos.jobs.rewardpipeline;

import io.ocos.schemas.domain.ChainFact;
import io.ocos.schemas.domain.HeldParameter;
import io.ocos.schemas.domain.ParameterHistory;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.state.BroadcastState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.ReadOnlyBroadcastState;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple2;
import org.jspecify.annotations.Nullable;

/** Every value a parameter ever had, in broadcast state, and as {@link ParameterHistory} beside it; about 100 bytes a change. */
public final class ParameterBook implements Serializable {

    private static final long serialVersionUID = 1;

    /** Changes by their position: block, log. */
    public static final MapStateDescriptor<Tuple2<Long, Long>, ParameterHistory.Change> STATE =
            new MapStateDescriptor<>("parameters", Types.TUPLE(Types.LONG, Types.LONG), Formats.PARAMETER_CHANGE);

    private final ArrayList<HeldParameter> held;
    private transient @Nullable ParameterHistory history;

    /** @param held what has a value whatever is voted */
    public ParameterBook(List<HeldParameter> held) {
        this.held = new ArrayList<>(held);
    }

    /** Adds a {@code ParameterSet}; any other record changes nothing. */
    public void add(ChainRecord record, BroadcastState<Tuple2<Long, Long>, ParameterHistory.Change> state)
            throws Exception {
        if (record.fact() instanceof ChainFact.ParameterSet set) {
            ParameterHistory.Change change = new ParameterHistory.Change(
                    record.minute(), record.blockNumber(), record.logIndex(), set.key(), set.value());
            state.put(Tuple2.of(record.blockNumber(), record.logIndex()), change);
            history(state).add(change);
        }
    }

    /** The history that the state holds; the same object from call to call. */
    public ParameterHistory history(ReadOnlyBroadcastState<Tuple2<Long, Long>, ParameterHistory.Change> state)
            throws Exception {
        ParameterHistory known = history;
        if (known == null) {
            known = new ParameterHistory(held);
            for (Map.Entry<Tuple2<Long, Long>, ParameterHistory.Change> entry : state.immutableEntries()) {
                known.add(entry.getValue());
            }
            history = known;
        }
        return known;
    }
}
