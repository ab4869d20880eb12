package io.ocos.metering.domain.usage;

import java.math.BigInteger;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** What plans hold, and which of an account's subscriptions is in force when (SPEC 12). */
final class StoragePlans {

    /** Bytes that a plan holds. */
    private static final Map<String, Long> BYTES = Map.of(
            "STANDARD", 1_000_000_000_000L,
            "PREMIUM", 2_000_000_000_000L,
            "VIP", 7_000_000_000_000L);

    private StoragePlans() {}

    /** An event's position on chain: later ones stand in place of earlier ones. */
    record Position(long blockNumber, long logIndex) implements Comparable<Position> {
        @Override
        public int compareTo(Position other) {
            return blockNumber == other.blockNumber
                    ? Long.compare(logIndex, other.logIndex)
                    : Long.compare(blockNumber, other.blockNumber);
        }
    }

    /** The subscription in force at a time: the last bought of those that have begun, unless that has ended. */
    static AccountFact.@Nullable Subscription at(
            NavigableMap<Position, AccountFact.Subscription> bought, long atMillis) {
        for (AccountFact.Subscription subscription : bought.descendingMap().values()) {
            if (subscription.fromMillis() <= atMillis) {
                return atMillis < subscription.untilMillis() ? subscription : null;
            }
        }
        return null;
    }

    /** Byte-milliseconds that plans hold between two times. */
    static BigInteger allowance(
            NavigableMap<Position, AccountFact.Subscription> bought, long fromMillis, long untilMillis) {
        NavigableSet<Long> cuts = new TreeSet<>();
        cuts.add(fromMillis);
        for (AccountFact.Subscription subscription : bought.values()) {
            cuts.add(subscription.fromMillis());
            cuts.add(subscription.untilMillis());
        }
        BigInteger allowance = BigInteger.ZERO;
        for (Long cut : cuts.subSet(fromMillis, true, untilMillis, false)) {
            Long next = cuts.higher(cut);
            long end = next == null ? untilMillis : Math.min(next, untilMillis);
            AccountFact.Subscription subscription = at(bought, cut);
            long bytes = subscription == null ? 0 : BYTES.getOrDefault(subscription.plan(), 0L);
            allowance = allowance.add(BigInteger.valueOf(bytes).multiply(BigInteger.valueOf(end - cut)));
        }
        return allowance;
    }

    /** Forgets what can never be in force again from a time on. */
    static void forget(NavigableMap<Position, AccountFact.Subscription> bought, long beforeMillis) {
        Position last = null;
        for (Map.Entry<Position, AccountFact.Subscription> entry : bought.entrySet()) {
            if (entry.getValue().fromMillis() <= beforeMillis) {
                last = entry.getKey();
            }
        }
        if (last != null) {
            bought.headMap(last, false).clear();
        }
    }

    /** An empty book of subscriptions. */
    static NavigableMap<Position, AccountFact.Subscription> none() {
        return new TreeMap<>();
    }
}
