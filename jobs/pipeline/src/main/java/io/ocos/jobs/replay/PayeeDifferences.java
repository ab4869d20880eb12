package io.ocos.jobs.replay;

import io.ocos.schemas.domain.Address;
import java.io.BufferedWriter;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * What each payee has earned in all closed minutes, and would have earned.
 *
 * @param payees those with a reward above 0 in either, in their order
 */
public record PayeeDifferences(SortedMap<Address, Amounts> payees) {

    /** Of no payee. */
    static final PayeeDifferences NONE = new PayeeDifferences(new TreeMap<>());

    private static final String HEADER = "payee,cumulative,whatIfCumulative,difference";

    /** Columns of {@code rewards.csv}. */
    private static final int PAYEE = 4;

    private static final int AMOUNT = 5;

    /**
     * Of a payee, or of all, wei.
     *
     * @param cumulative Σ of the rewards as they are
     * @param whatIf Σ of the rewards as they would be
     */
    public record Amounts(BigInteger cumulative, BigInteger whatIf) {

        static final Amounts ZERO = new Amounts(BigInteger.ZERO, BigInteger.ZERO);

        /** By how much it would be more; below 0: less. */
        public BigInteger difference() {
            return whatIf.subtract(cumulative);
        }

        Amounts plus(Amounts other) {
            return new Amounts(cumulative.add(other.cumulative), whatIf.add(other.whatIf));
        }
    }

    /** Between two files {@code rewards.csv} (SPEC 13). */
    public static PayeeDifferences between(Path rewards, Path whatIfRewards) throws IOException {
        Map<Address, BigInteger> cumulative = sums(rewards);
        Map<Address, BigInteger> whatIf = sums(whatIfRewards);
        SortedMap<Address, Amounts> payees = new TreeMap<>();
        cumulative.forEach((payee, amount) -> payees.merge(payee, new Amounts(amount, BigInteger.ZERO), Amounts::plus));
        whatIf.forEach((payee, amount) -> payees.merge(payee, new Amounts(BigInteger.ZERO, amount), Amounts::plus));
        return new PayeeDifferences(payees);
    }

    /** Σ of all payees. */
    public Amounts total() {
        return payees.values().stream().reduce(Amounts.ZERO, Amounts::plus);
    }

    /** How many payees would have another amount. */
    public long changed() {
        Collection<Amounts> amounts = payees.values();
        return amounts.stream().filter(each -> each.difference().signum() != 0).count();
    }

    void write(Path file) throws IOException {
        try (BufferedWriter out = Files.newBufferedWriter(file)) {
            out.write(HEADER + "\n");
            for (Map.Entry<Address, Amounts> payee : payees.entrySet()) {
                Amounts amounts = payee.getValue();
                out.write("%s,%d,%d,%d\n"
                        .formatted(payee.getKey(), amounts.cumulative(), amounts.whatIf(), amounts.difference()));
            }
        }
    }

    private static Map<Address, BigInteger> sums(Path rewards) throws IOException {
        Map<Address, BigInteger> sums = new HashMap<>();
        try (Stream<String> lines = Files.lines(rewards)) {
            lines.skip(1).map(line -> line.split(",", -1)).forEach(fields -> {
                BigInteger amount = new BigInteger(fields[AMOUNT]);
                if (amount.signum() > 0) {
                    sums.merge(Address.parse(fields[PAYEE]), amount, BigInteger::add);
                }
            });
        }
        return sums;
    }
}
