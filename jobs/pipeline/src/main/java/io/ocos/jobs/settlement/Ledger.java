package io.ocos.jobs.settlement;

import io.ocos.jobs.flink.AddressSerializer;
import io.ocos.rewardssettlement.domain.BatchLines;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.TokenAmount;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeutils.base.BigIntSerializer;
import org.apache.flink.api.common.typeutils.base.LongSerializer;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;

/** The cumulative amounts of a part of the payees; they never fall. Takes epochs in the order of their batches. */
final class Ledger extends KeyedProcessFunction<Integer, Rises, LedgerBlock> {

    private static final long serialVersionUID = 1;

    static final String CUMULATIVE_STATE = "cumulative";
    static final String WAITING_STATE = "waiting";
    static final String NUMBER_STATE = "number";

    private transient MapState<Address, BigInteger> cumulative;
    private transient MapState<Long, Rises> waiting;
    private transient ValueState<Long> number;

    @Override
    public void open(OpenContext context) {
        cumulative = getRuntimeContext()
                .getMapState(new MapStateDescriptor<>(
                        CUMULATIVE_STATE, AddressSerializer.INSTANCE, BigIntSerializer.INSTANCE));
        waiting = getRuntimeContext()
                .getMapState(
                        new MapStateDescriptor<>(WAITING_STATE, LongSerializer.INSTANCE, RisesSerializer.INSTANCE));
        number = getRuntimeContext().getState(new ValueStateDescriptor<>(NUMBER_STATE, LongSerializer.INSTANCE));
    }

    @Override
    public void processElement(Rises rises, Context context, Collector<LedgerBlock> out) throws Exception {
        Long last = number.value();
        long next = last == null ? 1 : last + 1;
        if (rises.closing().number() != next) {
            waiting.put(rises.closing().number(), rises);
            return;
        }
        for (Rises now = rises; now != null; now = waiting.get(next)) {
            waiting.remove(next);
            out.collect(apply(now));
            number.update(next);
            next++;
        }
    }

    private LedgerBlock apply(Rises rises) throws Exception {
        for (Map.Entry<Address, BigInteger> rise : rises.amounts().entrySet()) {
            BigInteger before = cumulative.get(rise.getKey());
            cumulative.put(rise.getKey(), before == null ? rise.getValue() : before.add(rise.getValue()));
        }
        List<Map.Entry<Address, BigInteger>> lines = new ArrayList<>();
        for (Map.Entry<Address, BigInteger> entry : cumulative.entries()) {
            lines.add(entry);
        }
        lines.sort(Map.Entry.comparingByKey());
        BatchLines.Packer packer = new BatchLines.Packer(lines.size());
        for (Map.Entry<Address, BigInteger> line : lines) {
            BigInteger delta = rises.amounts().getOrDefault(line.getKey(), BigInteger.ZERO);
            packer.add(line.getKey(), new TokenAmount(line.getValue()), new TokenAmount(delta));
        }
        return new LedgerBlock(rises.closing(), rises.shard(), packer.block());
    }
}
