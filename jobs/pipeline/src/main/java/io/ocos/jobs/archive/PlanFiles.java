package io.ocos.jobs.archive;

import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;

/** {@link PartitionCursor} per partition; 60 bytes of state each. */
@SuppressWarnings("NullAway.Init") // Flink calls open.
final class PlanFiles extends KeyedProcessFunction<String, RecordMark, PlannedFile> {

    private static final long serialVersionUID = 1;

    static final String STATE = "cursor";

    private final ArchiveLayout layout;
    private final ArchiveStart start;
    private transient ValueState<PartitionCursor> state;

    PlanFiles(ArchiveLayout layout, ArchiveStart start) {
        this.layout = layout;
        this.start = start;
    }

    @Override
    public void open(OpenContext context) {
        state = getRuntimeContext().getState(new ValueStateDescriptor<>(STATE, PartitionCursor.class));
    }

    @Override
    public void processElement(RecordMark mark, Context context, Collector<PlannedFile> out) throws Exception {
        PartitionCursor cursor = state.value();
        if (cursor == null) {
            cursor = PartitionCursor.after(start.newest(), mark.partition());
        }
        state.update(cursor.add(mark, layout, out::collect));
    }
}
