package io.ocos.jobs.usage;

import io.ocos.metering.domain.usage.JobReading;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hash32;

/** A reading of a job that was not given to the node; whether the job is known at all is still to be said. */
public record Unassigned(Hash32 job, Address node, JobReading reading) {}
