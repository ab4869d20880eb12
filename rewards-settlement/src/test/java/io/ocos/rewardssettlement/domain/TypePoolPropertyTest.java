package io.ocos.rewardssettlement.domain;

import static org.assertj.core.api.Assertions.assertThat;

import io.ocos.rewardssettlement.domain.TypePool.Claim;
import io.ocos.schemas.domain.Address;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.constraints.BigRange;

class TypePoolPropertyTest {

    @Property
    void thePoolIsConserved(
            @ForAll("raws") List<BigInteger> raws, @ForAll @BigRange(min = "0", max = "1000000") BigInteger cap) {
        List<Claim> claims = claims(raws);
        List<BigInteger> rewards = TypePool.allocate(claims, cap);
        BigInteger paid = rewards.stream().reduce(BigInteger.ZERO, BigInteger::add);
        assertThat(paid).isEqualTo(TypePool.total(claims).min(cap));
        for (int i = 0; i < raws.size(); i++) {
            assertThat(rewards.get(i)).isLessThanOrEqualTo(raws.get(i));
        }
    }

    @Property
    void arrivalOrderChangesNothing(
            @ForAll("raws") List<BigInteger> raws,
            @ForAll @BigRange(min = "0", max = "1000000") BigInteger cap,
            @ForAll long seed) {
        List<Claim> claims = claims(raws);
        List<Claim> shuffled = new ArrayList<>(claims);
        Collections.shuffle(shuffled, new Random(seed));
        assertThat(byNode(shuffled, cap)).isEqualTo(byNode(claims, cap));
    }

    /** Largest remainders by the plainest means: hand out the dust wei by wei. */
    @Property
    void dustGoesToTheLargestRemainders(
            @ForAll("raws") List<BigInteger> raws, @ForAll @BigRange(min = "1", max = "1000") BigInteger cap) {
        List<Claim> claims = claims(raws);
        BigInteger total = TypePool.total(claims);
        if (total.compareTo(cap) <= 0) {
            assertThat(TypePool.allocate(claims, cap)).isEqualTo(raws);
            return;
        }
        List<BigInteger> expected = new ArrayList<>();
        List<BigInteger> remainders = new ArrayList<>();
        BigInteger left = cap;
        for (BigInteger raw : raws) {
            expected.add(raw.multiply(cap).divide(total));
            remainders.add(raw.multiply(cap).mod(total));
            left = left.subtract(raw.multiply(cap).divide(total));
        }
        for (; left.signum() > 0; left = left.subtract(BigInteger.ONE)) {
            int best = 0;
            for (int i = 1; i < raws.size(); i++) {
                if (remainders.get(i).compareTo(remainders.get(best)) > 0) {
                    best = i; // Claims are in node order, so the first of equals is the smaller address.
                }
            }
            expected.set(best, expected.get(best).add(BigInteger.ONE));
            remainders.set(best, BigInteger.ONE.negate());
        }
        assertThat(TypePool.allocate(claims, cap)).isEqualTo(expected);
    }

    @Example
    void anEmptyPoolAndAPoolOfZeroes() {
        assertThat(TypePool.allocate(List.of(), BigInteger.ZERO)).isEmpty();
        assertThat(TypePool.allocate(claims(List.of(BigInteger.ZERO, BigInteger.ZERO)), BigInteger.TEN))
                .containsExactly(BigInteger.ZERO, BigInteger.ZERO);
    }

    @Provide
    Arbitrary<List<BigInteger>> raws() {
        Arbitrary<BigInteger> small = Arbitraries.bigIntegers().between(BigInteger.ZERO, BigInteger.valueOf(50));
        Arbitrary<BigInteger> large = Arbitraries.bigIntegers().between(BigInteger.ZERO, BigInteger.TWO.pow(300));
        return Arbitraries.frequencyOf(Tuple.of(5, small), Tuple.of(1, large))
                .list()
                .ofMaxSize(40);
    }

    private static Map<Address, BigInteger> byNode(List<Claim> claims, BigInteger cap) {
        List<BigInteger> rewards = TypePool.allocate(claims, cap);
        Map<Address, BigInteger> byNode = new HashMap<>();
        for (int i = 0; i < claims.size(); i++) {
            byNode.put(claims.get(i).node(), rewards.get(i));
        }
        return byNode;
    }

    private static List<Claim> claims(List<BigInteger> raws) {
        List<Claim> claims = new ArrayList<>();
        for (int i = 0; i < raws.size(); i++) {
            claims.add(new Claim(new Address(0, 0, i), raws.get(i)));
        }
        return claims;
    }
}
