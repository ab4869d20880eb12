package io.ocos.jobs.settlement;

import io.ocos.jobs.reference.ReferenceOutput.BatchRow;
import io.ocos.jobs.reference.ReferenceOutput.RewardRow;
import io.ocos.jobs.reference.ReferenceSettlement;
import io.ocos.schemas.avro.MinuteClosed;
import io.ocos.schemas.avro.Reward;
import io.ocos.schemas.avro.RewardKind;
import io.ocos.schemas.avro.TypeTotals;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.domain.TokenAmount;
import io.ocos.schemas.io.AvroValues;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * Random rewards of some minutes and what the reference makes of them. Some minutes have no reward, some epochs none above 0,
 * the first epoch may begin and the last end in the middle.
 *
 * @param rewards in random order
 * @param closed in order
 */
record SettlementWorld(long epochMinutes, List<Reward> rewards, List<MinuteClosed> closed, List<BatchRow> batches) {

    private static final int MAX_MINUTES = 14;
    private static final int MAX_ROWS = 6;
    private static final List<RewardKind> KINDS = List.of(RewardKind.MINUTE, RewardKind.JOB, RewardKind.ADJUSTMENT);

    static SettlementWorld of(long seed) {
        Random random = new Random(seed);
        long epochMinutes = random.nextLong(1, 5);
        List<Address> payees = new ArrayList<>();
        for (int i = 0; i <= random.nextInt(9); i++) {
            payees.add(new Address(
                    random.nextInt(4) == 0 ? 0 : random.nextLong(), random.nextInt(3), 1 + random.nextInt(2)));
        }
        long first = random.nextInt(3) == 0 ? 0 : 29_000_000L + random.nextInt(8);
        long until = first + random.nextLong(1, MAX_MINUTES);
        List<Reward> rewards = new ArrayList<>();
        List<RewardRow> rows = new ArrayList<>();
        List<MinuteClosed> closed = new ArrayList<>();
        boolean paying = true;
        for (long minute = first; minute < until; minute++) {
            paying = minute % epochMinutes == 0 ? random.nextInt(3) > 0 : paying;
            List<Reward> now = new ArrayList<>();
            for (int i = random.nextInt(MAX_ROWS); i > 0; i--) {
                now.add(reward(minute, i, payees.get(random.nextInt(payees.size())), paying, random));
            }
            closed.add(closed(minute, now));
            rewards.addAll(now);
            now.forEach(reward -> rows.add(row(reward)));
        }
        Collections.shuffle(rewards, random);
        return new SettlementWorld(
                epochMinutes, rewards, closed, ReferenceSettlement.batches(rows, epochMinutes, until * 60_000));
    }

    private static Reward reward(long minute, int index, Address payee, boolean paying, Random random) {
        BigInteger amount =
                switch (paying ? random.nextInt(4) : 0) {
                    case 0 -> BigInteger.ZERO;
                    case 1 -> BigInteger.ONE;
                    default -> new BigInteger(random.nextInt(129), random);
                };
        RewardKind kind = KINDS.get(random.nextInt(KINDS.size()));
        boolean nobody = kind == RewardKind.JOB && amount.signum() == 0 && random.nextBoolean();
        Reward.Builder reward = Reward.newBuilder()
                .setMinute(minute)
                .setKind(kind)
                .setAmount(AvroValues.avro(new TokenAmount(amount)))
                .setReason("PAID");
        if (kind != RewardKind.ADJUSTMENT) {
            reward.setNode(AvroValues.avro(new Address(9, 9, index)));
        }
        if (kind == RewardKind.JOB) {
            reward.setJob(AvroValues.avro(new Hash32(0, 0, 0, index)));
        }
        if (!nobody) {
            reward.setPayee(AvroValues.avro(payee));
        }
        return reward.build();
    }

    static MinuteClosed closed(long minute, List<Reward> rewards) {
        List<Reward> minutes = ofKind(rewards, RewardKind.MINUTE);
        List<Reward> jobs = ofKind(rewards, RewardKind.JOB);
        List<Reward> adjustments = ofKind(rewards, RewardKind.ADJUSTMENT);
        List<TypeTotals> types = new ArrayList<>();
        if (!minutes.isEmpty()) {
            int inFirst = minutes.size() / 2;
            types.add(totals("AI", minutes.subList(0, inFirst)));
            types.add(totals("EDGE", minutes.subList(inFirst, minutes.size())));
        }
        return new MinuteClosed(
                minute,
                types,
                jobs.size(),
                AvroValues.avro(sum(jobs)),
                adjustments.size(),
                AvroValues.avro(sum(adjustments)));
    }

    private static TypeTotals totals(String type, List<Reward> rewards) {
        return new TypeTotals(
                type,
                rewards.size(),
                0L,
                0,
                AvroValues.avro(TokenAmount.ZERO),
                AvroValues.avro(TokenAmount.ZERO),
                AvroValues.avro(sum(rewards)));
    }

    private static List<Reward> ofKind(List<Reward> rewards, RewardKind kind) {
        return rewards.stream().filter(reward -> reward.getKind() == kind).toList();
    }

    private static TokenAmount sum(List<Reward> rewards) {
        return rewards.stream()
                .map(reward -> AvroValues.amount(reward.getAmount()))
                .reduce(TokenAmount.ZERO, TokenAmount::plus);
    }

    private static RewardRow row(Reward reward) {
        @Nullable Address payee = reward.getPayee() == null ? null : AvroValues.address(reward.getPayee());
        return new RewardRow(
                reward.getMinute(),
                reward.getKind().name(),
                null,
                null,
                payee,
                AvroValues.amount(reward.getAmount()).wei(),
                "");
    }
}
