package io.ocos.ingest.domain;

import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hash32;

/**
 * Where an accepted envelope lies (DESIGN 2, "Receipts"): with it and the gateway's signature a node can prove that an
 * envelope was accepted.
 *
 * @param node who signed the envelope
 * @param sequence its sequence number
 * @param payloadHash keccak256 of its payload
 * @param receivedAt milliseconds, the gateway's clock
 * @param gateway the gateway that accepted it
 * @param partition of topic {@code telemetry}
 * @param offset in that partition
 */
public record Receipt(
        Address node, long sequence, Hash32 payloadHash, long receivedAt, String gateway, int partition, long offset) {}
