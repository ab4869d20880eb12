package io.ocos.rewardssettlement.domain.review;

import static org.assertj.core.api.Assertions.assertThat;

import io.ocos.rewardssettlement.domain.BatchLines;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.TokenAmount;
import java.math.BigInteger;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Changes between any two batches are what maps of the amounts give. */
class PayeeChangesPropertyTest {

    private static final int[] NONE = {0, 0};

    /** Payee to {cumulative, delta}. */
    @Provide
    Arbitrary<Map<Integer, int[]>> batches() {
        return Arbitraries.maps(
                        Arbitraries.integers().between(1, 25),
                        Arbitraries.integers().between(1, 40))
                .ofMaxSize(25)
                .map(amounts -> {
                    Map<Integer, int[]> batch = new TreeMap<>();
                    amounts.forEach((payee, amount) -> batch.put(payee, new int[] {amount, amount % 3}));
                    return batch;
                });
    }

    @Property(tries = 300)
    void changesAreThoseOfTheAmounts(
            @ForAll("batches") Map<Integer, int[]> before, @ForAll("batches") Map<Integer, int[]> now) {
        PayeeChanges changes = PayeeChanges.between(lines(before), lines(now));

        Map<Integer, Integer> rises = new TreeMap<>();
        now.forEach((payee, line) -> rises.put(payee, line[0] - before.getOrDefault(payee, NONE)[0]));
        before.keySet().forEach(payee -> rises.computeIfAbsent(payee, gone -> -before.getOrDefault(gone, NONE)[0]));
        List<Integer> risen = rises.entrySet().stream()
                .filter(rise -> rise.getValue() > 0)
                .sorted(Comparator.<Map.Entry<Integer, Integer>>comparingInt(rise -> -rise.getValue())
                        .thenComparing(Map.Entry::getKey))
                .map(Map.Entry::getKey)
                .toList();
        assertThat(changes.risers().stream()
                        .map(change -> number(change.payee()))
                        .toList())
                .isEqualTo(risen);
        assertThat(changes.newcomers().stream()
                        .map(change -> number(change.payee()))
                        .toList())
                .isEqualTo(risen.stream()
                        .filter(payee -> !before.containsKey(payee))
                        .toList());
        assertThat(changes.fallen().stream()
                        .map(change -> number(change.payee()))
                        .sorted()
                        .toList())
                .isEqualTo(rises.entrySet().stream()
                        .filter(rise -> rise.getValue() < 0)
                        .map(Map.Entry::getKey)
                        .toList());
        assertThat(changes.leavers().stream()
                        .map(leaver -> number(leaver.payee()))
                        .sorted()
                        .toList())
                .isEqualTo(rises.entrySet().stream()
                        .filter(rise -> rise.getValue() == 0 && before.getOrDefault(rise.getKey(), NONE)[1] > 0)
                        .map(Map.Entry::getKey)
                        .toList());
        int rise =
                risen.stream().mapToInt(payee -> rises.getOrDefault(payee, 0)).sum();
        assertThat(changes.rise()).isEqualTo(BigInteger.valueOf(rise));
        assertThat(changes.topTenOfRise())
                .isEqualTo(
                        rise == 0
                                ? 0
                                : (int) (risen.stream()
                                                .limit(10)
                                                .mapToLong(payee -> rises.getOrDefault(payee, 0))
                                                .sum()
                                        * 1_000_000
                                        / rise));
        long total = now.values().stream().mapToLong(line -> line[0]).sum();
        assertThat(changes.total()).isEqualTo(BigInteger.valueOf(total));
        assertThat(changes.topTenOfTotal())
                .isEqualTo(
                        total == 0
                                ? 0
                                : (int) (now.values().stream()
                                                .map(line -> line[0])
                                                .sorted(Comparator.reverseOrder())
                                                .limit(10)
                                                .mapToLong(amount -> amount)
                                                .sum()
                                        * 1_000_000
                                        / total));
    }

    private static BatchLines lines(Map<Integer, int[]> batch) {
        BatchLines.Packer packer = new BatchLines.Packer(batch.size());
        batch.forEach((payee, line) ->
                packer.add(new Address(0, 0, payee), TokenAmount.wei(line[0]), TokenAmount.wei(line[1])));
        return BatchLines.of(List.of(packer.block()));
    }

    private static int number(Address payee) {
        byte[] bytes = payee.toBytes();
        return bytes[bytes.length - 1];
    }
}
