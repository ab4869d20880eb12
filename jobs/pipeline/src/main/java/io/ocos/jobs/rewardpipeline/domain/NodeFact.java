package io.ocos.jobs.rewardpipeline.domain;

import io.ocos.schemas.avro.JobEventType;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.ChainFact;
import io.ocos.schemas.domain.Hash32;
import java.math.BigInteger;

/** Something that changes a node's minute. None comes twice, except {@link Presence}, which may be repeated at will. */
public sealed interface NodeFact {

    /** The node. */
    Address node();

    /** The minute in which it takes effect. */
    long minute();

    /**
     * Envelopes that count for uptime (SPEC 5).
     *
     * @param bits the slots in which they were received, one bit each
     * @param partition source partition of one of them, -1 when it has none
     * @param offset its source offset, -1 when it has none
     */
    record Presence(Address node, long minute, int bits, int partition, long offset) implements NodeFact {}

    /**
     * A chain event of the node's state (SPEC 4).
     *
     * @param minute its effective minute
     * @param offset source offset, -1 when it has none
     */
    record Chain(long minute, long blockNumber, long logIndex, long offset, ChainFact.OfNode event)
            implements NodeFact {
        @Override
        public Address node() {
            return event.node();
        }
    }

    /**
     * A chain event that takes effect before one that precedes it in the chain, for the minute of that one: it is applied once
     * more, since it must not be undone (SPEC 4: in chain order). There are none unless block times go back.
     *
     * @param minute in which the other takes effect
     * @param event as it took effect
     */
    record Again(long minute, Chain event) implements NodeFact {
        @Override
        public Address node() {
            return event.node();
        }
    }

    /**
     * Evidence that counts (SPEC 6).
     *
     * @param type FAILED, MISMATCH, or VERIFIED of a challenge
     */
    record Evidence(Address node, long minute, JobEventType type) implements NodeFact {}

    /**
     * A {@code JobSettled} whose job is known (SPEC 6, 9).
     *
     * @param minute its effective minute
     * @param customer of the job
     * @param fee wei
     */
    record Settled(
            Address node, long minute, long blockNumber, long logIndex, Hash32 jobId, BigInteger fee, Address customer)
            implements NodeFact {}
}
