package io.ocos.rewardssettlement.domain.review;

import io.ocos.rewardssettlement.domain.BatchLines;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.NodeType;
import io.ocos.schemas.domain.TokenAmount;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/** What a person should look at before a batch can pay. A finding is no proof of anything, and no finding is none either. */
public final class Anomalies {

    /** Rises of more than so many times the median. */
    static final int RISE_FACTOR = 5;

    /** Earlier batches that a median needs at least. */
    static final int RISE_HISTORY = 3;

    /** Smaller shares of the whole rise are not looked at, ppm. */
    static final int NOTABLE_PPM = 1_000;

    static final int NEWCOMER_PPM = 50_000;
    static final int MANY_NODES = 10;
    static final int MANY_NODES_PERCENT = 25;

    /** What is looked for. */
    public enum Rule {
        AMOUNT_FELL("a payee has less than before, or is gone; amounts never fall"),
        ABOVE_EPOCH_CAP("the total is above what the contract's epoch cap allows"),
        ABOVE_TYPE_CAP("a node type's rewards are above the sum of its caps"),
        STEEP_RISE(
                "a payee earned more than %d times the median of its last batches per epoch, at least %d of them, and at least 0.1 %% of the whole rise"
                        .formatted(RISE_FACTOR, RISE_HISTORY)),
        LARGE_NEWCOMER("a payee that was never paid has 5 % of the whole rise or more"),
        MANY_NODES_OF_ONE_OWNER(
                "an owner has at least %d paid nodes and %d %% of all".formatted(MANY_NODES, MANY_NODES_PERCENT)),
        THIN_PRESENCE("more than half of a payee's paid minutes, and at least 10, had fewer than %d of 6 slots"
                .formatted(PeriodFigures.THIN_SLOTS)),
        ADJUSTMENTS("rewards that the guardian granted by decision");

        private final String meaning;

        Rule(String meaning) {
            this.meaning = meaning;
        }

        /** What it says, for people. */
        public String meaning() {
            return meaning;
        }
    }

    /** Something to look at. */
    public record Finding(Rule rule, String detail) {}

    /**
     * A batch before.
     *
     * @param epochs since the batch before it, at least 1
     */
    public record Earlier(BatchLines lines, long epochs) {}

    private Anomalies() {}

    /**
     * What there is to look at.
     *
     * @param epochs that the changes happened in, at least 1
     * @param maximumTotal what the contract allows, wei
     * @param history the batches up to the one that the changes are against; newest last
     * @param figures empty when the batch was not computed again
     */
    public static List<Finding> find(
            PayeeChanges changes,
            long epochs,
            TokenAmount maximumTotal,
            List<Earlier> history,
            Optional<PeriodFigures> figures) {
        List<Finding> findings = new ArrayList<>();
        changes.fallen()
                .forEach(change -> findings.add(new Finding(
                        Rule.AMOUNT_FELL,
                        "%s: from %s to %s OCOS"
                                .formatted(
                                        change.payee(),
                                        change.before().toOcos(),
                                        change.now().toOcos()))));
        if (changes.total().compareTo(maximumTotal.wei()) > 0) {
            findings.add(new Finding(
                    Rule.ABOVE_EPOCH_CAP,
                    "%s OCOS, allowed are %s".formatted(ocos(changes.total()), maximumTotal.toOcos())));
        }
        steepRises(changes, epochs, history, findings);
        for (PayeeChanges.Change newcomer : changes.newcomers()) {
            int share = PayeeChanges.ppm(newcomer.rise(), changes.rise());
            if (share >= NEWCOMER_PPM && !history.isEmpty()) {
                findings.add(new Finding(
                        Rule.LARGE_NEWCOMER,
                        "%s: %s OCOS, %s of the rise"
                                .formatted(newcomer.payee(), ocos(newcomer.rise()), percent(share))));
            }
        }
        figures.ifPresent(period -> ofPeriod(period, findings));
        return List.copyOf(findings);
    }

    /** Parts per million as percent with one decimal. */
    public static String percent(int ppm) {
        return "%d.%d %%".formatted(ppm / 10_000, ppm % 10_000 / 1_000);
    }

    private static void steepRises(PayeeChanges changes, long epochs, List<Earlier> history, List<Finding> findings) {
        if (history.size() < RISE_HISTORY) {
            return;
        }
        Predicate<PayeeChanges.Change> notable =
                change -> PayeeChanges.ppm(change.rise(), changes.rise()) >= NOTABLE_PPM;
        for (PayeeChanges.Change change :
                changes.risers().stream().takeWhile(notable).toList()) {
            List<BigInteger> rates = new ArrayList<>();
            for (Earlier earlier : history) {
                int row = earlier.lines().indexOf(change.payee());
                if (row >= 0) {
                    rates.add(earlier.lines().delta(row).wei().divide(BigInteger.valueOf(earlier.epochs())));
                }
            }
            if (rates.size() >= RISE_HISTORY) {
                rates.sort(null);
                BigInteger median = rates.get(rates.size() / 2);
                BigInteger rate = change.rise().divide(BigInteger.valueOf(epochs));
                if (rate.compareTo(median.multiply(BigInteger.valueOf(RISE_FACTOR))) > 0) {
                    findings.add(new Finding(
                            Rule.STEEP_RISE,
                            "%s: %s OCOS per epoch, the median of its last %d batches is %s"
                                    .formatted(change.payee(), ocos(rate), rates.size(), ocos(median))));
                }
            }
        }
    }

    private static void ofPeriod(PeriodFigures period, List<Finding> findings) {
        for (Map.Entry<NodeType, PeriodFigures.OfType> type : period.types().entrySet()) {
            if (type.getValue().rewards().compareTo(type.getValue().cap()) > 0) {
                findings.add(new Finding(
                        Rule.ABOVE_TYPE_CAP,
                        "%s: %s OCOS, its caps are %s"
                                .formatted(
                                        type.getKey(),
                                        ocos(type.getValue().rewards()),
                                        ocos(type.getValue().cap()))));
            }
        }
        int nodes = period.payees().values().stream()
                .mapToInt(PeriodFigures.OfPayee::nodes)
                .sum();
        for (Map.Entry<Address, PeriodFigures.OfPayee> payee : period.payees().entrySet()) {
            PeriodFigures.OfPayee own = payee.getValue();
            if (own.nodes() >= MANY_NODES && own.nodes() * 100L >= (long) nodes * MANY_NODES_PERCENT) {
                findings.add(new Finding(
                        Rule.MANY_NODES_OF_ONE_OWNER,
                        "%s: %d of %d paid nodes".formatted(payee.getKey(), own.nodes(), nodes)));
            }
            if (own.thinMinutes() >= 10 && own.thinMinutes() * 2 > own.paidMinutes()) {
                findings.add(new Finding(
                        Rule.THIN_PRESENCE,
                        "%s: %d of %d paid minutes".formatted(payee.getKey(), own.thinMinutes(), own.paidMinutes())));
            }
        }
        if (period.adjustments() > 0) {
            findings.add(new Finding(
                    Rule.ADJUSTMENTS, "%d, %s OCOS".formatted(period.adjustments(), ocos(period.adjusted()))));
        }
    }

    private static String ocos(BigInteger wei) {
        return TokenAmount.saturated(wei).toOcos();
    }
}
