package io.ocos.jobs.rewardpipeline.domain;

import io.ocos.metering.domain.Uptime;
import io.ocos.schemas.domain.NodeType;
import io.ocos.schemas.domain.Parameters;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import java.util.function.LongFunction;
import java.util.function.LongUnaryOperator;
import org.jspecify.annotations.Nullable;

/** Closes a node's minutes in their order (SPEC 4–9). */
public final class NodeLedger {

    /** Where what becomes of a minute goes. */
    public interface Output {

        /**
         * A minute in which the node is registered.
         *
         * @param type of the node
         * @param slots 0 … 6
         * @param account after the minute
         */
        void minute(
                long minute,
                NodeType type,
                int slots,
                NodeAccount account,
                NodeMinuteResult result,
                Parameters parameters);

        /**
         * A settled job of the node.
         *
         * @param account as at the minute; not registered: nothing is paid
         * @param amount wei
         */
        void job(NodeFact.Settled job, NodeAccount account, BigInteger amount);
    }

    private static final Comparator<NodeFact.Chain> CHAIN_ORDER =
            Comparator.comparingLong(NodeFact.Chain::blockNumber).thenComparingLong(NodeFact.Chain::logIndex);

    private static final Comparator<NodeFact.Settled> SETTLED_ORDER =
            Comparator.comparingLong(NodeFact.Settled::blockNumber).thenComparingLong(NodeFact.Settled::logIndex);

    private NodeLedger() {}

    /**
     * Closes every minute up to one.
     *
     * @param account before the first of them
     * @param facts what takes effect in them and later, as far as it is known, by minute, presence aside; those of closed
     *     minutes are taken out, and events that must be applied once more are put in
     * @param slotBits the slots of a minute, as bits
     * @param last the last minute to close
     * @param parameters as at a minute
     * @return the account after the last
     * @throws UnknownRulesException before anything of that minute is written
     */
    public static NodeAccount close(
            NodeAccount account,
            SortedMap<Long, List<NodeFact>> facts,
            LongUnaryOperator slotBits,
            long last,
            LongFunction<Parameters> parameters,
            Output output) {
        boolean ordered = areInChainOrder(facts.values());
        NodeAccount current = account;
        for (long minute = next(current, facts); minute <= last; minute = next(current, facts)) {
            List<NodeFact> ofMinute = facts.remove(minute);
            current = minute(minute, current, ofMinute, slotBits, parameters.apply(minute), output);
            if (!ordered && ofMinute != null) {
                repeatAfterEarlier(ofMinute, facts);
            }
        }
        return current;
    }

    /** Whether no event takes effect in an earlier minute than one that precedes it in the chain: whether block times rise. */
    private static boolean areInChainOrder(Iterable<List<NodeFact>> byMinute) {
        NodeFact.Chain last = null;
        for (List<NodeFact> facts : byMinute) {
            NodeFact.Chain highest = last;
            for (NodeFact fact : facts) {
                NodeFact.Chain event = chainEvent(fact);
                if (event == null) {
                    continue;
                }
                if (last != null && CHAIN_ORDER.compare(event, last) < 0) {
                    return false;
                }
                highest = highest == null || CHAIN_ORDER.compare(event, highest) > 0 ? event : highest;
            }
            last = highest;
        }
        return true;
    }

    private static NodeFact.@Nullable Chain chainEvent(NodeFact fact) {
        return fact instanceof NodeFact.Chain event
                ? event
                : fact instanceof NodeFact.Again again ? again.event() : null;
    }

    /**
     * Puts events that have been applied once more where one takes effect that precedes them in the chain. What that one
     * changes and they do not, stays; what they change is as they left it, whatever was between.
     */
    private static void repeatAfterEarlier(List<NodeFact> applied, SortedMap<Long, List<NodeFact>> later) {
        for (NodeFact fact : applied) {
            NodeFact.Chain event = chainEvent(fact);
            if (event != null) {
                later.entrySet().stream()
                        .filter(entry -> entry.getValue().stream()
                                .anyMatch(other -> other instanceof NodeFact.Chain earlier
                                        && CHAIN_ORDER.compare(earlier, event) < 0))
                        .findFirst()
                        .ifPresent(entry -> entry.getValue().add(new NodeFact.Again(entry.getKey(), event)));
            }
        }
    }

    /** The next minute in which something happens: each one while registered, else that of the next fact. */
    private static long next(NodeAccount account, SortedMap<Long, List<NodeFact>> facts) {
        if (account.chain().isRegistered()) {
            return account.nextMinute();
        }
        return facts.isEmpty() ? Long.MAX_VALUE : Objects.requireNonNull(facts.firstKey());
    }

    private static NodeAccount minute(
            long minute,
            NodeAccount before,
            @Nullable List<NodeFact> facts,
            LongUnaryOperator slotBits,
            Parameters parameters,
            Output output) {
        RewardRules rules = RewardRules.of(minute, parameters);
        NodeAccount account = before;
        List<NodeFact.Settled> settled = List.of();
        if (facts != null) {
            account = apply(account, facts);
            settled = settled(facts);
        }
        NodeType type = account.chain().registeredType().orElse(null);
        if (type != null) {
            int slots = Uptime.slots((int) slotBits.applyAsLong(minute));
            NodeMinuteResult result = rules.nodeMinute(minute, account, slots, settled, parameters);
            account = account.closed(result.reputation());
            output.minute(minute, type, slots, account, result, parameters);
        }
        for (NodeFact.Settled job : settled) {
            output.job(job, account, type == null ? BigInteger.ZERO : rules.jobReward(job.fee(), parameters));
        }
        return account.next(minute + 1);
    }

    private static NodeAccount apply(NodeAccount before, List<NodeFact> facts) {
        NodeAccount account = before;
        List<NodeFact> events = new ArrayList<>(facts);
        events.removeIf(fact -> chainEvent(fact) == null);
        events.sort(Comparator.comparing(fact -> Objects.requireNonNull(chainEvent(fact)), CHAIN_ORDER));
        for (NodeFact fact : events) {
            account = fact instanceof NodeFact.Again again
                    ? account.again(again.event())
                    : account.with((NodeFact.Chain) fact);
        }
        for (NodeFact fact : facts) {
            if (fact instanceof NodeFact.Evidence evidence) {
                account = account.with(evidence);
            }
        }
        return account;
    }

    private static List<NodeFact.Settled> settled(List<NodeFact> facts) {
        return facts.stream()
                .filter(NodeFact.Settled.class::isInstance)
                .map(NodeFact.Settled.class::cast)
                .sorted(SETTLED_ORDER)
                .toList();
    }
}
