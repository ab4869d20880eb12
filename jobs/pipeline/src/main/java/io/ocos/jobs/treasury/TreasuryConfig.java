package io.ocos.jobs.treasury;

import io.ocos.jobs.stack.StackDirectory;
import io.ocos.jobs.stack.StackState;
import io.ocos.rewardssettlement.io.Deployment;
import io.ocos.schemas.config.ConfigException;
import io.ocos.schemas.config.Secret;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Where the treasury's commands find things. Keys that have a default may be absent (null to the constructor); afterwards
 * nothing but {@code kafkaPropertiesFile} and {@code clickhouseUrl} is null.
 *
 * @param rpcUrl JSON-RPC endpoint of a node that the treasury trusts; never printed, as it may hold an access key
 * @param deploymentFile chain id and addresses of the contracts, as {@link Deployment} writes them
 * @param rpcTimeoutMillis time that the endpoint has for an answer, 100 … 600 000; default 15 000
 * @param kafkaBootstrap {@code host:port[,host:port]}
 * @param kafkaPropertiesFile further properties of the Kafka clients (security); null = none
 * @param artifactDirectory where the SettlementJob writes artifacts: a directory, or a URI
 * @param archiveDirectory the archive of the inputs: a directory, or a URI
 * @param clickhouseUrl {@code http(s)://host:port}; null = what needs ClickHouse cannot be done
 * @param clickhouseUser default {@code default}
 * @param clickhousePassword default empty
 */
public record TreasuryConfig(
        Secret rpcUrl,
        Path deploymentFile,
        Integer rpcTimeoutMillis,
        String kafkaBootstrap,
        @Nullable Path kafkaPropertiesFile,
        String artifactDirectory,
        String archiveDirectory,
        @Nullable String clickhouseUrl,
        String clickhouseUser,
        Secret clickhousePassword) {

    private static final int RPC_TIMEOUT_MILLIS = 15_000;
    private static final String CLICKHOUSE_USER = "default";

    public TreasuryConfig {
        requireHttp(required("rpcUrl", rpcUrl));
        required("deploymentFile", deploymentFile);
        rpcTimeoutMillis = rpcTimeoutMillis == null ? RPC_TIMEOUT_MILLIS : rpcTimeoutMillis;
        if (rpcTimeoutMillis < 100 || rpcTimeoutMillis > 600_000) {
            throw new IllegalArgumentException(
                    "rpcTimeoutMillis %d, expected 100 … 600000".formatted(rpcTimeoutMillis));
        }
        required("kafkaBootstrap", kafkaBootstrap);
        required("artifactDirectory", artifactDirectory);
        required("archiveDirectory", archiveDirectory);
        if (clickhouseUrl != null && !clickhouseUrl.startsWith("http://") && !clickhouseUrl.startsWith("https://")) {
            throw new IllegalArgumentException(
                    "clickhouseUrl '%s', expected http://host:port or https://host:port".formatted(clickhouseUrl));
        }
        clickhouseUser = clickhouseUser == null ? CLICKHOUSE_USER : clickhouseUser;
        clickhousePassword = clickhousePassword == null ? new Secret("") : clickhousePassword;
    }

    /**
     * Of a local stack.
     *
     * @param state what runs there
     * @throws ConfigException when its chain or its broker is not started yet
     */
    public static TreasuryConfig of(StackDirectory directory, StackState state) {
        return new TreasuryConfig(
                new Secret(url(state, "anvil", "chain")),
                directory.deploymentFile(),
                RPC_TIMEOUT_MILLIS,
                url(state, "broker", "broker"),
                null,
                directory.artifacts().toUri().toString(),
                directory.archive().toString(),
                state.url("clickhouse").orElse(null),
                CLICKHOUSE_USER,
                new Secret(""));
    }

    /**
     * The contracts.
     *
     * @throws ConfigException when the file is missing or none
     */
    public Deployment deployment() {
        if (!Files.exists(deploymentFile)) {
            throw new ConfigException("deploymentFile %s: no such file".formatted(deploymentFile));
        }
        try {
            return Deployment.read(deploymentFile);
        } catch (IllegalArgumentException e) {
            throw new ConfigException("deploymentFile " + e.getMessage(), e);
        }
    }

    private static String url(StackState state, String part, String name) {
        return state.url(part)
                .orElseThrow(() -> new ConfigException("the %s of the stack is not started yet".formatted(name)));
    }

    private static <T> T required(String key, @Nullable T value) {
        return Optional.ofNullable(value)
                .orElseThrow(() -> new IllegalArgumentException("%s is missing".formatted(key)));
    }

    /** Neither the message nor a cause shows the URL. */
    private static void requireHttp(Secret url) {
        boolean http;
        try {
            URI uri = URI.create(url.reveal());
            http = ("http".equals(uri.getScheme()) || "https".equals(uri.getScheme())) && uri.getHost() != null;
        } catch (IllegalArgumentException e) {
            http = false;
        }
        if (!http) {
            throw new IllegalArgumentException(
                    "rpcUrl is no URL (not shown, it may hold a key), expected http://HOST:PORT or https://HOST/PATH");
        }
    }
}
