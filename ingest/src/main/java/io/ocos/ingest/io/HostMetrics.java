package io.ocos.ingest.io;

import io.ocos.metering.domain.TelemetryPayload.Sample;
import io.ocos.schemas.config.ConfigException;
import io.ocos.schemas.domain.Keccak;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.LongFunction;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import oshi.SystemInfo;
import oshi.hardware.CentralProcessor;
import oshi.hardware.GlobalMemory;
import oshi.hardware.GraphicsCard;
import oshi.hardware.HardwareAbstractionLayer;
import oshi.hardware.NetworkIF;

/**
 * Measures the machine it runs on. CPU: share of the time of all cores since the last measurement. Memory: share that is not
 * available. Disk: share of one file system that is used. Network: bytes of the real interfaces. GPU: see {@link NvidiaSmi}.
 * For one thread.
 */
final class HostMetrics implements LongFunction<Sample> {

    private static final Logger LOG = LoggerFactory.getLogger(HostMetrics.class);
    private static final int PPM = 1_000_000;
    private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");
    private static final Path NETWORK_NAMESPACE = Path.of("/proc/self/ns/net");

    /** Of bridges, tunnels and containers: what passes there passes a real interface too, or never leaves the machine. */
    private static final Pattern VIRTUAL = Pattern.compile(
            "(lo|docker|br-|veth|virbr|vnet|cni|flannel|cali|tun|tap|wg|dummy|ifb|kube|vxlan|nodelocaldns).*");

    private final CentralProcessor processor;
    private final GlobalMemory memory;
    private final HardwareAbstractionLayer hardware;
    private final Path diskPath;
    private final List<String> networkInterfaces;
    private final NvidiaSmi gpus;
    private final long bootId;
    private long[] lastTicks;

    /**
     * Begins to measure.
     *
     * @param networkInterfaces names of those that count; empty: all but loopback and virtual ones
     * @throws ConfigException when the machine cannot be measured
     */
    HostMetrics(Path diskPath, List<String> networkInterfaces, String nvidiaSmi) {
        this.diskPath = diskPath;
        this.networkInterfaces = networkInterfaces;
        SystemInfo system = new SystemInfo();
        hardware = system.getHardware();
        processor = hardware.getProcessor();
        memory = hardware.getMemory();
        bootId = bootId(system.getOperatingSystem().getSystemBootTime());
        lastTicks = processor.getSystemCpuLoadTicks();
        List<String> known =
                hardware.getNetworkIFs(true).stream().map(NetworkIF::getName).toList();
        networkInterfaces.stream()
                .filter(name -> !known.contains(name))
                .findFirst()
                .ifPresent(name -> {
                    throw new ConfigException("networkInterfaces: '%s', expected some of %s".formatted(name, known));
                });
        if (!Files.exists(diskPath)) {
            throw new ConfigException(
                    "diskPath: %s does not exist, expected a path on the file system to measure".formatted(diskPath));
        }
        List<String> cards =
                hardware.getGraphicsCards().stream().map(GraphicsCard::getName).toList();
        gpus = new NvidiaSmi(nvidiaSmi);
        LOG.info(
                "measures {} cores, {} MiB of memory, {}, interfaces {}, graphics cards {} (use of GPUs: {})",
                processor.getLogicalProcessorCount(),
                memory.getTotal() >> 20,
                diskPath,
                counted().stream().map(NetworkIF::getName).toList(),
                cards,
                gpus.isThere() ? nvidiaSmi : "0, there is no " + nvidiaSmi);
    }

    /** The measurement of a moment, ms. */
    @Override
    public Sample apply(long at) {
        double cpu = processor.getSystemCpuLoadBetweenTicks(lastTicks);
        lastTicks = processor.getSystemCpuLoadTicks();
        NvidiaSmi.Use gpu = gpus.measure();
        long received = 0;
        long sent = 0;
        for (NetworkIF network : counted()) {
            received += network.getBytesRecv();
            sent += network.getBytesSent();
        }
        return new Sample(
                at,
                ppm(cpu),
                ppm(1 - (double) memory.getAvailable() / memory.getTotal()),
                gpu.computePpm(),
                gpu.memoryPpm(),
                disk(),
                Math.max(0, received),
                Math.max(0, sent),
                bootId);
    }

    private List<NetworkIF> counted() {
        return networkInterfaces.isEmpty()
                ? hardware.getNetworkIFs(false).stream()
                        .filter(network -> !VIRTUAL.matcher(network.getName()).matches())
                        .toList()
                : hardware.getNetworkIFs(true).stream()
                        .filter(network -> networkInterfaces.contains(network.getName()))
                        .toList();
    }

    private int disk() {
        try {
            FileStore store = Files.getFileStore(diskPath);
            long total = store.getTotalSpace();
            return total <= 0 ? 0 : ppm(1 - (double) store.getUnallocatedSpace() / total);
        } catch (IOException e) {
            LOG.warn("{} cannot be measured: {}", diskPath, e.toString());
            return 0;
        }
    }

    /** A share as ppm; what is no number, as on a machine that was just started, is 0. */
    static int ppm(double share) {
        return (int) Math.round(PPM * Math.min(1, Math.max(0, Double.isNaN(share) ? 0 : share)));
    }

    /**
     * A number that changes when the network counters begin anew: at a boot, and in a new container. Where the system says
     * nothing of either, its start time stands for them.
     */
    private static long bootId(long bootTimeSeconds) {
        String boot;
        try {
            boot = Files.readString(BOOT_ID).strip() + " " + Files.readSymbolicLink(NETWORK_NAMESPACE);
        } catch (IOException | UnsupportedOperationException e) {
            boot = Long.toString(bootTimeSeconds);
        }
        return ByteBuffer.wrap(Keccak.hash(boot.getBytes(StandardCharsets.UTF_8)))
                .getLong();
    }
}
