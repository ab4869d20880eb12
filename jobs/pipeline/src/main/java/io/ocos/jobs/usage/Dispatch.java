package io.ocos.jobs.usage;

import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hash32;

/**
 * A job was dispatched to a node, or started there.
 *
 * @param at when, ms
 */
public record Dispatch(Hash32 job, Address node, long at) {}
