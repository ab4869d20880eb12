package io.ocos.rewardssettlement.domain;

import io.ocos.schemas.domain.Address;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** The pool of one node type in one minute (SPEC 8): what is asked for, or the cap shared out by largest remainder. */
public final class TypePool {

    /** A node's claim on the pool. */
    public record Claim(Address node, BigInteger raw) {}

    private TypePool() {}

    /** Σ raw. */
    public static BigInteger total(List<Claim> claims) {
        return claims.stream().map(Claim::raw).reduce(BigInteger.ZERO, BigInteger::add);
    }

    /**
     * The rewards, in the order of the claims; their sum is Σ raw, or exactly the cap when that is less.
     *
     * @param cap wei, ≥ 0
     */
    public static List<BigInteger> allocate(List<Claim> claims, BigInteger cap) {
        BigInteger total = total(claims);
        if (total.compareTo(cap) <= 0) {
            return claims.stream().map(Claim::raw).toList();
        }
        List<BigInteger> rewards = new ArrayList<>(claims.size());
        List<Remainder> remainders = new ArrayList<>(claims.size());
        BigInteger left = cap;
        for (int i = 0; i < claims.size(); i++) {
            BigInteger[] share = claims.get(i).raw().multiply(cap).divideAndRemainder(total);
            rewards.add(share[0]);
            remainders.add(new Remainder(i, share[1], claims.get(i).node()));
            left = left.subtract(share[0]);
        }
        remainders.sort(Comparator.comparing(Remainder::value).reversed().thenComparing(Remainder::node));
        for (Remainder remainder : remainders.subList(0, left.intValueExact())) {
            rewards.set(remainder.index, rewards.get(remainder.index).add(BigInteger.ONE));
        }
        return rewards;
    }

    private record Remainder(int index, BigInteger value, Address node) {}
}
