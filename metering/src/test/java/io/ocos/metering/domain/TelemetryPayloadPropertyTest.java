package io.ocos.metering.domain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ocos.schemas.avro.Bytes20;
import io.ocos.schemas.avro.Bytes32;
import io.ocos.schemas.avro.JobUsage;
import io.ocos.schemas.avro.Sample;
import io.ocos.schemas.avro.StorageUsage;
import io.ocos.schemas.avro.TelemetryBatch;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hash32;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.specific.SpecificDatumWriter;

/** The strict decoder against Avro's own encoder. */
class TelemetryPayloadPropertyTest {

    @Property(tries = 300)
    void readsWhatAvroWrites(@ForAll("batches") TelemetryBatch batch, @ForAll boolean blocking) throws Exception {
        TelemetryPayload read = TelemetryPayload.read(encode(batch, blocking));
        assertThat(read.samples())
                .containsExactlyElementsOf(batch.getSamples().stream()
                        .map(s -> new TelemetryPayload.Sample(
                                s.getAt(),
                                s.getCpuPpm(),
                                s.getMemoryPpm(),
                                s.getGpuPpm(),
                                s.getGpuMemoryPpm(),
                                s.getDiskPpm(),
                                s.getRxBytes(),
                                s.getTxBytes(),
                                s.getBootId()))
                        .toList());
        assertThat(read.jobUsage())
                .containsExactlyElementsOf(batch.getJobUsage().stream()
                        .map(u -> new TelemetryPayload.JobUsage(
                                Hash32.of(u.getJobId().bytes()),
                                u.getAt(),
                                u.getCpuMillis(),
                                u.getGpuMillis(),
                                u.getEgressBytes()))
                        .toList());
        assertThat(read.storageUsage())
                .containsExactlyElementsOf(batch.getStorageUsage().stream()
                        .map(u -> new TelemetryPayload.StorageUsage(
                                Address.of(u.getAccount().bytes()), u.getAt(), u.getBytesStored()))
                        .toList());
    }

    @Property(tries = 100)
    void noTruncationAndNoExtraByteIsAccepted(@ForAll("batches") TelemetryBatch batch) throws Exception {
        byte[] bytes = encode(batch, false);
        for (int length = 0; length < bytes.length; length++) {
            byte[] cut = Arrays.copyOf(bytes, length);
            assertThatThrownBy(() -> TelemetryPayload.validate(cut)).isInstanceOf(PayloadException.class);
        }
        assertThatThrownBy(() -> TelemetryPayload.validate(Arrays.copyOf(bytes, bytes.length + 1)))
                .isInstanceOf(PayloadException.class)
                .hasMessageContaining("left over");
    }

    @Property(tries = 2000)
    void anyBytesAreReadOrRefused(@ForAll byte[] bytes) {
        try {
            TelemetryPayload payload = TelemetryPayload.read(bytes);
            assertThat(payload.samples().size()
                            + payload.jobUsage().size()
                            + payload.storageUsage().size())
                    .isLessThanOrEqualTo(TelemetryPayload.MAX_ENTRIES);
        } catch (PayloadException e) {
            assertThat(e.detail()).isNotEmpty();
        }
    }

    @Example
    void theEmptyBatchIsAccepted() throws PayloadException {
        assertThat(TelemetryPayload.read(new byte[3]).samples()).isEmpty();
    }

    @Example
    void numbersMayBeLongerThanNeededButNotTooLong() throws PayloadException {
        TelemetryPayload.validate(new byte[] {(byte) 0x80, 0x00, 0, 0});
        TelemetryPayload.validate(bytes(0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00, 0, 0));
        refused(0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x02, 0, 0);
        refused(0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00, 0, 0);
    }

    @Example
    void anIntOfMoreThan32BitsIsRefused() throws PayloadException {
        // One sample: at 0, cpuPpm as five bytes.
        TelemetryPayload.validate(bytes(2, 0, 0x80, 0x80, 0x80, 0x80, 0x00, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0));
        refused(2, 0, 0x80, 0x80, 0x80, 0x80, 0x10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    }

    @Example
    void claimedCountsAllocateNothing() {
        refused(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01); // a count of -2^63
        refused(0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01); // a count of 2^63 - 1
        refused(0xd2, 0x0f); // a count of 1 001
    }

    @Example
    void rangesAreHeld() throws Exception {
        List<Sample> bad = List.of(sample(-1, 0, 0), sample(0, -1, 0), sample(0, 1_000_001, 0), sample(0, 0, -1));
        for (Sample sample : bad) {
            byte[] bytes = encode(new TelemetryBatch(List.of(sample), List.of(), List.of()), false);
            assertThatThrownBy(() -> TelemetryPayload.validate(bytes)).isInstanceOf(PayloadException.class);
        }
        TelemetryPayload.validate(
                encode(new TelemetryBatch(List.of(sample(0, 1_000_000, Long.MAX_VALUE)), List.of(), List.of()), false));
    }

    @Example
    void aThousandEntriesInAllAndNotOneMore() throws Exception {
        List<Sample> samples = new ArrayList<>();
        for (int i = 0; i < 999; i++) {
            samples.add(sample(i, 0, 0));
        }
        StorageUsage usage = new StorageUsage(new Bytes20(new byte[20]), 0L, 0L);
        TelemetryPayload.validate(encode(new TelemetryBatch(samples, List.of(), List.of(usage)), false));
        byte[] tooMany = encode(new TelemetryBatch(samples, List.of(), List.of(usage, usage)), false);
        assertThatThrownBy(() -> TelemetryPayload.validate(tooMany))
                .isInstanceOf(PayloadException.class)
                .hasMessageContaining("at most 1000");
    }

    @Provide
    Arbitrary<TelemetryBatch> batches() {
        Arbitrary<Long> counters = Arbitraries.longs().greaterOrEqual(0);
        Arbitrary<Integer> ppm = Arbitraries.integers().between(0, 1_000_000);
        Arbitrary<Sample> samples = Combinators.combine(counters, ppm, ppm, counters, Arbitraries.longs())
                .as((at, cpu, gpu, bytes, boot) -> new Sample(at, cpu, cpu, gpu, gpu, cpu, bytes, bytes, boot));
        Arbitrary<Long> seeds = Arbitraries.longs();
        Arbitrary<JobUsage> jobs = Combinators.combine(seeds, counters, counters)
                .as((seed, at, used) -> new JobUsage(new Bytes32(random(seed, 32)), at, used, used, used));
        Arbitrary<StorageUsage> storage = Combinators.combine(seeds, counters, counters)
                .as((seed, at, stored) -> new StorageUsage(new Bytes20(random(seed, 20)), at, stored));
        return Combinators.combine(
                        samples.list().ofMaxSize(5),
                        jobs.list().ofMaxSize(3),
                        storage.list().ofMaxSize(3))
                .as(TelemetryBatch::new);
    }

    private static Sample sample(long at, int cpuPpm, long rxBytes) {
        return new Sample(at, cpuPpm, 0, 0, 0, 0, rxBytes, 0L, -1L);
    }

    private static byte[] random(long seed, int length) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    /** With blocks of negative count and byte size when blocking, as Avro's blocking encoder writes them. */
    private static byte[] encode(TelemetryBatch batch, boolean blocking) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        BinaryEncoder encoder = blocking
                ? new EncoderFactory().configureBlockSize(64).blockingBinaryEncoder(out, null)
                : EncoderFactory.get().directBinaryEncoder(out, null);
        new SpecificDatumWriter<>(TelemetryBatch.class).write(batch, encoder);
        encoder.flush();
        return out.toByteArray();
    }

    private static byte[] bytes(int... values) {
        byte[] bytes = new byte[values.length];
        for (int i = 0; i < values.length; i++) {
            bytes[i] = (byte) values[i];
        }
        return bytes;
    }

    private static void refused(int... values) {
        assertThatThrownBy(() -> TelemetryPayload.validate(bytes(values))).isInstanceOf(PayloadException.class);
    }
}
