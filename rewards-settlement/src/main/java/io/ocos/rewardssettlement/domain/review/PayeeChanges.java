package io.ocos.rewardssettlement.domain.review;

import io.ocos.rewardssettlement.domain.BatchLines;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.TokenAmount;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;

/**
 * What became of payees between two batches.
 *
 * @param risers payees whose amount rose, the largest rise first, ties by payee
 * @param newcomers those of them that the earlier batch did not have
 * @param leavers payees that earned in the earlier batch and nothing since; the largest amount of then first
 * @param fallen payees whose amount is less than before, which must never be
 * @param rise Σ of all rises, wei
 * @param total Σ cumulative of the later batch, wei
 * @param topTenOfRise what the ten payees with the largest rises have of it, parts per million
 * @param topTenOfTotal what the ten payees with the largest amounts have of all, parts per million
 */
public record PayeeChanges(
        List<Change> risers,
        List<Change> newcomers,
        List<Leaver> leavers,
        List<Change> fallen,
        BigInteger rise,
        BigInteger total,
        int topTenOfRise,
        int topTenOfTotal) {

    /** Payees of a concentration. */
    public static final int TOP = 10;

    private static final BigInteger MILLION = BigInteger.valueOf(1_000_000);

    /**
     * A payee's amounts.
     *
     * @param before cumulative, wei; 0 for one that was not there
     * @param now cumulative, wei; 0 for one that is not there any more
     */
    public record Change(Address payee, TokenAmount before, TokenAmount now) {

        /** wei; below 0 when it fell. */
        public BigInteger rise() {
            return now.wei().subtract(before.wei());
        }
    }

    /**
     * A payee that earns no more.
     *
     * @param earned in the earlier batch, wei
     */
    public record Leaver(Address payee, TokenAmount earned) {}

    /**
     * Between two batches.
     *
     * @param before the lines of the earlier one; none when there is no earlier one
     */
    public static PayeeChanges between(BatchLines before, BatchLines now) {
        List<Change> risers = new ArrayList<>();
        List<Change> newcomers = new ArrayList<>();
        List<Leaver> leavers = new ArrayList<>();
        List<Change> fallen = new ArrayList<>();
        BigInteger rise = BigInteger.ZERO;
        BigInteger total = BigInteger.ZERO;
        List<BigInteger> amounts = new ArrayList<>(now.size());
        int old = 0;
        for (int row = 0; row < now.size(); row++) {
            Address payee = now.payee(row);
            while (old < before.size() && before.payee(old).compareTo(payee) < 0) {
                fallen.add(new Change(before.payee(old), before.cumulative(old), TokenAmount.ZERO));
                old++;
            }
            boolean known = old < before.size() && before.payee(old).equals(payee);
            Change change = new Change(payee, known ? before.cumulative(old) : TokenAmount.ZERO, now.cumulative(row));
            if (change.rise().signum() > 0) {
                risers.add(change);
                rise = rise.add(change.rise());
                if (!known) {
                    newcomers.add(change);
                }
            } else if (change.rise().signum() < 0) {
                fallen.add(change);
            } else if (known && before.hasRisen(old)) {
                leavers.add(new Leaver(payee, before.delta(old)));
            }
            total = total.add(change.now().wei());
            amounts.add(change.now().wei());
            old += known ? 1 : 0;
        }
        for (; old < before.size(); old++) {
            fallen.add(new Change(before.payee(old), before.cumulative(old), TokenAmount.ZERO));
        }
        Comparator<Change> order = Comparator.comparing(Change::rise).reversed().thenComparing(Change::payee);
        risers.sort(order);
        newcomers.sort(order);
        leavers.sort(Comparator.comparing(Leaver::earned).reversed().thenComparing(Leaver::payee));
        amounts.sort(Collections.reverseOrder());
        return new PayeeChanges(
                List.copyOf(risers),
                List.copyOf(newcomers),
                List.copyOf(leavers),
                List.copyOf(fallen),
                rise,
                total,
                ppm(sum(risers.stream().limit(TOP).map(Change::rise).toList()), rise),
                ppm(sum(amounts.subList(0, Math.min(TOP, amounts.size()))), total));
    }

    /** A part of a whole in parts per million, floored; 0 of nothing. */
    public static int ppm(BigInteger part, BigInteger whole) {
        return whole.signum() == 0 ? 0 : part.multiply(MILLION).divide(whole).intValueExact();
    }

    private static BigInteger sum(List<BigInteger> amounts) {
        return amounts.stream().reduce(BigInteger.ZERO, BigInteger::add);
    }
}
