package io.ocos.jobs.stack;

import io.ocos.ingest.domain.FollowedContract;
import io.ocos.jobs.registry.PostgresDatabase;
import io.ocos.jobs.registry.PostgresProcess;
import io.ocos.rewardssettlement.io.Deployment;
import io.ocos.schemas.domain.Address;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** How each part of the stack is run: command line, memory, ports, health, place in the order of stopping. */
final class StackParts {

    static final String BROKER = "broker";
    static final String CLICKHOUSE = "clickhouse";
    static final String ANVIL = "anvil";
    static final String GATEWAY = "gateway";
    static final String JOB_PROGRESS = "job-progress";
    static final String FLINK = "flink";
    static final String FLEET = "fleet";
    static final String AGENT = "agent";
    static final String CHAIN_FOLLOWER = "chain-follower";
    static final String SUBMITTER = "submitter";
    static final String POSTGRES = "postgres";

    private static final String FLINK_OPS = "flink-ops";

    /** Every port, by purpose. */
    static final List<String> PORTS = List.of(
            BROKER,
            CLICKHOUSE,
            ANVIL,
            GATEWAY,
            JOB_PROGRESS,
            FLINK,
            FLINK_OPS,
            FLEET,
            AGENT,
            CHAIN_FOLLOWER,
            SUBMITTER,
            POSTGRES);

    static final String PASSWORD = "password";
    static final String GATEWAY_KEY = "gateway.json";
    static final String AGENT_KEY = "agent.json";
    static final String OWNER_KEY = "owner.json";

    /** For a JVM that has little to compute: only the quick compiler, little room for its code and thread stacks. */
    private static final List<String> SMALL =
            List.of("-XX:TieredStopAtLevel=1", "-XX:ReservedCodeCacheSize=48m", "-Xss512k");

    private static final Duration STOP_BOUND = Duration.ofSeconds(10);
    /** As the contract was deployed with. */
    private static final long EPOCH_MINUTES = LocalChain.EPOCH.toMinutes();

    private static final Duration FLINK_STOP_BOUND = Duration.ofSeconds(25);

    private final Installation installation;
    private final StackDirectory directory;
    private final Map<String, Integer> ports;
    private final HttpClient http;

    StackParts(Installation installation, StackDirectory directory, Map<String, Integer> ports, HttpClient http) {
        this.installation = installation;
        this.directory = directory;
        this.ports = ports;
        this.http = http;
    }

    Part broker() {
        int port = port(BROKER);
        return new Part(
                BROKER,
                () -> installation.kafka(small("256m"), directory.data(BROKER), port),
                Map.of("kafka", port),
                bootstrap(),
                HealthCheck.tcp(port),
                0,
                STOP_BOUND);
    }

    Part clickHouse() {
        return new Part(
                CLICKHOUSE,
                () -> installation.clickHouse(
                        List.of(
                                "-Xmx128m",
                                "-XX:TieredStopAtLevel=1",
                                "-Xss4m",
                                "-XX:ErrorFile=" + directory.data(CLICKHOUSE).resolve("hs_err_%p.log")),
                        settings(Map.of(
                                "dataDir", directory.data(CLICKHOUSE),
                                "port", port(CLICKHOUSE)))),
                Map.of("http", port(CLICKHOUSE)),
                clickHouseUrl(),
                HealthCheck.http(http, URI.create(clickHouseUrl() + "/ready")),
                1,
                STOP_BOUND);
    }

    /** @param genesis time of the first block, should the chain be a new one */
    Part anvil(Instant genesis) {
        return new Part(
                ANVIL,
                () -> LocalChain.command(port(ANVIL), directory.data(ANVIL), genesis),
                Map.of("json-rpc", port(ANVIL)),
                rpcUrl().toString(),
                HealthCheck.jsonRpc(http, rpcUrl()),
                1,
                STOP_BOUND);
    }

    /** Its files must be there ({@link PostgresProcess#prepare}). */
    Part postgres() {
        return new Part(
                POSTGRES,
                () -> PostgresProcess.command(directory.data(POSTGRES), port(POSTGRES)),
                Map.of("postgresql", port(POSTGRES)),
                postgresUrl(),
                HealthCheck.postgres(registry()),
                1,
                STOP_BOUND);
    }

    Part flink(Deployment deployment) {
        Map<String, Object> keys = new LinkedHashMap<>();
        keys.put("dataDir", directory.data(FLINK));
        keys.put("webPort", port(FLINK));
        keys.put("opsPort", port(FLINK_OPS));
        keys.put("networkBuffersMb", 48);
        keys.put("rewardPipeline.kafkaBootstrap", bootstrap());
        keys.put("rewardPipeline.chainId", deployment.chainId());
        keys.put("rewardPipeline.registry", deployment.registry());
        keys.put("analytics.kafkaBootstrap", bootstrap());
        keys.put("analytics.clickhouseUrl", clickHouseUrl());
        keys.put("analytics.flushIntervalMillis", 2_000);
        keys.put("settlement.kafkaBootstrap", bootstrap());
        keys.put("settlement.epochMinutes", EPOCH_MINUTES);
        keys.put("settlement.artifactDirectory", directory.artifacts().toUri());
        keys.put("archive.kafkaBootstrap", bootstrap());
        keys.put("archive.epochMinutes", EPOCH_MINUTES);
        keys.put("archive.directory", directory.archive());
        keys.put("registryCdc.kafkaBootstrap", bootstrap());
        keys.put("registryCdc.postgresUrl", postgresUrl());
        keys.put("registryCdc.postgresPasswordFile", directory.key(PASSWORD));
        keys.put("usage.kafkaBootstrap", bootstrap());
        keys.put("usage.chainId", deployment.chainId());
        keys.put("usage.registry", deployment.registry());
        keys.put("usage.artifactDirectory", directory.artifacts().toUri());
        keys.put("usage.parallelism", 1);
        Map<String, Integer> listens = new LinkedHashMap<>();
        listens.put("web", port(FLINK));
        listens.put("ops", port(FLINK_OPS));
        return new Part(
                FLINK,
                () -> ocos(List.of("-Xmx1g"), FLINK, keys),
                listens,
                "http://127.0.0.1:" + port(FLINK),
                HealthCheck.http(http, URI.create("http://127.0.0.1:%d/ready".formatted(port(FLINK_OPS)))),
                2,
                FLINK_STOP_BOUND);
    }

    /** @param nodes how many send through it from one address */
    Part gateway(Deployment deployment, int nodes) {
        Map<String, Object> keys = new LinkedHashMap<>();
        keys.put("id", "gateway-1");
        keys.put("port", port(GATEWAY));
        keys.put("kafkaBootstrap", bootstrap());
        keys.put("chainId", deployment.chainId());
        keys.put("registry", deployment.registry());
        keys.put("keystore", directory.key(GATEWAY_KEY));
        keys.put("passwordFile", directory.key(PASSWORD));
        // The whole fleet is one client to it.
        keys.put("limits.clientRequestsPerSecond", Math.max(500, nodes));
        keys.put("limits.clientBurst", Math.max(2_000, 4 * nodes));
        return process(GATEWAY, small("192m"), keys, port(GATEWAY), "http://127.0.0.1:" + port(GATEWAY), 3);
    }

    Part jobProgress() {
        Map<String, Object> keys = new LinkedHashMap<>();
        keys.put("kafkaBootstrap", bootstrap());
        keys.put("opsPort", port(JOB_PROGRESS));
        return process(JOB_PROGRESS, small("64m"), keys, port(JOB_PROGRESS), "", 3);
    }

    Part fleet(StackSetup setup, Deployment deployment, long usageSinceMillis) {
        Map<String, Object> keys = fleetKeys(setup, deployment, usageSinceMillis);
        keys.put("gatewayUrls", gatewayUrl());
        keys.put("opsPort", port(FLEET));
        return process(FLEET, small("128m"), keys, port(FLEET), "", 4);
    }

    Part agent(Deployment deployment, Address gatewayKey) {
        Map<String, Object> keys = new LinkedHashMap<>();
        keys.put("gatewayUrls", gatewayUrl());
        keys.put("gatewayAddresses", gatewayKey);
        keys.put("chainId", deployment.chainId());
        keys.put("registry", deployment.registry());
        keys.put("keystore", directory.key(AGENT_KEY));
        keys.put("passwordFile", directory.key(PASSWORD));
        keys.put("stateDir", directory.data(AGENT));
        keys.put("opsPort", port(AGENT));
        return process(AGENT, small("64m"), keys, port(AGENT), "", 4);
    }

    Part chainFollower(Deployment deployment) {
        Map<String, Object> keys = new LinkedHashMap<>();
        keys.put("rpcUrls", rpcUrl());
        keys.put("chainId", deployment.chainId());
        Map<String, Address> deployed = deployment.contracts();
        for (FollowedContract followed : FollowedContract.values()) {
            keys.put("contracts." + followed.contractName(), deployed.get(followed.contractName()));
        }
        keys.put("startBlock", deployment.deploymentBlock());
        keys.put("confirmations", deployment.confirmations());
        keys.put("kafkaBootstrap", bootstrap());
        keys.put("opsPort", port(CHAIN_FOLLOWER));
        return process(CHAIN_FOLLOWER, small("96m"), keys, port(CHAIN_FOLLOWER), "", 3);
    }

    /**
     * It computes every batch again before it proposes it, which takes seconds of CPU time: behind everything else, so that no
     * minute closes later for it. That it waits for something is no fault, so its health is that it answers.
     */
    Part submitter(Deployment deployment) {
        Map<String, Object> keys = new LinkedHashMap<>();
        keys.put("rpcUrls", rpcUrl());
        keys.put("chainId", deployment.chainId());
        keys.put("settlement", deployment.settlement());
        keys.put("registry", deployment.registry());
        keys.put("keystore", directory.key(LocalAccount.PROPOSER.keystore()));
        keys.put("passwordFile", directory.key(PASSWORD));
        keys.put("kafkaBootstrap", bootstrap());
        keys.put("artifactDirectory", directory.artifacts().toUri());
        keys.put("archiveDirectory", directory.archive());
        keys.put("confirmations", deployment.confirmations());
        keys.put("opsPort", port(SUBMITTER));
        List<String> jvm = List.of("-Xmx384m", "-XX:MaxDirectMemorySize=384m", "-Docos.flink.log.level=ERROR");
        return new Part(
                SUBMITTER,
                () -> Installation.behindOthers(ocos(jvm, SUBMITTER, keys)),
                Map.of("http", port(SUBMITTER)),
                "",
                HealthCheck.http(http, URI.create("http://127.0.0.1:%d/health".formatted(port(SUBMITTER)))),
                3,
                STOP_BOUND);
    }

    /**
     * Configuration of the fleet, live or for history.
     *
     * @param usageSinceMillis when its jobs began
     */
    Map<String, Object> fleetKeys(StackSetup setup, Deployment deployment, long usageSinceMillis) {
        Map<String, Object> keys = new LinkedHashMap<>();
        keys.put("nodes", setup.nodes());
        keys.put("seed", setup.seed());
        keys.put("chainId", deployment.chainId());
        keys.put("registry", deployment.registry());
        keys.put("escrow", deployment.escrow());
        keys.put("usageSinceMillis", usageSinceMillis);
        keys.put("kafkaBootstrap", bootstrap());
        if (setup.nodesCsv() != null) {
            keys.put("nodesCsv", setup.nodesCsv());
        }
        if (setup.outagesCsv() != null) {
            keys.put("outagesCsv", setup.outagesCsv());
        }
        return keys;
    }

    String bootstrap() {
        return "127.0.0.1:" + port(BROKER);
    }

    String clickHouseUrl() {
        return "http://127.0.0.1:" + port(CLICKHOUSE);
    }

    String postgresUrl() {
        return "postgresql://127.0.0.1:%d/%s".formatted(port(POSTGRES), PostgresProcess.NAME);
    }

    PostgresDatabase registry() {
        return PostgresDatabase.of(postgresUrl(), PostgresProcess.NAME, directory.key(PASSWORD));
    }

    URI rpcUrl() {
        return URI.create("http://127.0.0.1:" + port(ANVIL));
    }

    String gatewayUrl() {
        return "http://127.0.0.1:" + port(GATEWAY);
    }

    String flinkUrl() {
        return "http://127.0.0.1:" + port(FLINK);
    }

    URI metrics(String part) {
        return URI.create("http://127.0.0.1:%d/metrics".formatted(port(part)));
    }

    /** A process of ours whose operations port says whether it is ready. */
    private Part process(String name, List<String> jvm, Map<String, Object> keys, int port, String url, int stage) {
        return new Part(
                name,
                () -> ocos(jvm, name, keys),
                Map.of("http", port),
                url,
                HealthCheck.http(http, URI.create("http://127.0.0.1:%d/ready".formatted(port))),
                stage,
                STOP_BOUND);
    }

    private List<String> ocos(List<String> jvm, String command, Map<String, Object> keys) {
        List<String> arguments = new ArrayList<>(List.of(command));
        arguments.addAll(settings(keys));
        return installation.ocos(jvm, arguments);
    }

    private static List<String> settings(Map<String, ?> keys) {
        List<String> arguments = new ArrayList<>();
        keys.forEach((key, value) -> arguments.addAll(List.of("--set", key + "=" + value)));
        return arguments;
    }

    private static List<String> small(String heap) {
        List<String> options = new ArrayList<>(List.of("-Xmx" + heap));
        options.addAll(SMALL);
        return options;
    }

    private int port(String purpose) {
        Integer port = ports.get(purpose);
        if (port == null) {
            throw new IllegalArgumentException("no port for " + purpose);
        }
        return port;
    }
}
