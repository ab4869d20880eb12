package io.ocos.ingest.config;

import io.ocos.schemas.domain.Address;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Configuration of a gateway. Keys that have a default may be absent (null to the constructor); afterwards nothing but
 * {@code kafkaPropertiesFile} is null.
 *
 * @param id name of this gateway among all that run; written into what it accepts
 * @param host address to listen on; default 127.0.0.1
 * @param port 0 = any free port; default 0
 * @param kafkaBootstrap {@code host:port[,host:port]}
 * @param kafkaPropertiesFile further properties of the Kafka clients (security); null = none
 * @param chainId EIP-155 chain id of the deployment
 * @param registry the NodeRegistry contract
 * @param keystore encrypted keystore of the key that signs receipts
 * @param passwordFile file with the keystore's password
 * @param deniedNodes nodes that are refused whatever they send; default none
 * @param trustedProxies addresses of reverse proxies whose X-Forwarded-For is believed; default none
 * @param limits default: the default of each
 */
public record GatewayConfig(
        String id,
        String host,
        Integer port,
        String kafkaBootstrap,
        @Nullable Path kafkaPropertiesFile,
        Long chainId,
        Address registry,
        Path keystore,
        Path passwordFile,
        List<Address> deniedNodes,
        List<String> trustedProxies,
        Limits limits) {

    private static final Pattern ID = Pattern.compile("[A-Za-z0-9._-]{1,64}");

    public GatewayConfig {
        required("id", id);
        required("kafkaBootstrap", kafkaBootstrap);
        required("chainId", chainId);
        required("registry", registry);
        required("keystore", keystore);
        required("passwordFile", passwordFile);
        host = host == null ? "127.0.0.1" : host;
        port = port == null ? 0 : port;
        deniedNodes = deniedNodes == null ? List.of() : List.copyOf(deniedNodes);
        trustedProxies = trustedProxies == null ? List.of() : List.copyOf(trustedProxies);
        limits = limits == null ? Limits.DEFAULTS : limits;
        if (!ID.matcher(id).matches()) {
            throw new IllegalArgumentException(
                    "id '%s', expected 1 to 64 letters, digits, dots, dashes and underscores".formatted(id));
        }
        if (port < 0 || port > 65_535) {
            throw new IllegalArgumentException("port %d, expected 0 … 65535".formatted(port));
        }
        if (chainId < 1) {
            throw new IllegalArgumentException("chainId %d, expected at least 1".formatted(chainId));
        }
    }

    /**
     * What one client, one node and all together may ask of a gateway; every value at least 1.
     *
     * @param nodeRequestsPerMinute new envelopes of one node, over longer times; default 120
     * @param nodeBurst new envelopes of one node at once; default 60
     * @param clientRequestsPerSecond requests of one client address (IPv6: one /64), over longer times; default 500
     * @param clientBurst requests of one client address at once; default 2 000
     * @param clientInFlight requests of one client address that wait for an answer; default 512
     * @param inFlight requests of all clients that wait for an answer; default 2 048
     * @param bodyBytesInFlight bytes of their bodies together; default 33 554 432
     * @param connections open connections; default 4 096
     * @param bodyMillis time that a body may take to arrive; default 10 000
     * @param idleMillis time that a connection may be silent; default 30 000
     * @param rejectsPerSecond refused requests of one client address that are kept, over longer times; default 20
     * @param rejectsBurst refused requests of one client address that are kept, at once; default 200
     * @param receipts receipts that are remembered to answer repeats with; about 250 bytes each; default 100 000
     */
    public record Limits(
            Long nodeRequestsPerMinute,
            Long nodeBurst,
            Long clientRequestsPerSecond,
            Long clientBurst,
            Integer clientInFlight,
            Integer inFlight,
            Long bodyBytesInFlight,
            Integer connections,
            Long bodyMillis,
            Long idleMillis,
            Long rejectsPerSecond,
            Long rejectsBurst,
            Long receipts) {

        @SuppressWarnings("NullAway") // Null = the default.
        static final Limits DEFAULTS =
                new Limits(null, null, null, null, null, null, null, null, null, null, null, null, null);

        public Limits {
            nodeRequestsPerMinute = atLeast1("nodeRequestsPerMinute", nodeRequestsPerMinute, 120L);
            nodeBurst = atLeast1("nodeBurst", nodeBurst, 60L);
            clientRequestsPerSecond = atLeast1("clientRequestsPerSecond", clientRequestsPerSecond, 500L);
            clientBurst = atLeast1("clientBurst", clientBurst, 2_000L);
            clientInFlight = atLeast1("clientInFlight", clientInFlight, 512);
            inFlight = atLeast1("inFlight", inFlight, 2_048);
            bodyBytesInFlight = atLeast1("bodyBytesInFlight", bodyBytesInFlight, 32L << 20);
            connections = atLeast1("connections", connections, 4_096);
            bodyMillis = atLeast1("bodyMillis", bodyMillis, 10_000L);
            idleMillis = atLeast1("idleMillis", idleMillis, 30_000L);
            rejectsPerSecond = atLeast1("rejectsPerSecond", rejectsPerSecond, 20L);
            rejectsBurst = atLeast1("rejectsBurst", rejectsBurst, 200L);
            receipts = atLeast1("receipts", receipts, 100_000L);
        }

        private static <T extends Number> T atLeast1(String key, @Nullable T value, T defaultValue) {
            if (value != null && value.longValue() < 1) {
                throw new IllegalArgumentException("%s %s, expected at least 1".formatted(key, value));
            }
            return value == null ? defaultValue : value;
        }
    }

    private static void required(String key, @Nullable Object value) {
        if (value == null) {
            throw new IllegalArgumentException("%s is missing".formatted(key));
        }
    }
}
