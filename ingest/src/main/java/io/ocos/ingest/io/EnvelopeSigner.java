package io.ocos.ingest.io;

import io.ocos.metering.domain.Envelope;
import io.ocos.metering.domain.EnvelopeDomain;
import io.ocos.metering.domain.TelemetryPayload;
import io.ocos.schemas.avro.JobUsage;
import io.ocos.schemas.avro.Sample;
import io.ocos.schemas.avro.StorageUsage;
import io.ocos.schemas.avro.TelemetryBatch;
import io.ocos.schemas.avro.TelemetrySubmission;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.io.AvroValues;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.specific.SpecificDatumWriter;

/** Makes signed envelopes of a node (SPEC 2.1). Safe for use by several threads. */
public final class EnvelopeSigner {

    private static final SpecificDatumWriter<TelemetryBatch> PAYLOAD = new SpecificDatumWriter<>(TelemetryBatch.class);

    private final EnvelopeDomain domain;
    private final NodeKeys keys;

    public EnvelopeSigner(EnvelopeDomain domain, NodeKeys keys) {
        this.domain = domain;
        this.keys = keys;
    }

    /**
     * A recent block.
     *
     * @param block number, ≥ 0
     * @param hash its hash
     */
    public record Beacon(long block, Hash32 hash) {}

    /**
     * An envelope, signed.
     *
     * @param sequence ≥ 0, never used before by this node
     * @param sentAt the node's clock, ms UTC
     */
    public TelemetrySubmission sign(long sequence, long sentAt, Beacon beacon, TelemetryPayload payload) {
        byte[] bytes = encode(payload);
        byte[] digest = domain.digest(
                new Envelope(keys.address(), sequence, sentAt, beacon.block, beacon.hash, bytes, new byte[0]));
        return new TelemetrySubmission(
                AvroValues.avro(keys.address()),
                sequence,
                sentAt,
                beacon.block,
                AvroValues.avro(beacon.hash),
                ByteBuffer.wrap(bytes),
                ByteBuffer.wrap(keys.sign(digest)));
    }

    /** The Avro binary of a payload (SPEC 2.1). */
    public static byte[] encode(TelemetryPayload payload) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        BinaryEncoder encoder = EncoderFactory.get().directBinaryEncoder(bytes, null);
        try {
            PAYLOAD.write(batch(payload), encoder);
            encoder.flush();
        } catch (IOException e) {
            throw new UncheckedIOException("a payload could not be written to memory", e);
        }
        return bytes.toByteArray();
    }

    private static TelemetryBatch batch(TelemetryPayload payload) {
        List<Sample> samples = new ArrayList<>(payload.samples().size());
        for (TelemetryPayload.Sample sample : payload.samples()) {
            samples.add(new Sample(
                    sample.at(),
                    sample.cpuPpm(),
                    sample.memoryPpm(),
                    sample.gpuPpm(),
                    sample.gpuMemoryPpm(),
                    sample.diskPpm(),
                    sample.rxBytes(),
                    sample.txBytes(),
                    sample.bootId()));
        }
        List<JobUsage> jobUsage = new ArrayList<>(payload.jobUsage().size());
        for (TelemetryPayload.JobUsage usage : payload.jobUsage()) {
            jobUsage.add(new JobUsage(
                    AvroValues.avro(usage.jobId()),
                    usage.at(),
                    usage.cpuMillis(),
                    usage.gpuMillis(),
                    usage.egressBytes()));
        }
        List<StorageUsage> storageUsage = new ArrayList<>(payload.storageUsage().size());
        for (TelemetryPayload.StorageUsage usage : payload.storageUsage()) {
            storageUsage.add(new StorageUsage(AvroValues.avro(usage.account()), usage.at(), usage.bytesStored()));
        }
        return new TelemetryBatch(samples, jobUsage, storageUsage);
    }
}
