package io.ocos.ingest.config;

import io.ocos.ingest.domain.FollowedContract;
import io.ocos.schemas.config.ConfigException;
import io.ocos.schemas.config.Secret;
import io.ocos.schemas.domain.Address;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Configuration of the chain follower. Keys that have a default may be absent (null to the constructor); afterwards nothing but
 * {@code kafkaPropertiesFile} is null.
 *
 * @param rpcUrls JSON-RPC endpoints of one chain, the preferred one first; never printed, as they may hold an access key
 * @param chainId EIP-155 chain id that each endpoint must have
 * @param contracts address of each followed contract by the name in {@link FollowedContract}; others are not followed
 * @param startBlock first block that is written when the topic is empty, ≥ 0
 * @param confirmations blocks that must lie above a block before it is written, 0 … 10 000; default 15
 * @param maxRange most blocks asked for and written at once, 1 … 10 000; default 2 000
 * @param maxLogs an answer of so many logs or more may have been cut and is asked for again in parts, ≥ 1; default 10 000
 * @param checkAllReceipts whether the receipts of every block that may hold events are read, not only of those whose answer
 *     is suspect; default false
 * @param pollMillis pause between looks for new blocks, 10 … 600 000; default 1 000
 * @param rpcTimeoutMillis time that an endpoint has for an answer, 100 … 600 000; default 15 000
 * @param readyLagBlocks ready means: not more final blocks than this are still to be written; default 20
 * @param kafkaBootstrap {@code host:port[,host:port]}
 * @param kafkaPropertiesFile further properties of the Kafka clients (security); null = none
 * @param opsPort port of health, readiness and metrics, 0 (default) = any free one
 */
public record ChainFollowerConfig(
        List<Secret> rpcUrls,
        Long chainId,
        Map<String, Address> contracts,
        Long startBlock,
        Integer confirmations,
        Integer maxRange,
        Integer maxLogs,
        Boolean checkAllReceipts,
        Integer pollMillis,
        Integer rpcTimeoutMillis,
        Integer readyLagBlocks,
        String kafkaBootstrap,
        @Nullable Path kafkaPropertiesFile,
        Integer opsPort) {

    public ChainFollowerConfig {
        rpcUrls = List.copyOf(Checks.required("rpcUrls", rpcUrls));
        if (rpcUrls.isEmpty()) {
            throw new ConfigException("rpcUrls: is empty, expected at least one URL");
        }
        for (int i = 0; i < rpcUrls.size(); i++) {
            Checks.secretHttpUrl("rpcUrls[%d]".formatted(i), rpcUrls.get(i));
        }
        Checks.range("chainId", Checks.required("chainId", chainId), 1, Long.MAX_VALUE);
        contracts = Map.copyOf(Checks.required("contracts", contracts));
        if (contracts.isEmpty()) {
            throw new ConfigException("contracts: is empty, expected at least NodeRegistry and ParameterStore");
        }
        Checks.range("startBlock", Checks.required("startBlock", startBlock), 0, Long.MAX_VALUE);
        confirmations = Checks.range("confirmations", confirmations, 15, 0, 10_000);
        maxRange = Checks.range("maxRange", maxRange, 2_000, 1, 10_000);
        maxLogs = Checks.range("maxLogs", maxLogs, 10_000, 1, 1_000_000);
        checkAllReceipts = checkAllReceipts != null && checkAllReceipts;
        pollMillis = Checks.range("pollMillis", pollMillis, 1_000, 10, 600_000);
        rpcTimeoutMillis = Checks.range("rpcTimeoutMillis", rpcTimeoutMillis, 15_000, 100, 600_000);
        readyLagBlocks = Checks.range("readyLagBlocks", readyLagBlocks, 20, 0, 1_000_000);
        kafkaBootstrap = Checks.required("kafkaBootstrap", kafkaBootstrap);
        opsPort = Checks.range("opsPort", opsPort, 0, 0, 65_535);
    }
}
