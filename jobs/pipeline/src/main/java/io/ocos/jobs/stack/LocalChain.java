package io.ocos.jobs.stack;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.ocos.ingest.domain.FleetPlan;
import io.ocos.ingest.domain.FleetPlan.Account;
import io.ocos.ingest.domain.FleetUsage;
import io.ocos.rewardssettlement.contracts.ComputeStaking;
import io.ocos.rewardssettlement.contracts.JobEscrow;
import io.ocos.rewardssettlement.contracts.OcosToken;
import io.ocos.rewardssettlement.contracts.StorageSubscriptions;
import io.ocos.rewardssettlement.domain.NodeRegistration;
import io.ocos.rewardssettlement.io.ContractDeployer;
import io.ocos.rewardssettlement.io.Deployment;
import io.ocos.rewardssettlement.io.EvmClient;
import io.ocos.rewardssettlement.io.NodeRegistryClient;
import io.ocos.rewardssettlement.io.NodeRegistryClient.Enrollment;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.domain.Hex;
import io.ocos.schemas.domain.NodeType;
import io.ocos.schemas.domain.TokenAmount;
import io.ocos.schemas.io.AnvilProcess;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.web3j.protocol.core.DefaultBlockParameter;
import org.web3j.protocol.core.DefaultBlockParameterName;
import org.web3j.protocol.core.Request;
import org.web3j.protocol.core.methods.response.EthBlock;
import org.web3j.protocol.core.methods.response.VoidResponse;
import org.web3j.protocol.exceptions.TransactionException;
import org.web3j.protocol.http.HttpService;

/**
 * The local chain: its command line, its state on disk, and what the deployer does on it.
 *
 * <p>State survives everything: anvil writes it when it is stopped, and every {@link #SNAPSHOT_INTERVAL} a snapshot is taken, so
 * that kill -9 costs fewer blocks than the chain follower waits for ({@link #CONFIRMATIONS}): nobody downstream has seen them.
 */
final class LocalChain implements AutoCloseable {

    static final Duration BLOCK_TIME = Duration.ofSeconds(3);
    static final Duration SNAPSHOT_INTERVAL = Duration.ofSeconds(10);
    static final int CONFIRMATIONS = 8;

    /** Blocks of the past are this far apart at least; they are at most {@link #MAX_PAST_BLOCKS}. */
    private static final long PAST_BLOCK_SECONDS = 12;

    private static final long MAX_PAST_BLOCKS = 5_000;

    /** Batches and votes of the local DAO take minutes. */
    static final Duration EPOCH = Duration.ofMinutes(2);

    private static final Duration CHALLENGE_PERIOD = Duration.ofSeconds(60);
    private static final Duration VOTING_DELAY = Duration.ofSeconds(15);
    private static final Duration VOTING_PERIOD = Duration.ofSeconds(60);
    private static final Duration TIMELOCK_DELAY = Duration.ofSeconds(30);
    private static final TokenAmount PROPOSAL_THRESHOLD = TokenAmount.ocos(100);
    private static final int QUORUM_PERCENT = 4;

    /** Ten times what all caps of SPEC 4 together allow in an epoch. */
    private static final TokenAmount EPOCH_CAP = TokenAmount.ocos(1_900);

    private static final TokenAmount SUPPLY = TokenAmount.ocos(1_000_000_000);

    /** More than the quorum. */
    private static final TokenAmount MEMBERS_VOTES = TokenAmount.ocos(100_000_000);

    private static final BigInteger GAS_MONEY = BigInteger.TEN.pow(18);
    private static final Duration SIGNATURE_VALIDITY = Duration.ofDays(1);

    /** What usage costs on the local chain, and what stake unlocks a node-minute (SPEC 12). */
    private static final Map<String, TokenAmount> PARAMETERS = Map.of(
            "reputation.prior", TokenAmount.wei(1),
            "price.cpuMinute", TokenAmount.wei(2_000_000_000_000_000L),
            "price.gpuMinute", TokenAmount.wei(50_000_000_000_000_000L),
            "price.egressGb", TokenAmount.wei(100_000_000_000_000_000L),
            "price.storageGbMonth", TokenAmount.wei(80_000_000_000_000_000L),
            "stakePerNodeMinute", TokenAmount.wei(10_000_000_000_000_000L));

    /** OCOS that each simulated customer has to spend. */
    private static final TokenAmount POCKET = TokenAmount.ocos(1_000);

    private static final TokenAmount LARGE_STAKE = TokenAmount.ocos(100_000);
    private static final long JOB_SECONDS = Duration.ofDays(300).toSeconds();

    /** Plans of the simulated customers, in their order. */
    private static final List<String> PLANS = List.of("", "STANDARD", "PREMIUM", "");

    private final URI rpcUrl;
    private final HttpService http;
    private final EvmClient client;

    /** Connects to a chain that answers. */
    LocalChain(URI rpcUrl) {
        http = new HttpService(rpcUrl.toString());
        this.rpcUrl = rpcUrl;
        client = new EvmClient(rpcUrl, LocalAccount.DEPLOYER.privateKey());
    }

    /**
     * The command line of the chain on its newest state.
     *
     * @param genesis time of the first block of a new chain
     */
    static List<String> command(int port, Path dataDir, Instant genesis) {
        List<String> options = new ArrayList<>(List.of(
                "--block-time",
                Long.toString(BLOCK_TIME.toSeconds()),
                "--mixed-mining",
                "--dump-state",
                atExit(dataDir).toString()));
        Optional<Path> state = newestState(dataDir);
        if (state.isPresent()) {
            Path loaded = dataDir.resolve("loaded.json");
            try {
                Files.move(state.get(), loaded, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
            } catch (IOException e) {
                throw new UncheckedIOException("%s cannot be taken up".formatted(state.get()), e);
            }
            options.addAll(List.of("--load-state", loaded.toString()));
        } else {
            try {
                Files.createDirectories(dataDir);
            } catch (IOException e) {
                throw new UncheckedIOException("%s cannot be made".formatted(dataDir), e);
            }
            options.addAll(List.of("--timestamp", Long.toString(genesis.getEpochSecond())));
        }
        return AnvilProcess.command(port, options);
    }

    /** Of what was written at exit, snapshots and what was last loaded, the complete one with the highest block. */
    static Optional<Path> newestState(Path dataDir) {
        record Candidate(Path file, long block) {}
        return Stream.of(atExit(dataDir), snapshot(dataDir), dataDir.resolve("loaded.json"))
                .flatMap(file -> {
                    OptionalLong block = headBlock(file);
                    return block.isPresent() ? Stream.of(new Candidate(file, block.getAsLong())) : Stream.empty();
                })
                .max(Comparator.comparingLong(Candidate::block))
                .map(Candidate::file);
    }

    /** Number of the newest block of a state file; empty when it is missing or cut off. */
    private static OptionalLong headBlock(Path file) {
        if (!Files.isRegularFile(file)) {
            return OptionalLong.empty();
        }
        OptionalLong block = OptionalLong.empty();
        try (JsonParser json = new JsonFactory().createParser(file.toFile())) {
            if (json.nextToken() != JsonToken.START_OBJECT) {
                return OptionalLong.empty();
            }
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                boolean isHead = json.currentName().equals("best_block_number");
                json.nextToken();
                if (isHead) {
                    block = OptionalLong.of(Long.decode(json.getText()));
                }
                json.skipChildren();
            }
            return json.currentToken() == JsonToken.END_OBJECT ? block : OptionalLong.empty();
        } catch (IOException | NumberFormatException e) {
            return OptionalLong.empty();
        }
    }

    private static Path atExit(Path dataDir) {
        return dataDir.resolve("exit.json");
    }

    private static Path snapshot(Path dataDir) {
        return dataDir.resolve("snapshot.json");
    }

    /** Writes the chain's state as a whole. */
    void takeSnapshot(Path dataDir) throws IOException {
        String dumped = send("anvil_dumpState", List.of(), StringResponse.class).getResult();
        try (GZIPInputStream state = new GZIPInputStream(new ByteArrayInputStream(Hex.parse(dumped)))) {
            StackDirectory.write(snapshot(dataDir), state.readAllBytes());
        }
    }

    /** Deploys the contracts, with a prior that lets a newcomer earn within minutes, and gives the DAO's member its votes. */
    Deployment deploy() throws IOException, TransactionException {
        Deployment deployment = ContractDeployer.deploy(
                client,
                ContractDeployer.Plan.local(
                        SUPPLY,
                        new ContractDeployer.Roles(
                                LocalAccount.SLASHER.address(),
                                LocalAccount.PROPOSER.address(),
                                LocalAccount.GUARDIAN.address(),
                                LocalAccount.SETTLER.address(),
                                LocalAccount.CHALLENGER.address()),
                        new ContractDeployer.Settlement(EPOCH, EPOCH_CAP, CHALLENGE_PERIOD),
                        new ContractDeployer.Governance(
                                VOTING_DELAY, VOTING_PERIOD, PROPOSAL_THRESHOLD, QUORUM_PERCENT, TIMELOCK_DELAY),
                        PARAMETERS,
                        CONFIRMATIONS));
        client.sendAll(
                deployment.token(),
                List.of(token(client, deployment)
                        .transfer(LocalAccount.MEMBER.address().toString(), MEMBERS_VOTES.wei())
                        .encodeFunctionCall()));
        try (EvmClient member = new EvmClient(rpcUrl, LocalAccount.MEMBER.privateKey())) {
            member.sendAll(
                    deployment.token(),
                    List.of(token(member, deployment)
                            .delegate(LocalAccount.MEMBER.address().toString())
                            .encodeFunctionCall()));
        }
        return deployment;
    }

    private static OcosToken token(EvmClient client, Deployment deployment) {
        return OcosToken.load(deployment.token().toString(), client.web3j(), client.transactions(), client.gas());
    }

    /** Gives an account coin for gas, should it have none. */
    void giveGasMoney(Address account) throws IOException, TransactionException {
        BigInteger balance = client.web3j()
                .ethGetBalance(account.toString(), DefaultBlockParameterName.LATEST)
                .send()
                .getBalance();
        if (balance.signum() == 0) {
            client.pay(account, GAS_MONEY);
        }
    }

    /** Registers and stakes the nodes of a plan. */
    void enroll(FleetPlan plan, Deployment deployment) throws IOException, TransactionException {
        List<Enrollment> enrollments = new ArrayList<>();
        for (FleetPlan.Node node : plan.nodes()) {
            enrollments.add(sign(
                    deployment,
                    node.address(),
                    node.owner().address(),
                    node.type(),
                    node.capacityUnits(),
                    node.stake(),
                    node.key().privateKey().toBytes()));
        }
        new NodeRegistryClient(client, deployment).enroll(enrollments);
    }

    /**
     * Makes customers of accounts: with stake, storage plans, and jobs that run for {@link #JOB_SECONDS}.
     *
     * @param quotaMinutes how long the first customer's stake lasts
     */
    void engage(FleetUsage usage, long quotaMinutes, Deployment deployment) throws IOException, TransactionException {
        OcosToken token = token(client, deployment);
        ComputeStaking staking = ComputeStaking.load(
                deployment.computeStaking().toString(), client.web3j(), client.transactions(), client.gas());
        List<String> transfers = new ArrayList<>();
        List<String> stakes = new ArrayList<>();
        BigInteger staked = BigInteger.ZERO;
        for (Account customer : usage.customers()) {
            transfers.add(token.transfer(customer.toString(), POCKET.wei()).encodeFunctionCall());
            BigInteger stake = stakes.isEmpty()
                    ? Objects.requireNonNull(PARAMETERS.get("stakePerNodeMinute"))
                            .wei()
                            .multiply(BigInteger.valueOf(Math.max(1, usage.nodesOf(customer) * quotaMinutes)))
                    : LARGE_STAKE.wei();
            stakes.add(staking.stake(customer.toString(), stake).encodeFunctionCall());
            staked = staked.add(stake);
        }
        transfers.add(
                token.approve(deployment.computeStaking().toString(), staked).encodeFunctionCall());
        client.sendAll(deployment.token(), transfers);
        client.sendAll(deployment.computeStaking(), stakes);
        for (int index = 0; index < usage.customers().size(); index++) {
            engage(usage, usage.customers().get(index), PLANS.get(index % PLANS.size()), deployment);
        }
    }

    private void engage(FleetUsage usage, Account customer, String plan, Deployment deployment)
            throws IOException, TransactionException {
        giveGasMoney(customer.address());
        BigInteger deadline = BigInteger.valueOf(headTimeSeconds() + JOB_SECONDS);
        try (EvmClient own = new EvmClient(rpcUrl, customer.privateKey().toBytes())) {
            JobEscrow escrow =
                    JobEscrow.load(deployment.escrow().toString(), own.web3j(), own.transactions(), own.gas());
            List<String> jobs = usage.jobs().stream()
                    .filter(job -> job.customer().equals(customer))
                    .map(job -> escrow.createJob(
                                    job.salt().toBytes(),
                                    Hash32.ofName("TRAIN").toBytes(),
                                    BigInteger.ZERO,
                                    deadline,
                                    job.id().toBytes())
                            .encodeFunctionCall())
                    .toList();
            if (!jobs.isEmpty()) {
                own.sendAll(deployment.escrow(), jobs);
            }
            if (!plan.isEmpty()) {
                OcosToken token = token(own, deployment);
                StorageSubscriptions subscriptions = StorageSubscriptions.load(
                        deployment.subscriptions().toString(), own.web3j(), own.transactions(), own.gas());
                own.sendAll(
                        deployment.token(),
                        List.of(token.approve(deployment.subscriptions().toString(), POCKET.wei())
                                .encodeFunctionCall()));
                own.sendAll(
                        deployment.subscriptions(),
                        List.of(subscriptions
                                .subscribe(Hash32.ofName(plan).toBytes(), BigInteger.ONE, POCKET.wei())
                                .encodeFunctionCall()));
            }
        }
    }

    /** When the contracts were deployed, ms: the beginning of everything on this chain. */
    long deployedAtMillis(Deployment deployment) throws IOException {
        EthBlock block = client.web3j()
                .ethGetBlockByNumber(
                        DefaultBlockParameter.valueOf(BigInteger.valueOf(deployment.deploymentBlock())), false)
                .send();
        return block.getBlock().getTimestamp().longValueExact() * 1_000;
    }

    /** Registers and stakes one node, unless it is registered. */
    void enroll(
            Deployment deployment,
            Address node,
            byte[] nodeKey,
            Address owner,
            NodeType type,
            long units,
            TokenAmount stake)
            throws IOException, TransactionException {
        NodeRegistryClient registry = new NodeRegistryClient(client, deployment);
        if (!isRegistered(registry, node)) {
            registry.enroll(List.of(sign(deployment, node, owner, type, units, stake, nodeKey)));
        }
    }

    /** Mines blocks of past times until the chain's time is the wall clock's. */
    void mineUpToNow() throws IOException {
        long head = headTimeSeconds();
        long gap = Instant.now().getEpochSecond() - head;
        long interval = Math.max(PAST_BLOCK_SECONDS, gap / MAX_PAST_BLOCKS);
        if (gap >= interval) {
            send("anvil_mine", List.of(gap / interval, interval), VoidResponse.class);
        }
    }

    private long headTimeSeconds() throws IOException {
        EthBlock head = client.web3j()
                .ethGetBlockByNumber(DefaultBlockParameterName.LATEST, false)
                .send();
        return head.getBlock().getTimestamp().longValueExact();
    }

    @Override
    public void close() {
        client.close();
    }

    private Enrollment sign(
            Deployment deployment,
            Address node,
            Address owner,
            NodeType type,
            long units,
            TokenAmount stake,
            byte[] nodeKey) {
        long deadline = Instant.now().plus(SIGNATURE_VALIDITY).getEpochSecond();
        return NodeRegistryClient.sign(
                new NodeRegistration(node, owner, type, BigInteger.valueOf(units), 0, deadline),
                stake,
                nodeKey,
                deployment);
    }

    private static boolean isRegistered(NodeRegistryClient registry, Address node) throws IOException {
        try {
            return registry.registry().nodeOf(node.toString()).send().registered;
        } catch (IOException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            // The wrappers declare Exception and throw no other checked ones.
            throw new IllegalStateException(e);
        }
    }

    private <T extends org.web3j.protocol.core.Response<?>> T send(String method, List<?> parameters, Class<T> type)
            throws IOException {
        T response = new Request<>(method, parameters, http, type).send();
        if (response.hasError()) {
            throw new IOException("%s: the chain answered: %s"
                    .formatted(method, response.getError().getMessage()));
        }
        return response;
    }

    /** A JSON-RPC answer that is a text. */
    static final class StringResponse extends org.web3j.protocol.core.Response<String> {}
}
