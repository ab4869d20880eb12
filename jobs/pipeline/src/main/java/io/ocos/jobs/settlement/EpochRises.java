package io.ocos.jobs.settlement;

import io.ocos.jobs.flink.AddressSerializer;
import io.ocos.rewardssettlement.domain.Earning;
import io.ocos.schemas.domain.Address;
import java.math.BigInteger;
import java.util.HashMap;
import java.util.Map;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeutils.base.BigIntSerializer;
import org.apache.flink.api.common.typeutils.base.LongSerializer;
import org.apache.flink.streaming.api.functions.co.KeyedCoProcessFunction;
import org.apache.flink.util.Collector;

/**
 * Sums what each payee earned in an epoch, per epoch and part of the ledger; hands it on when as many rewards are there as
 * the gate has counted.
 */
final class EpochRises extends KeyedCoProcessFunction<Long, Earning, ShardClosing, Rises> {

    private static final long serialVersionUID = 1;

    static final String AMOUNTS_STATE = "amounts";
    static final String REWARDS_STATE = "rewards";
    static final String CLOSING_STATE = "closing";

    private transient MapState<Address, BigInteger> amounts;
    private transient ValueState<Long> rewards;
    private transient ValueState<ShardClosing> closing;

    @Override
    public void open(OpenContext context) {
        amounts = getRuntimeContext()
                .getMapState(
                        new MapStateDescriptor<>(AMOUNTS_STATE, AddressSerializer.INSTANCE, BigIntSerializer.INSTANCE));
        rewards = getRuntimeContext().getState(new ValueStateDescriptor<>(REWARDS_STATE, LongSerializer.INSTANCE));
        closing = getRuntimeContext()
                .getState(new ValueStateDescriptor<>(CLOSING_STATE, ShardClosingSerializer.INSTANCE));
    }

    @Override
    public void processElement1(Earning earning, Context context, Collector<Rises> out) throws Exception {
        BigInteger before = amounts.get(earning.payee());
        BigInteger amount = earning.amount().wei();
        amounts.put(earning.payee(), before == null ? amount : before.add(amount));
        rewards.update(count() + 1);
        closeIfComplete(out);
    }

    @Override
    public void processElement2(ShardClosing told, Context context, Collector<Rises> out) throws Exception {
        closing.update(told);
        closeIfComplete(out);
    }

    private void closeIfComplete(Collector<Rises> out) throws Exception {
        ShardClosing told = closing.value();
        if (told == null || count() < told.payingRewards()) {
            return;
        }
        if (count() > told.payingRewards()) {
            throw new IllegalStateException("%s, but %d rewards are here".formatted(told, count()));
        }
        Map<Address, BigInteger> all = new HashMap<>();
        for (Map.Entry<Address, BigInteger> entry : amounts.entries()) {
            all.put(entry.getKey(), entry.getValue());
        }
        out.collect(new Rises(told.closing(), told.shard(), all));
        amounts.clear();
        rewards.clear();
        closing.clear();
    }

    private long count() throws Exception {
        Long count = rewards.value();
        return count == null ? 0 : count;
    }
}
