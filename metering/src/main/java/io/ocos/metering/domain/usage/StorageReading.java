package io.ocos.metering.domain.usage;

/**
 * What a node stores for an account at a time.
 *
 * @param at node's clock, ms
 * @param bytes ≥ 0
 * @param partition source partition of the envelope
 * @param offset source offset of the envelope
 * @param entry index in the payload, of all its entries
 */
public record StorageReading(long at, long bytes, int partition, long offset, int entry) {}
