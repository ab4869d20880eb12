package io.ocos.rewardssettlement.io;

import io.ocos.rewardssettlement.contracts.ComputeStaking;
import io.ocos.rewardssettlement.contracts.JobEscrow;
import io.ocos.rewardssettlement.contracts.LocalPriceFeed;
import io.ocos.rewardssettlement.contracts.NodeRegistry;
import io.ocos.rewardssettlement.contracts.OcosGovernor;
import io.ocos.rewardssettlement.contracts.OcosTimelock;
import io.ocos.rewardssettlement.contracts.OcosToken;
import io.ocos.rewardssettlement.contracts.ParameterStore;
import io.ocos.rewardssettlement.contracts.RewardsSettlement;
import io.ocos.rewardssettlement.contracts.StorageSubscriptions;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.domain.TokenAmount;
import java.io.IOException;
import java.math.BigInteger;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.web3j.protocol.core.DefaultBlockParameterName;
import org.web3j.protocol.exceptions.TransactionException;
import org.web3j.utils.Numeric;

/**
 * Creates the contracts of a deployment, funds the treasury and hands all power to the DAO's timelock: when it is done, the
 * deployer has no role left. When it fails half way, what it created is of no use; start again.
 */
public final class ContractDeployer {

    /** How long unstaked tokens stay locked and slashable, unless the DAO decided otherwise (SPEC 11). */
    public static final Duration DEFAULT_UNBONDING_PERIOD = Duration.ofDays(7);

    /** How long after its deadline a job can be settled: as long as evidence of it counts (SPEC 6, J2). */
    public static final Duration DEFAULT_JOB_GRACE_PERIOD = Duration.ofDays(30);

    private static final Address NOBODY = Address.ZERO;
    private static final Hash32 DEFAULT_ADMIN = Hash32.ZERO;

    /**
     * What is deployed.
     *
     * @param supply of the token; what the treasury does not get goes to the deployer
     * @param treasuryFunds what the treasury gets of the supply
     * @param settlementAllowance how much of the treasury's tokens batches may take before the DAO has to approve more
     * @param unbondingPeriod of nodes and of customers
     * @param jobGracePeriod how long after its deadline a job can be settled
     * @param parameters values that are set at once, by parameter name (SPEC 4)
     * @param confirmations how many blocks must stand on a block before it counts
     */
    public record Plan(
            TokenAmount supply,
            TokenAmount treasuryFunds,
            TokenAmount settlementAllowance,
            Roles roles,
            Settlement settlement,
            Governance governance,
            Subscriptions subscriptions,
            Duration unbondingPeriod,
            Duration jobGracePeriod,
            Map<String, TokenAmount> parameters,
            int confirmations) {

        public Plan {
            parameters = Map.copyOf(parameters);
        }

        /**
         * A plan for a local chain: half of the supply is the treasury's and may all be settled, OCOS costs 0.25 USD, and
         * everything that is not named has its default.
         */
        public static Plan local(
                TokenAmount supply,
                Roles roles,
                Settlement settlement,
                Governance governance,
                Map<String, TokenAmount> parameters,
                int confirmations) {
            TokenAmount half = new TokenAmount(supply.wei().shiftRight(1));
            return new Plan(
                    supply,
                    half,
                    half,
                    roles,
                    settlement,
                    governance,
                    Subscriptions.local(),
                    DEFAULT_UNBONDING_PERIOD,
                    DEFAULT_JOB_GRACE_PERIOD,
                    parameters,
                    confirmations);
        }
    }

    /**
     * Who may do what, beside the timelock.
     *
     * @param slasher may slash nodes
     * @param proposer may propose batches
     * @param guardian may veto, pause, withhold and adjust: a multisig where money is at stake
     * @param settler may settle and close jobs
     * @param challenger may create challenge jobs
     */
    public record Roles(Address slasher, Address proposer, Address guardian, Address settler, Address challenger) {}

    /**
     * How batches are held in check (SPEC 11).
     *
     * @param epoch its length, whole seconds
     * @param epochCap by how much the total may rise per epoch; counted from the epoch in which the contract is created
     * @param challengePeriod how long a proposal waits, whole seconds
     */
    public record Settlement(Duration epoch, TokenAmount epochCap, Duration challengePeriod) {}

    /**
     * How the DAO decides.
     *
     * @param votingDelay between a proposal and the moment at which votes are counted, whole seconds
     * @param votingPeriod in which votes are cast, whole seconds
     * @param proposalThreshold votes that it takes to propose
     * @param quorumPercent of the supply that has to vote for or abstain
     * @param timelockDelay between a decision and its execution, whole seconds
     */
    public record Governance(
            Duration votingDelay,
            Duration votingPeriod,
            TokenAmount proposalThreshold,
            int quorumPercent,
            Duration timelockDelay) {}

    /**
     * What storage costs. USD amounts have 8 decimals.
     *
     * @param feed a Chainlink feed, USD per OCOS; null creates the local chain's, which answers {@code localAnswer}
     * @param localAnswer USD per OCOS
     * @param maxAge of the feed's answer, whole seconds, at most a year
     * @param minAnswer USD per OCOS, in the feed's decimals
     * @param maxAnswer USD per OCOS, in the feed's decimals
     * @param usdPerPeriod price of each plan for 30 days
     */
    public record Subscriptions(
            @Nullable Address feed,
            BigInteger localAnswer,
            Duration maxAge,
            BigInteger minAnswer,
            BigInteger maxAnswer,
            Map<String, BigInteger> usdPerPeriod) {

        public Subscriptions {
            usdPerPeriod = Map.copyOf(usdPerPeriod);
        }

        /** Prices of a local chain, whose feed nobody keeps fresh. */
        public static Subscriptions local() {
            return new Subscriptions(
                    null,
                    BigInteger.valueOf(25_000_000),
                    Duration.ofDays(365),
                    BigInteger.valueOf(1_000_000),
                    BigInteger.valueOf(10_000_000_000L),
                    Map.of(
                            "STANDARD", BigInteger.valueOf(500_000_000),
                            "PREMIUM", BigInteger.valueOf(900_000_000),
                            "VIP", BigInteger.valueOf(2_500_000_000L)));
        }
    }

    private final EvmClient client;
    private final Plan plan;
    private final String deployer;

    private ContractDeployer(EvmClient client, Plan plan) {
        this.client = client;
        this.plan = plan;
        this.deployer = client.address().toString();
    }

    /**
     * Deploys all contracts.
     *
     * @throws TransactionException when a transaction failed or was not mined within a minute
     * @throws RevertedException when a contract refuses a value of the plan
     */
    public static Deployment deploy(EvmClient client, Plan plan) throws IOException, TransactionException {
        try {
            return new ContractDeployer(client, plan).deploy();
        } catch (IOException | TransactionException e) {
            throw e;
        } catch (RuntimeException e) {
            // The wrappers hide why a contract refused to be created.
            throw e.getCause() instanceof RevertedException refused ? refused : e;
        } catch (Exception e) {
            // The wrappers declare Exception and throw no other checked ones than the two above.
            throw new IllegalStateException(e);
        }
    }

    private Deployment deploy() throws Exception {
        OcosToken token = OcosToken.deploy(
                        client.web3j(),
                        client.transactions(),
                        client.gas(),
                        deployer,
                        plan.supply().wei())
                .send();
        OcosTimelock timelock = OcosTimelock.deploy(
                        client.web3j(),
                        client.transactions(),
                        client.gas(),
                        BigInteger.ZERO,
                        List.of(deployer),
                        List.of(NOBODY.toString()),
                        deployer)
                .send();
        OcosGovernor governor = governor(token, timelock);
        NodeRegistry registry = registry(token, timelock);
        ParameterStore parameters = parameters(timelock);
        RewardsSettlement settlement = settlement(token, timelock);
        JobEscrow escrow = escrow(token, timelock);
        ComputeStaking staking = ComputeStaking.deploy(
                        client.web3j(),
                        client.transactions(),
                        client.gas(),
                        token.getContractAddress(),
                        seconds(plan.unbondingPeriod()))
                .send();
        String feed = priceFeed();
        StorageSubscriptions subscriptions = subscriptions(token, timelock, feed);
        handOver(token, timelock, governor, settlement);
        return new Deployment(
                client.chainId(),
                token.getTransactionReceipt().orElseThrow().getBlockNumber().longValueExact(),
                plan.confirmations(),
                Address.parse(token.getContractAddress()),
                Address.parse(registry.getContractAddress()),
                Address.parse(parameters.getContractAddress()),
                Address.parse(timelock.getContractAddress()),
                Address.parse(governor.getContractAddress()),
                Address.parse(settlement.getContractAddress()),
                Address.parse(escrow.getContractAddress()),
                Address.parse(staking.getContractAddress()),
                Address.parse(subscriptions.getContractAddress()),
                Address.parse(feed));
    }

    private OcosGovernor governor(OcosToken token, OcosTimelock timelock) throws Exception {
        Governance governance = plan.governance();
        return OcosGovernor.deploy(
                        client.web3j(),
                        client.transactions(),
                        client.gas(),
                        token.getContractAddress(),
                        timelock.getContractAddress(),
                        seconds(governance.votingDelay()),
                        seconds(governance.votingPeriod()),
                        governance.proposalThreshold().wei(),
                        BigInteger.valueOf(governance.quorumPercent()))
                .send();
    }

    private NodeRegistry registry(OcosToken token, OcosTimelock timelock) throws Exception {
        NodeRegistry registry = NodeRegistry.deploy(
                        client.web3j(),
                        client.transactions(),
                        client.gas(),
                        token.getContractAddress(),
                        deployer,
                        timelock.getContractAddress(),
                        seconds(plan.unbondingPeriod()))
                .send();
        byte[] slasher = registry.SLASHER_ROLE().send();
        registry.grantRole(slasher, plan.roles().slasher().toString()).send();
        registry.grantRole(slasher, timelock.getContractAddress()).send();
        registry.grantRole(DEFAULT_ADMIN.toBytes(), timelock.getContractAddress())
                .send();
        registry.renounceRole(DEFAULT_ADMIN.toBytes(), deployer).send();
        return registry;
    }

    private ParameterStore parameters(OcosTimelock timelock) throws Exception {
        ParameterStore parameters = ParameterStore.deploy(client.web3j(), client.transactions(), client.gas(), deployer)
                .send();
        List<String> calls = new TreeMap<>(plan.parameters())
                .entrySet().stream()
                        .map(entry -> parameters
                                .set(
                                        Hash32.ofName(entry.getKey()).toBytes(),
                                        entry.getValue().wei())
                                .encodeFunctionCall())
                        .toList();
        if (!calls.isEmpty()) {
            client.sendAll(Address.parse(parameters.getContractAddress()), calls);
        }
        byte[] setter = parameters.SETTER_ROLE().send();
        parameters.grantRole(setter, timelock.getContractAddress()).send();
        parameters
                .grantRole(DEFAULT_ADMIN.toBytes(), timelock.getContractAddress())
                .send();
        parameters.renounceRole(setter, deployer).send();
        parameters.renounceRole(DEFAULT_ADMIN.toBytes(), deployer).send();
        return parameters;
    }

    private RewardsSettlement settlement(OcosToken token, OcosTimelock timelock) throws Exception {
        BigInteger epoch = seconds(plan.settlement().epoch());
        if (epoch.signum() == 0) {
            throw new IllegalArgumentException("epoch %s, expected a second or more"
                    .formatted(plan.settlement().epoch()));
        }
        BigInteger now = client.web3j()
                .ethGetBlockByNumber(DefaultBlockParameterName.LATEST, false)
                .send()
                .getBlock()
                .getTimestamp();
        BigInteger startEpoch = now.divide(epoch).subtract(BigInteger.ONE).max(BigInteger.ZERO);
        return RewardsSettlement.deploy(
                        client.web3j(),
                        client.transactions(),
                        client.gas(),
                        token.getContractAddress(),
                        timelock.getContractAddress(),
                        timelock.getContractAddress(),
                        plan.roles().proposer().toString(),
                        plan.roles().guardian().toString(),
                        epoch,
                        startEpoch,
                        plan.settlement().epochCap().wei(),
                        seconds(plan.settlement().challengePeriod()))
                .send();
    }

    private JobEscrow escrow(OcosToken token, OcosTimelock timelock) throws Exception {
        return JobEscrow.deploy(
                        client.web3j(),
                        client.transactions(),
                        client.gas(),
                        token.getContractAddress(),
                        timelock.getContractAddress(),
                        timelock.getContractAddress(),
                        plan.roles().settler().toString(),
                        plan.roles().challenger().toString(),
                        seconds(plan.jobGracePeriod()))
                .send();
    }

    private String priceFeed() throws Exception {
        Address feed = plan.subscriptions().feed();
        if (feed != null) {
            return feed.toString();
        }
        return LocalPriceFeed.deploy(
                        client.web3j(),
                        client.transactions(),
                        client.gas(),
                        plan.subscriptions().localAnswer())
                .send()
                .getContractAddress();
    }

    private StorageSubscriptions subscriptions(OcosToken token, OcosTimelock timelock, String feed) throws Exception {
        Subscriptions subscriptions = plan.subscriptions();
        TreeMap<String, BigInteger> prices = new TreeMap<>(subscriptions.usdPerPeriod());
        return StorageSubscriptions.deploy(
                        client.web3j(),
                        client.transactions(),
                        client.gas(),
                        token.getContractAddress(),
                        timelock.getContractAddress(),
                        timelock.getContractAddress(),
                        feed,
                        new StorageSubscriptions.FeedBounds(
                                seconds(subscriptions.maxAge()), subscriptions.minAnswer(), subscriptions.maxAnswer()),
                        prices.keySet().stream()
                                .map(name -> Hash32.ofName(name).toBytes())
                                .toList(),
                        List.copyOf(prices.values()))
                .send();
    }

    /** Funds the treasury, lets batches take from it, and leaves the timelock to the governor. */
    private void handOver(OcosToken token, OcosTimelock timelock, OcosGovernor governor, RewardsSettlement settlement)
            throws Exception {
        token.transfer(timelock.getContractAddress(), plan.treasuryFunds().wei())
                .send();
        token.transferOwnership(timelock.getContractAddress()).send();

        List<String> targets = List.of(token.getContractAddress(), timelock.getContractAddress());
        List<BigInteger> values = List.of(BigInteger.ZERO, BigInteger.ZERO);
        List<byte[]> calls = List.of(
                call(token.approve(
                                settlement.getContractAddress(),
                                plan.settlementAllowance().wei())
                        .encodeFunctionCall()),
                call(timelock.updateDelay(seconds(plan.governance().timelockDelay()))
                        .encodeFunctionCall()));
        byte[] none = Hash32.ZERO.toBytes();
        timelock.scheduleBatch(targets, values, calls, none, none, BigInteger.ZERO)
                .send();
        timelock.executeBatch(targets, values, calls, none, none, BigInteger.ZERO)
                .send();

        byte[] proposer = timelock.PROPOSER_ROLE().send();
        byte[] canceller = timelock.CANCELLER_ROLE().send();
        timelock.grantRole(proposer, governor.getContractAddress()).send();
        timelock.grantRole(canceller, governor.getContractAddress()).send();
        timelock.revokeRole(proposer, deployer).send();
        timelock.revokeRole(canceller, deployer).send();
        timelock.renounceRole(DEFAULT_ADMIN.toBytes(), deployer).send();
    }

    private static byte[] call(String encoded) {
        return Numeric.hexStringToByteArray(encoded);
    }

    private static BigInteger seconds(Duration duration) {
        return BigInteger.valueOf(duration.toSeconds());
    }
}
