package io.ocos.jobs.treasury;

import io.ocos.jobs.settlement.ArtifactStore;
import io.ocos.jobs.settlement.BatchLog;
import io.ocos.rewardssettlement.domain.submission.ChainUnavailableException;
import io.ocos.rewardssettlement.io.Deployment;
import io.ocos.rewardssettlement.io.SettlementReader;
import io.ocos.schemas.avro.SettlementBatch;
import io.ocos.schemas.config.ConfigException;
import java.time.Duration;
import java.util.NavigableMap;

/** What the treasury's commands read from, opened. Not for use by several threads. */
public final class Treasury implements AutoCloseable {

    private final TreasuryConfig config;
    private final Deployment deployment;
    private final SettlementReader chain;

    private Treasury(TreasuryConfig config, Deployment deployment, SettlementReader chain) {
        this.config = config;
        this.deployment = deployment;
        this.chain = chain;
    }

    /**
     * Opens it, and asks the endpoint whether it is one of this chain and has the contract.
     *
     * @throws ConfigException when it is not, or does not answer
     */
    public static Treasury open(TreasuryConfig config) {
        Deployment deployment = config.deployment();
        SettlementReader chain = new SettlementReader(
                config.rpcUrl().reveal(), deployment.settlement(), Duration.ofMillis(config.rpcTimeoutMillis()));
        try {
            long chainId = chain.chainId();
            if (chainId != deployment.chainId()) {
                throw new ConfigException("%s: chain id %d, but rpcUrl has chain id %d; expected the same"
                        .formatted(config.deploymentFile(), deployment.chainId(), chainId));
            }
            if (!chain.hasContract()) {
                throw new ConfigException("%s: rpcUrl has no settlement contract at %s"
                        .formatted(config.deploymentFile(), deployment.settlement()));
            }
            return new Treasury(config, deployment, chain);
        } catch (ChainUnavailableException e) {
            chain.close();
            throw new ConfigException(String.valueOf(e.getMessage()), e);
        } catch (RuntimeException e) {
            chain.close();
            throw e;
        }
    }

    public TreasuryConfig config() {
        return config;
    }

    /** Chain id and addresses. */
    public Deployment deployment() {
        return deployment;
    }

    /** The settlement contract. */
    public SettlementReader chain() {
        return chain;
    }

    public ArtifactStore artifacts() {
        return ArtifactStore.at(config.artifactDirectory());
    }

    /**
     * All batches that were made, by number.
     *
     * @throws ConfigException when Kafka or the topic cannot be read
     */
    public NavigableMap<Long, SettlementBatch> batches() {
        return BatchLog.read(config.kafkaBootstrap(), config.kafkaPropertiesFile());
    }

    @Override
    public void close() {
        chain.close();
    }
}
