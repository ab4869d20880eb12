package io.ocos.metering.domain;

import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hash32;

/**
 * What a node signed, and the signature (SPEC 2.1). Times are milliseconds since the Unix epoch, never negative.
 *
 * @param node the address that claims to have signed
 * @param sequence ≥ 0
 * @param sentAt node's clock when it signed
 * @param beaconBlock ≥ 0
 * @param beaconHash hash of that block
 * @param payload Avro binary of {@code TelemetryBatch}; not copied
 * @param signature r ‖ s ‖ v, any number of bytes; not copied
 */
@SuppressWarnings("ArrayRecordComponent") // Carried verbatim and never compared.
public record Envelope(
        Address node,
        long sequence,
        long sentAt,
        long beaconBlock,
        Hash32 beaconHash,
        byte[] payload,
        byte[] signature) {}
