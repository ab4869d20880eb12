package io.ocos.jobs.rewardpipeline.domain;

import io.ocos.metering.domain.NodeState;
import io.ocos.reputationstream.domain.Reputation;
import io.ocos.schemas.domain.ChainFact;
import org.jspecify.annotations.Nullable;

/**
 * What is kept of a node between two minutes; about 130 bytes. Immutable.
 *
 * @param chain the node as the chain has it
 * @param reputation null before its first registered minute
 * @param nextMinute the first minute that is not closed; only of meaning while the node is registered
 * @param lastVerified minute of its latest counted VERIFIED challenge, -1 for none
 * @param failed counted FAILED events that wait for a registered minute
 * @param mismatch counted MISMATCH events, likewise
 * @param slashed NodeSlashed events, likewise
 */
public record NodeAccount(
        NodeState chain,
        @Nullable Reputation reputation,
        long nextMinute,
        long lastVerified,
        int failed,
        int mismatch,
        int slashed) {

    /** Of a node of which nothing is known. */
    public static final NodeAccount UNKNOWN = new NodeAccount(NodeState.UNKNOWN, null, 0, -1, 0, 0, 0);

    /** The account after a chain event. */
    NodeAccount with(NodeFact.Chain event) {
        return new NodeAccount(
                chain.apply(event.event(), event.minute()),
                reputation,
                nextMinute,
                lastVerified,
                failed,
                mismatch,
                slashed + (event.event() instanceof ChainFact.NodeSlashed ? 1 : 0));
    }

    /** The account after a chain event that has been applied before: it changes the node's state, and is not counted again. */
    NodeAccount again(NodeFact.Chain event) {
        return new NodeAccount(
                chain.reapply(event.event(), event.minute()),
                reputation,
                nextMinute,
                lastVerified,
                failed,
                mismatch,
                slashed);
    }

    /** The account after evidence; evidence comes in the order of minutes. */
    NodeAccount with(NodeFact.Evidence evidence) {
        return switch (evidence.type()) {
            case FAILED -> new NodeAccount(chain, reputation, nextMinute, lastVerified, failed + 1, mismatch, slashed);
            case MISMATCH ->
                new NodeAccount(chain, reputation, nextMinute, lastVerified, failed, mismatch + 1, slashed);
            case VERIFIED ->
                new NodeAccount(
                        chain,
                        reputation,
                        nextMinute,
                        Math.max(lastVerified, evidence.minute()),
                        failed,
                        mismatch,
                        slashed);
            case DISPATCHED, STARTED, PROGRESS -> this;
        };
    }

    /** The account once a registered minute has been closed: what waited has been applied. */
    NodeAccount closed(Reputation after) {
        return new NodeAccount(chain.closed(), after, nextMinute, lastVerified, 0, 0, 0);
    }

    NodeAccount next(long minute) {
        return new NodeAccount(chain, reputation, minute, lastVerified, failed, mismatch, slashed);
    }
}
