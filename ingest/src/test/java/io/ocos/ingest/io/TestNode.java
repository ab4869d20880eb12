package io.ocos.ingest.io;

import io.ocos.metering.domain.Envelope;
import io.ocos.metering.domain.EnvelopeDomain;
import io.ocos.schemas.avro.TelemetrySubmission;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.domain.Keccak;
import io.ocos.schemas.io.AvroValues;
import io.ocos.schemas.io.RecordCodec;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** A node that signs as a real one does, and can be made to sign anything. */
record TestNode(NodeKeys keys, EnvelopeDomain domain) {

    /** A payload with no entries: three empty arrays. */
    static final byte[] EMPTY_PAYLOAD = {0, 0, 0};

    static TestNode named(String name, EnvelopeDomain domain) {
        return new TestNode(NodeKeys.of(Keccak.hash(name.getBytes(StandardCharsets.UTF_8))), domain);
    }

    Address address() {
        return keys.address();
    }

    Envelope sign(long sequence, long sentAt, long beaconBlock, Hash32 beaconHash, byte[] payload) {
        return signAs(address(), sequence, sentAt, beaconBlock, beaconHash, payload);
    }

    /** Claims to be another node. */
    Envelope signAs(Address node, long sequence, long sentAt, long beaconBlock, Hash32 beaconHash, byte[] payload) {
        Envelope unsigned = new Envelope(node, sequence, sentAt, beaconBlock, beaconHash, payload, new byte[0]);
        return withSignature(unsigned, keys.sign(domain.digest(unsigned)));
    }

    static Envelope withSignature(Envelope envelope, byte[] signature) {
        return new Envelope(
                envelope.node(),
                envelope.sequence(),
                envelope.sentAt(),
                envelope.beaconBlock(),
                envelope.beaconHash(),
                envelope.payload(),
                signature);
    }

    /** The body of a request. */
    static byte[] body(Envelope envelope) {
        return RecordCodec.encode(new TelemetrySubmission(
                AvroValues.avro(envelope.node()),
                envelope.sequence(),
                envelope.sentAt(),
                envelope.beaconBlock(),
                AvroValues.avro(envelope.beaconHash()),
                ByteBuffer.wrap(envelope.payload()),
                ByteBuffer.wrap(envelope.signature())));
    }
}
