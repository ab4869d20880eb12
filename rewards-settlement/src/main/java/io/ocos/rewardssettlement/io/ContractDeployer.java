package io.ocos.rewardssettlement.io;

import io.ocos.rewardssettlement.contracts.NodeRegistry;
import io.ocos.rewardssettlement.contracts.OcosToken;
import io.ocos.rewardssettlement.contracts.ParameterStore;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.domain.TokenAmount;
import java.io.IOException;
import java.math.BigInteger;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.web3j.protocol.exceptions.TransactionException;

/** Creates the contracts of a deployment and hands out their roles. */
public final class ContractDeployer {

    /** How long unstaked tokens stay locked and slashable, unless the DAO decided otherwise (SPEC 11). */
    public static final Duration DEFAULT_UNBONDING_PERIOD = Duration.ofDays(7);

    /**
     * What is deployed.
     *
     * @param supply of the token; all of it goes to the deployer
     * @param treasury receives what is slashed
     * @param slasher may slash
     * @param parameters values that are set at once, by parameter name (SPEC 4)
     */
    public record Plan(
            TokenAmount supply,
            Address treasury,
            Address slasher,
            Duration unbondingPeriod,
            Map<String, TokenAmount> parameters) {

        public Plan {
            parameters = Map.copyOf(parameters);
        }
    }

    private ContractDeployer() {}

    /**
     * Deploys token, registry and parameters; the client's key administers them until it hands its roles on.
     *
     * @throws TransactionException when a transaction failed or was not mined within a minute
     */
    public static Deployment deploy(EvmClient client, Plan plan) throws IOException, TransactionException {
        try {
            String deployer = client.address().toString();
            OcosToken token = OcosToken.deploy(
                            client.web3j(),
                            client.transactions(),
                            client.gas(),
                            deployer,
                            plan.supply().wei())
                    .send();
            NodeRegistry registry = NodeRegistry.deploy(
                            client.web3j(),
                            client.transactions(),
                            client.gas(),
                            token.getContractAddress(),
                            deployer,
                            plan.treasury().toString(),
                            BigInteger.valueOf(plan.unbondingPeriod().toSeconds()))
                    .send();
            ParameterStore parameters = ParameterStore.deploy(
                            client.web3j(), client.transactions(), client.gas(), deployer)
                    .send();
            registry.grantRole(registry.SLASHER_ROLE().send(), plan.slasher().toString())
                    .send();
            Address parameterStore = Address.parse(parameters.getContractAddress());
            if (!plan.parameters().isEmpty()) {
                List<String> calls = plan.parameters().entrySet().stream()
                        .sorted(Map.Entry.comparingByKey())
                        .map(entry -> parameters
                                .set(
                                        Hash32.ofName(entry.getKey()).toBytes(),
                                        entry.getValue().wei())
                                .encodeFunctionCall())
                        .toList();
                client.sendAll(parameterStore, calls);
            }
            BigInteger deploymentBlock =
                    token.getTransactionReceipt().orElseThrow().getBlockNumber();
            return new Deployment(
                    client.chainId(),
                    Address.parse(token.getContractAddress()),
                    Address.parse(registry.getContractAddress()),
                    parameterStore,
                    deploymentBlock.longValueExact());
        } catch (IOException | TransactionException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            // The wrappers declare Exception and throw no other checked ones than the two above.
            throw new IllegalStateException(e);
        }
    }
}
