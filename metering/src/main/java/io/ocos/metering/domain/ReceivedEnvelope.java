package io.ocos.metering.domain;

/**
 * An envelope as a gateway has accepted it.
 *
 * @param receivedAt gateway's clock, milliseconds since the Unix epoch
 */
public record ReceivedEnvelope(Envelope envelope, long receivedAt) {}
