package io.ocos.jobs.usage;

import io.ocos.metering.domain.usage.JobAssignment;
import io.ocos.metering.domain.usage.UsageEntries;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hash32;

/** What the usage on a node depends on. */
public sealed interface NodeFact {

    /** The node. */
    Address node();

    /** An envelope's entries. */
    record Report(Address node, UsageEntries entries) implements NodeFact {}

    /** A job was given to the node. */
    record Assigned(Address node, Hash32 job, JobAssignment assignment) implements NodeFact {}

    /**
     * The registry says where the node is.
     *
     * @param atMillis commit time of the change
     * @param sequence order of changes with the same time
     * @param region empty for none
     */
    record Placed(Address node, long atMillis, long sequence, String region) implements NodeFact {}
}
