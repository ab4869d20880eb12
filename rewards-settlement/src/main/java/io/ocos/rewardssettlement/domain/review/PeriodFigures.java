package io.ocos.rewardssettlement.domain.review;

import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.NodeType;
import java.math.BigInteger;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a period's rewards were paid for (SPEC 8, 9). Filled record by record, in order of minutes; not safe for use by several
 * threads.
 */
public final class PeriodFigures {

    /** A paid minute with fewer slots than this, of 6, counts as thin. */
    public static final int THIN_SLOTS = 3;

    /** The cap of a type in a minute, wei. */
    public interface Caps {
        BigInteger cap(NodeType type, long minute);
    }

    /** Of a node type. */
    public static final class OfType {

        private final Set<Address> nodes = new HashSet<>();
        private long nodeMinutes;
        private long paidMinutes;
        private long lastMinute = -1;
        private long minutesAtCap;
        private long lastScaled = -1;
        private BigInteger rewards = BigInteger.ZERO;
        private BigInteger cap = BigInteger.ZERO;

        /** Different nodes that were registered. */
        public int nodes() {
            return nodes.size();
        }

        /** Minutes of all nodes together. */
        public long nodeMinutes() {
            return nodeMinutes;
        }

        /** Those with a reward above 0. */
        public long paidMinutes() {
            return paidMinutes;
        }

        /** Minutes in which rewards were scaled down to the cap. */
        public long minutesAtCap() {
            return minutesAtCap;
        }

        /** Σ of rewards, wei. */
        public BigInteger rewards() {
            return rewards;
        }

        /** Σ of the caps of the minutes in which a node of the type was registered, wei. */
        public BigInteger cap() {
            return cap;
        }
    }

    /** Of a payee. */
    public static final class OfPayee {

        private final Set<Address> nodes = new HashSet<>();
        private long paidMinutes;
        private long thinMinutes;

        /** Different nodes with a paid minute. */
        public int nodes() {
            return nodes.size();
        }

        /** Paid minutes of all of them. */
        public long paidMinutes() {
            return paidMinutes;
        }

        /** Paid minutes with fewer slots than {@link #THIN_SLOTS}. */
        public long thinMinutes() {
            return thinMinutes;
        }
    }

    private final Caps caps;
    private final Map<NodeType, OfType> types = new EnumMap<>(NodeType.class);
    private final SortedMap<Address, OfPayee> payees = new TreeMap<>();
    private final SortedMap<String, Long> unpaid = new TreeMap<>();
    private long nodeMinutes;
    private long jobs;
    private long adjustments;
    private BigInteger jobRewards = BigInteger.ZERO;
    private BigInteger adjusted = BigInteger.ZERO;

    public PeriodFigures(Caps caps) {
        this.caps = caps;
    }

    /**
     * A node's minute.
     *
     * @param slots 0 … 6
     * @param amount wei
     * @param reason {@link io.ocos.rewardssettlement.domain.RewardReason}
     */
    public void addMinute(
            long minute, NodeType type, Address node, Address payee, int slots, BigInteger amount, String reason) {
        OfType ofType = types.computeIfAbsent(type, key -> new OfType());
        nodeMinutes++;
        ofType.nodes.add(node);
        ofType.nodeMinutes++;
        ofType.rewards = ofType.rewards.add(amount);
        if (ofType.lastMinute != minute) {
            ofType.lastMinute = minute;
            ofType.cap = ofType.cap.add(caps.cap(type, minute));
        }
        if (reason.equals("SCALED") && ofType.lastScaled != minute) {
            ofType.lastScaled = minute;
            ofType.minutesAtCap++;
        }
        if (amount.signum() == 0) {
            unpaid.merge(reason, 1L, Long::sum);
            return;
        }
        ofType.paidMinutes++;
        OfPayee ofPayee = payees.computeIfAbsent(payee, key -> new OfPayee());
        ofPayee.nodes.add(node);
        ofPayee.paidMinutes++;
        ofPayee.thinMinutes += slots < THIN_SLOTS ? 1 : 0;
    }

    /** A settled job, wei. */
    public void addJob(BigInteger amount) {
        jobs++;
        jobRewards = jobRewards.add(amount);
    }

    /** An adjustment, wei. */
    public void addAdjustment(BigInteger amount) {
        adjustments++;
        adjusted = adjusted.add(amount);
    }

    /** Types with registered nodes. */
    public Map<NodeType, OfType> types() {
        return types;
    }

    /** Payees with a paid minute. */
    public SortedMap<Address, OfPayee> payees() {
        return payees;
    }

    /** Minutes that were not paid, by reason. */
    public SortedMap<String, Long> unpaid() {
        return unpaid;
    }

    /** All minutes of all nodes. */
    public long nodeMinutes() {
        return nodeMinutes;
    }

    public long jobs() {
        return jobs;
    }

    /** wei. */
    public BigInteger jobRewards() {
        return jobRewards;
    }

    public long adjustments() {
        return adjustments;
    }

    /** wei. */
    public BigInteger adjusted() {
        return adjusted;
    }
}
