package io.ocos.ingest.io;

import io.ocos.schemas.avro.Sample;
import io.ocos.schemas.avro.TelemetryBatch;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.specific.SpecificDatumWriter;

/** Payloads of envelopes. */
final class Payloads {

    private Payloads() {}

    static byte[] samplesAt(long... times) {
        List<Sample> samples = Arrays.stream(times)
                .mapToObj(at -> new Sample(at, 1, 2, 3, 4, 5, 6L, 7L, 8L))
                .toList();
        return encode(new TelemetryBatch(samples, List.of(), List.of()));
    }

    /** One sample with this share and this counter. */
    static byte[] sampleWith(int cpuPpm, long rxBytes) {
        Sample sample = new Sample(1L, cpuPpm, 0, 0, 0, 0, rxBytes, 0L, 0L);
        return encode(new TelemetryBatch(List.of(sample), List.of(), List.of()));
    }

    static byte[] encode(TelemetryBatch batch) {
        try {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(out, null);
            new SpecificDatumWriter<>(TelemetryBatch.class).write(batch, encoder);
            encoder.flush();
            return out.toByteArray();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
