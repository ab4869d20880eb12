package io.ocos.metering.domain;

import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hash32;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The payload of an envelope: Avro binary of {@code TelemetryBatch}, decoded as strictly as SPEC 2.1 and E3 ask. Nothing is
 * allocated from a length that the bytes claim.
 *
 * @param samples host measurements, in the order written
 * @param jobUsage job counters, in the order written
 * @param storageUsage storage readings, in the order written
 */
public record TelemetryPayload(List<Sample> samples, List<JobUsage> jobUsage, List<StorageUsage> storageUsage) {

    /** Entries of all three arrays together. */
    public static final int MAX_ENTRIES = 1_000;

    private static final int MAX_PPM = 1_000_000;

    /** What a payload consists of. */
    public sealed interface Entry permits Sample, JobUsage, StorageUsage {

        /** When it was measured, milliseconds. */
        long at();
    }

    /** A host measurement; shares in ppm, counters since bootId began, {@code at} in milliseconds. */
    public record Sample(
            long at,
            int cpuPpm,
            int memoryPpm,
            int gpuPpm,
            int gpuMemoryPpm,
            int diskPpm,
            long rxBytes,
            long txBytes,
            long bootId)
            implements Entry {}

    /** Cumulative counters of a job on the node; {@code at} in milliseconds. */
    public record JobUsage(Hash32 jobId, long at, long cpuMillis, long gpuMillis, long egressBytes) implements Entry {}

    /** Bytes stored for an account; {@code at} in milliseconds. */
    public record StorageUsage(Address account, long at, long bytesStored) implements Entry {}

    /** The payload of these entries, each kind in the order given. */
    public static TelemetryPayload of(List<? extends Entry> entries) {
        TelemetryPayload payload = new TelemetryPayload(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
        for (Entry entry : entries) {
            if (entry instanceof Sample sample) {
                payload.samples.add(sample);
            } else if (entry instanceof JobUsage usage) {
                payload.jobUsage.add(usage);
            } else if (entry instanceof StorageUsage usage) {
                payload.storageUsage.add(usage);
            }
        }
        return payload;
    }

    /** All entries, kind by kind. */
    public Stream<Entry> entries() {
        return Stream.of(samples, jobUsage, storageUsage).flatMap(List::stream);
    }

    /**
     * Decodes a payload.
     *
     * @throws PayloadException naming the first thing that breaks E3
     */
    public static TelemetryPayload read(byte[] bytes) throws PayloadException {
        TelemetryPayload payload = new TelemetryPayload(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
        new Cursor(bytes).batch(payload);
        return payload;
    }

    /**
     * Tests a payload without keeping its entries.
     *
     * @throws PayloadException naming the first thing that breaks E3
     */
    public static void validate(byte[] bytes) throws PayloadException {
        new Cursor(bytes).batch(null);
    }

    private static final class Cursor {

        private final byte[] bytes;
        private int position;
        private int entries;

        Cursor(byte[] bytes) {
            this.bytes = bytes;
        }

        void batch(@Nullable TelemetryPayload into) throws PayloadException {
            for (long count = block(); count > 0; count = block()) {
                for (long i = 0; i < count; i++) {
                    sample(into);
                }
            }
            for (long count = block(); count > 0; count = block()) {
                for (long i = 0; i < count; i++) {
                    jobUsage(into);
                }
            }
            for (long count = block(); count > 0; count = block()) {
                for (long i = 0; i < count; i++) {
                    storageUsage(into);
                }
            }
            if (position != bytes.length) {
                throw new PayloadException("%d bytes are left over".formatted(bytes.length - position));
            }
        }

        /** The count of the next block, 0 at the end of the array. */
        private long block() throws PayloadException {
            long count = varint(10);
            if (count < 0) {
                varint(10); // The block's size in bytes; nothing is skipped by it.
                count = -count;
            }
            if (count < 0 || count > MAX_ENTRIES - entries) {
                throw new PayloadException("a block of %d entries after %d, expected at most %d in all"
                        .formatted(count, entries, MAX_ENTRIES));
            }
            entries += (int) count;
            return count;
        }

        private void sample(@Nullable TelemetryPayload into) throws PayloadException {
            Sample sample = new Sample(
                    counter("at"),
                    ppm("cpuPpm"),
                    ppm("memoryPpm"),
                    ppm("gpuPpm"),
                    ppm("gpuMemoryPpm"),
                    ppm("diskPpm"),
                    counter("rxBytes"),
                    counter("txBytes"),
                    varint(10));
            if (into != null) {
                into.samples.add(sample);
            }
        }

        private void jobUsage(@Nullable TelemetryPayload into) throws PayloadException {
            int id = skip(Hash32.BYTES);
            JobUsage usage = new JobUsage(
                    Hash32.of(bytes, id),
                    counter("at"),
                    counter("cpuMillis"),
                    counter("gpuMillis"),
                    counter("egressBytes"));
            if (into != null) {
                into.jobUsage.add(usage);
            }
        }

        private void storageUsage(@Nullable TelemetryPayload into) throws PayloadException {
            int account = skip(Address.BYTES);
            StorageUsage usage = new StorageUsage(Address.of(bytes, account), counter("at"), counter("bytesStored"));
            if (into != null) {
                into.storageUsage.add(usage);
            }
        }

        private int ppm(String field) throws PayloadException {
            long value = varint(5);
            if (value < 0 || value > MAX_PPM) {
                throw new PayloadException("%s %d, expected 0 … %d".formatted(field, value, MAX_PPM));
            }
            return (int) value;
        }

        private long counter(String field) throws PayloadException {
            long value = varint(10);
            if (value < 0) {
                throw new PayloadException("%s %d, expected at least 0".formatted(field, value));
            }
            return value;
        }

        /** A zig-zag varint of at most 5 bytes and 32 bits (int) or 10 bytes and 64 bits (long). */
        private long varint(int maxBytes) throws PayloadException {
            int lastByteMax = maxBytes == 5 ? 0x0f : 0x01;
            long raw = 0;
            for (int i = 0; i < maxBytes; i++) {
                if (position == bytes.length) {
                    throw new PayloadException("ends within a number at byte %d".formatted(position));
                }
                int b = bytes[position++];
                if (i == maxBytes - 1 && (b < 0 || b > lastByteMax)) {
                    throw new PayloadException("a number of more than %d bits before byte %d"
                            .formatted(maxBytes == 5 ? 32 : 64, position));
                }
                raw |= (b & 0x7fL) << (7 * i);
                if (b >= 0) {
                    break;
                }
            }
            return (raw >>> 1) ^ -(raw & 1);
        }

        private int skip(int length) throws PayloadException {
            if (bytes.length - position < length) {
                throw new PayloadException("ends within %d bytes at byte %d".formatted(length, position));
            }
            int from = position;
            position += length;
            return from;
        }
    }
}
