package io.ocos.jobs.rewardpipeline;

import io.ocos.jobs.rewardpipeline.domain.Closing;
import io.ocos.jobs.rewardpipeline.domain.RewardRules;
import io.ocos.rewardssettlement.domain.RewardReason;
import io.ocos.rewardssettlement.domain.TypePool;
import io.ocos.schemas.avro.Reward;
import io.ocos.schemas.avro.RewardKind;
import io.ocos.schemas.avro.TypeTotals;
import io.ocos.schemas.domain.TokenAmount;
import io.ocos.schemas.io.AvroValues;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;
import org.apache.flink.util.OutputTag;

/**
 * Shares out the pool of a type in a minute once all claims are there (SPEC 8). Keyed by minute and type.
 *
 * <p>State: about 110 bytes per claim, from the closing of a minute for its nodes until its closing here: one minute's claims
 * while the job keeps up.
 */
@SuppressWarnings("NullAway.Init") // Flink calls open before anything else.
final class PoolOperator extends KeyedProcessFunction<Long, PoolClaim, Reward> {

    private static final long serialVersionUID = 1;

    static final String CLAIMS = "claims";

    private final OutputTag<MinutePart> totals;
    private transient ListState<PoolClaim> claims;

    PoolOperator(OutputTag<MinutePart> totals) {
        this.totals = totals;
    }

    @Override
    public void open(OpenContext context) {
        claims = getRuntimeContext().getListState(new ListStateDescriptor<>(CLAIMS, Formats.POOL_CLAIM));
    }

    @Override
    public void processElement(PoolClaim claim, Context context, Collector<Reward> out) throws Exception {
        claims.add(claim);
        context.timerService().registerEventTimeTimer(Closing.timer(claim.minute()));
    }

    @Override
    public void onTimer(long timestamp, OnTimerContext context, Collector<Reward> out) throws Exception {
        List<PoolClaim> all = new ArrayList<>();
        claims.get().forEach(all::add);
        claims.clear();
        if (all.isEmpty()) {
            return;
        }
        PoolClaim any = all.get(0);
        List<TypePool.Claim> raws = all.stream()
                .map(claim -> new TypePool.Claim(claim.node(), claim.raw()))
                .toList();
        List<BigInteger> amounts = RewardRules.ofVersion(any.rules()).allocate(raws, any.cap());
        BigInteger raw = TypePool.total(raws);
        boolean scaled = raw.compareTo(any.cap()) > 0;
        BigInteger total = BigInteger.ZERO;
        long slots = 0;
        int paid = 0;
        for (int i = 0; i < all.size(); i++) {
            PoolClaim claim = all.get(i);
            BigInteger amount = amounts.get(i);
            total = total.add(amount);
            slots += claim.slots();
            paid += amount.signum();
            out.collect(reward(claim, amount, scaled));
        }
        context.output(
                totals,
                new MinutePart.Pool(
                        any.minute(),
                        new TypeTotals(
                                any.type().name(),
                                all.size(),
                                slots,
                                paid,
                                AvroValues.avro(TokenAmount.saturated(raw)),
                                AvroValues.avro(new TokenAmount(any.cap())),
                                AvroValues.avro(new TokenAmount(total)))));
    }

    private static Reward reward(PoolClaim claim, BigInteger amount, boolean scaled) {
        RewardReason reason = scaled && claim.reason() == RewardReason.PAID ? RewardReason.SCALED : claim.reason();
        return Reward.newBuilder()
                .setMinute(claim.minute())
                .setKind(RewardKind.MINUTE)
                .setNode(AvroValues.avro(claim.node()))
                .setPayee(AvroValues.avro(claim.payee()))
                .setAmount(AvroValues.avro(new TokenAmount(amount)))
                .setReason(reason.name())
                .build();
    }
}
