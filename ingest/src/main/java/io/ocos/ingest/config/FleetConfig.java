package io.ocos.ingest.config;

import io.ocos.ingest.domain.FleetPlan;
import io.ocos.ingest.domain.FleetTraffic.Disturbances;
import io.ocos.schemas.config.ConfigException;
import io.ocos.schemas.domain.Address;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Configuration of the simulated fleet; null stands for the default. Shares are in ppm, 0 … 1 000 000.
 *
 * @param nodes number of nodes, 1 … 1 000 000, default 200; with {@code nodesCsv} by default all of its nodes
 * @param seed what keys, types, outages and traffic are drawn from, default 1
 * @param gatewayUrls where live envelopes go, by turns; needed unless only history is loaded
 * @param kafkaBootstrap where history is written; needed for history only
 * @param chainId EIP-155 chain id of the signing domain, > 0
 * @param registry the NodeRegistry contract of the signing domain
 * @param nodesCsv nodes in the Alibaba openb format; default: drawn
 * @param outagesCsv outages in the LANL format (.csv or .csv.xz); default: the failure model
 * @param failureAcceleration how many times more often than measured nodes fail; for a trace: how many times faster it is
 *     replayed; ≥ 1, default 150
 * @param repairAcceleration how many times faster than measured nodes are repaired, ≥ 1, default 10; not for a trace
 * @param skewPpm share of nodes with a wrong clock, default 30 000
 * @param maxSkewMillis how far their clocks are off at most, default 20 000; beyond 30 000 some never count for uptime
 * @param duplicatePpm share of envelopes sent twice, default 10 000
 * @param reorderPpm share of envelopes that others overtake, default 20 000
 * @param badSignaturePpm share of envelopes with a forged twin, default 1 000
 * @param escrow the JobEscrow contract under whose ids the nodes report jobs; default: nodes report no usage
 * @param usageSinceMillis when jobs and storage began, ms; default 0
 * @param opsPort port of health, readiness and metrics, 0 (default) = any free one
 */
public record FleetConfig(
        Integer nodes,
        Long seed,
        List<String> gatewayUrls,
        @Nullable String kafkaBootstrap,
        Long chainId,
        Address registry,
        @Nullable String nodesCsv,
        @Nullable String outagesCsv,
        Integer failureAcceleration,
        Integer repairAcceleration,
        Integer skewPpm,
        Long maxSkewMillis,
        Integer duplicatePpm,
        Integer reorderPpm,
        Integer badSignaturePpm,
        @Nullable Address escrow,
        Long usageSinceMillis,
        Integer opsPort) {

    private static final int DEFAULT_NODES = 200;
    private static final int ALL = 1_000_000;

    /** In place of a number of nodes: as many as the file holds. */
    public static final int ALL_OF_FILE = 0;

    public FleetConfig {
        if (nodes == null) {
            nodes = nodesCsv == null ? DEFAULT_NODES : ALL_OF_FILE;
        } else {
            Checks.range("nodes", nodes, 1, FleetPlan.MAX_NODES);
        }
        seed = seed == null ? 1 : seed;
        gatewayUrls = gatewayUrls == null ? List.of() : List.copyOf(gatewayUrls);
        gatewayUrls.forEach(url -> Checks.httpUrl("gatewayUrls", url));
        chainId = Checks.required("chainId", chainId);
        Checks.range("chainId", chainId, 1, Long.MAX_VALUE);
        registry = Checks.required("registry", registry);
        failureAcceleration = Checks.range("failureAcceleration", failureAcceleration, 150, 1, ALL);
        repairAcceleration = Checks.range("repairAcceleration", repairAcceleration, 10, 1, ALL);
        skewPpm = Checks.range("skewPpm", skewPpm, 30_000, 0, ALL);
        maxSkewMillis = maxSkewMillis == null ? 20_000 : maxSkewMillis;
        Checks.range("maxSkewMillis", maxSkewMillis, 0, 86_400_000);
        duplicatePpm = Checks.range("duplicatePpm", duplicatePpm, 10_000, 0, ALL);
        reorderPpm = Checks.range("reorderPpm", reorderPpm, 20_000, 0, ALL);
        badSignaturePpm = Checks.range("badSignaturePpm", badSignaturePpm, 1_000, 0, ALL);
        usageSinceMillis = usageSinceMillis == null ? 0 : usageSinceMillis;
        Checks.range("usageSinceMillis", usageSinceMillis, 0, Long.MAX_VALUE);
        opsPort = Checks.range("opsPort", opsPort, 0, 0, 65_535);
    }

    /** The shares of what goes wrong. */
    public Disturbances disturbances() {
        return new Disturbances(skewPpm, maxSkewMillis, duplicatePpm, reorderPpm, badSignaturePpm);
    }

    /**
     * Where history is written.
     *
     * @throws ConfigException when it is not set
     */
    public String requireKafka() {
        return Checks.required("kafkaBootstrap", kafkaBootstrap);
    }

    /**
     * Where live envelopes go, at least one.
     *
     * @throws ConfigException when none is set
     */
    public List<String> requireGateways() {
        if (gatewayUrls.isEmpty()) {
            throw new ConfigException("gatewayUrls: is not set, expected at least one URL");
        }
        return gatewayUrls;
    }
}
