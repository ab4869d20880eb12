package io.ocos.ingest.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ocos.metering.domain.TelemetryPayload;
import io.ocos.metering.domain.TelemetryPayload.Sample;
import io.ocos.schemas.config.ConfigException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Measures the machine that the test runs on. */
class HostMetricsTest {

    private static final long NOW = 1_900_000_000_000L;

    @TempDir
    private Path directory;

    @Test
    void measuresThisMachine() throws Exception {
        HostMetrics host = new HostMetrics(directory, List.of(), "no-such-tool");
        Sample first = host.apply(NOW);
        Sample second = host.apply(NOW + 1);
        for (Sample sample : List.of(first, second)) {
            assertThat(sample.memoryPpm()).isBetween(1, 1_000_000);
            assertThat(sample.diskPpm()).isBetween(0, 1_000_000);
            assertThat(sample.cpuPpm()).isBetween(0, 1_000_000);
            assertThat(sample.gpuPpm()).isZero();
            // Every value is one that a gateway takes (E3).
            TelemetryPayload.validate(EnvelopeSigner.encode(TelemetryPayload.of(List.of(sample))));
        }
        assertThat(second.rxBytes()).isGreaterThanOrEqualTo(first.rxBytes());
        assertThat(second.bootId()).isEqualTo(first.bootId());
        assertThat(new HostMetrics(directory, List.of(), "no-such-tool")
                        .apply(NOW)
                        .bootId())
                .isEqualTo(first.bootId());
    }

    @Test
    void cpuIsTheShareOfTheTimeSinceTheLastMeasurement() {
        HostMetrics host = new HostMetrics(directory, List.of(), "no-such-tool");
        host.apply(NOW);
        // This thread keeps a core busy until the counters, of a hundredth of a second each, have moved enough.
        long until = System.nanoTime() + 300_000_000L;
        long spins = 0;
        while (System.nanoTime() < until) {
            spins++;
        }
        assertThat(spins).isPositive();
        int cores = Runtime.getRuntime().availableProcessors();
        assertThat(host.apply(NOW + 300).cpuPpm()).isGreaterThan(100_000 / cores);
    }

    @Test
    void unknownInterfaceAndPathAreClearErrors() {
        assertThatThrownBy(() -> new HostMetrics(directory, List.of("eth77"), "no-such-tool"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("eth77");
        assertThatThrownBy(() -> new HostMetrics(directory.resolve("missing"), List.of(), "no-such-tool"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("missing");
    }

    @Test
    void shareThatIsNoNumberIsZero() {
        assertThat(HostMetrics.ppm(Double.NaN)).isZero();
        assertThat(HostMetrics.ppm(-0.5)).isZero();
        assertThat(HostMetrics.ppm(1.5)).isEqualTo(1_000_000);
        assertThat(HostMetrics.ppm(0.25)).isEqualTo(250_000);
    }

    @Test
    void gpusAreTheMeanOfTheirUseAndTheShareOfTheirMemory() {
        assertThat(NvidiaSmi.parse("50, 1000, 4000\n100, 3000, 12000\n"))
                .isEqualTo(new NvidiaSmi.Use(750_000, 250_000));
        assertThat(NvidiaSmi.parse("[N/A], 10, 100\n")).isEqualTo(new NvidiaSmi.Use(0, 100_000));
        assertThat(NvidiaSmi.parse("")).isEqualTo(NvidiaSmi.Use.NONE);
        assertThatThrownBy(() -> NvidiaSmi.parse("NVIDIA-SMI has failed")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void toolIsCalledAndItsFailureCountsAsNoUse() throws IOException {
        Path state = directory.resolve("fails");
        String tool =
                script("[ ! -e '%s' ] || { echo 'driver not loaded'; exit 9; }; echo '40, 5, 10'".formatted(state));
        NvidiaSmi gpus = new NvidiaSmi(tool);
        assertThat(gpus.isThere()).isTrue();
        assertThat(gpus.measure()).isEqualTo(new NvidiaSmi.Use(400_000, 500_000));
        Files.createFile(state);
        assertThat(gpus.measure()).isEqualTo(NvidiaSmi.Use.NONE);
        Files.delete(state);
        assertThat(gpus.measure()).isEqualTo(new NvidiaSmi.Use(400_000, 500_000));
    }

    private String script(String body) throws IOException {
        Path file = directory.resolve("nvidia-smi");
        Files.writeString(file, "#!/bin/sh\n" + body + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
        return file.toString();
    }
}
