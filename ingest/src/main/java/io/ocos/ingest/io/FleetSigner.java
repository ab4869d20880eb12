package io.ocos.ingest.io;

import io.ocos.ingest.config.FleetConfig;
import io.ocos.ingest.domain.FleetTraffic;
import io.ocos.ingest.domain.FleetTraffic.Emission;
import io.ocos.ingest.domain.FleetTraffic.Kind;
import io.ocos.ingest.domain.FleetUsage;
import io.ocos.ingest.io.EnvelopeSigner.Beacon;
import io.ocos.metering.domain.EnvelopeDomain;
import io.ocos.metering.domain.TelemetryPayload;
import io.ocos.metering.domain.TelemetryPayload.Sample;
import io.ocos.schemas.avro.TelemetrySubmission;
import io.ocos.schemas.io.AvroValues;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Signs what a fleet sends, with the key of each node. Safe for use by several threads. */
final class FleetSigner {

    private final FleetTraffic traffic;
    private final List<EnvelopeSigner> signers;
    private final Optional<FleetUsage> usage;

    FleetSigner(FleetConfig config, FleetTraffic traffic) {
        this.traffic = traffic;
        this.usage = FleetFiles.usage(config, traffic.plan());
        EnvelopeDomain domain = new EnvelopeDomain(config.chainId(), config.registry());
        this.signers = traffic.plan().nodes().stream()
                .map(node -> new EnvelopeSigner(
                        domain, NodeKeys.of(node.key().privateKey().toBytes())))
                .toList();
    }

    /** The envelope of an emission: the same bytes for the same emission, forged if it is meant to be. */
    TelemetrySubmission sign(Emission emission, Beacon beacon) {
        Sample sample = traffic.sample(emission);
        TelemetryPayload payload = usage.isPresent()
                ? usage.get().payload(emission, sample)
                : new TelemetryPayload(List.of(sample), List.of(), List.of());
        TelemetrySubmission signed =
                signers.get(emission.node()).sign(emission.sequence(), emission.sentAt(), beacon, payload);
        if (emission.kind() == Kind.BAD_SIGNATURE) {
            signed.setSignature(ByteBuffer.wrap(forge(AvroValues.bytes(signed.getSignature()), emission.sequence())));
        }
        return signed;
    }

    /** By turns: another key's signature or none's, one cut short, one with an unknown v. */
    private static byte[] forge(byte[] signature, long turn) {
        switch ((int) (turn % 3)) {
            case 0 -> signature[40] ^= 1;
            case 1 -> {
                return Arrays.copyOf(signature, signature.length - 1);
            }
            default -> signature[64] = 29;
        }
        return signature;
    }
}
