package io.ocos.ingest.config;

import io.ocos.ingest.domain.SendTimes;
import io.ocos.schemas.config.ConfigException;
import io.ocos.schemas.domain.Address;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Configuration of a node agent; null stands for the default.
 *
 * @param gatewayUrls where envelopes go, at least one; the next is tried when one fails
 * @param chainId EIP-155 chain id of the signing domain, > 0
 * @param registry the NodeRegistry contract of the signing domain
 * @param keystore encrypted keystore of the node's key
 * @param passwordFile file with the keystore's password
 * @param stateDir directory of the sequence number, the buffer and the receipts; one agent at a time
 * @param gatewayAddresses whose receipts are believed; default: whoever the receipt names. When set, an envelope without such
 *     a receipt counts as not accepted
 * @param rpcUrl JSON-RPC of a chain node to take the beacon from; default: the gateway gives it
 * @param rpcBlocksBehind how far behind the head that beacon is, so that gateways know it already, 0 … 10 000, default 20
 * @param sampleIntervalMillis between measurements of the host, 1 000 … 600 000, default 10 000 (one per slot)
 * @param spreadMillis how far from the middle of the slot a node's own moment of sending may lie, 0 … 2 000, default 1 000
 * @param bufferMaxBytes of entries that wait on disk (and in memory), 1 MiB … 64 MiB, default 8 MiB
 * @param receiptsMaxBytes of receipts that are kept, at least 1 MiB, default 128 MiB: about a month
 * @param diskPath a path on the file system that is measured, default /
 * @param networkInterfaces names of those whose traffic is counted; default: all but loopback and virtual ones
 * @param nvidiaSmi command that measures NVIDIA GPUs, default nvidia-smi; without it GPU use is 0
 * @param opsPort port of health, readiness, metrics and usage, 0 (default) = any free one
 */
public record AgentConfig(
        List<String> gatewayUrls,
        Long chainId,
        Address registry,
        Path keystore,
        Path passwordFile,
        Path stateDir,
        List<Address> gatewayAddresses,
        @Nullable String rpcUrl,
        Integer rpcBlocksBehind,
        Integer sampleIntervalMillis,
        Integer spreadMillis,
        Long bufferMaxBytes,
        Long receiptsMaxBytes,
        Path diskPath,
        List<String> networkInterfaces,
        String nvidiaSmi,
        Integer opsPort) {

    private static final long MIN_BYTES = 1L << 20;

    public AgentConfig {
        gatewayUrls = gatewayUrls == null ? List.of() : List.copyOf(gatewayUrls);
        if (gatewayUrls.isEmpty()) {
            throw new ConfigException("gatewayUrls: is not set, expected at least one URL");
        }
        gatewayUrls.forEach(url -> Checks.httpUrl("gatewayUrls", url));
        chainId = Checks.required("chainId", chainId);
        Checks.range("chainId", chainId, 1, Long.MAX_VALUE);
        registry = Checks.required("registry", registry);
        keystore = Checks.required("keystore", keystore);
        passwordFile = Checks.required("passwordFile", passwordFile);
        stateDir = Checks.required("stateDir", stateDir);
        gatewayAddresses = gatewayAddresses == null ? List.of() : List.copyOf(gatewayAddresses);
        if (rpcUrl != null) {
            Checks.httpUrl("rpcUrl", rpcUrl);
        }
        rpcBlocksBehind = Checks.range("rpcBlocksBehind", rpcBlocksBehind, 20, 0, 10_000);
        sampleIntervalMillis = Checks.range("sampleIntervalMillis", sampleIntervalMillis, 10_000, 1_000, 600_000);
        spreadMillis = Checks.range("spreadMillis", spreadMillis, 1_000, 0, SendTimes.MAX_SPREAD_MILLIS);
        bufferMaxBytes = bufferMaxBytes == null ? 8L << 20 : bufferMaxBytes;
        Checks.range("bufferMaxBytes", bufferMaxBytes, MIN_BYTES, 64L << 20);
        receiptsMaxBytes = receiptsMaxBytes == null ? 128L << 20 : receiptsMaxBytes;
        Checks.range("receiptsMaxBytes", receiptsMaxBytes, MIN_BYTES, Long.MAX_VALUE);
        diskPath = diskPath == null ? Path.of("/") : diskPath;
        networkInterfaces = networkInterfaces == null ? List.of() : List.copyOf(networkInterfaces);
        nvidiaSmi = nvidiaSmi == null ? "nvidia-smi" : nvidiaSmi;
        opsPort = Checks.range("opsPort", opsPort, 0, 0, 65_535);
    }
}
