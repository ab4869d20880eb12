package io.ocos.jobs.treasury;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.ocos.ingest.domain.EventSignature;
import io.ocos.ingest.domain.EvmLog;
import io.ocos.ingest.domain.FollowedContract;
import io.ocos.jobs.replay.JsonLinesInput;
import io.ocos.jobs.replay.Replay;
import io.ocos.jobs.replay.ReplaySettings;
import io.ocos.rewardssettlement.contracts.OcosToken;
import io.ocos.rewardssettlement.domain.NodeRegistration;
import io.ocos.rewardssettlement.io.ContractDeployer;
import io.ocos.rewardssettlement.io.DaoClient;
import io.ocos.rewardssettlement.io.Deployment;
import io.ocos.rewardssettlement.io.EvmClient;
import io.ocos.rewardssettlement.io.GovernorClient.Support;
import io.ocos.rewardssettlement.io.NodeRegistryClient;
import io.ocos.rewardssettlement.io.OperatorClient;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.domain.Minutes;
import io.ocos.schemas.domain.NodeType;
import io.ocos.schemas.domain.TokenAmount;
import io.ocos.schemas.io.AnvilProcess;
import io.ocos.schemas.io.Secp256k1Keys;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.web3j.protocol.core.DefaultBlockParameterName;
import org.web3j.protocol.core.Request;
import org.web3j.protocol.core.methods.request.EthFilter;
import org.web3j.protocol.core.methods.response.EthLog;
import org.web3j.protocol.core.methods.response.Log;
import org.web3j.protocol.core.methods.response.VoidResponse;
import org.web3j.protocol.http.HttpService;

/**
 * A decision of the DAO, from its proposal to what nodes are paid: contracts on a real chain, their events as the follower decodes
 * them, rewards as the operators compute them.
 */
class DaoEffectITCase {

    private static final BigInteger OLD_RATE = BigInteger.TEN.pow(16).multiply(BigInteger.TWO);
    private static final BigInteger NEW_RATE = BigInteger.TEN.pow(15).multiply(BigInteger.valueOf(37));
    private static final BigInteger UNITS = BigInteger.TEN;
    private static final byte[] KEY = TokenAmount.wei(99_001).toBytes();
    private static final byte[] NODE_KEY = TokenAmount.wei(99_002).toBytes();
    private static final String NODE = Secp256k1Keys.address(NODE_KEY).toString();

    @TempDir
    private Path directory;

    @Test
    void aVoteChangesWhatNodesArePaidFromItsEffectiveMinuteOn() throws Exception {
        try (AnvilProcess anvil = AnvilProcess.start(directory.resolve("anvil.log"), List.of());
                EvmClient evm = new EvmClient(anvil.rpcUrl(), KEY)) {
            rpc(anvil, "anvil_setBalance", evm.address().toString(), "0x56bc75e2d63100000");
            Deployment deployment = deploy(evm);
            Instant executed;
            try (OperatorClient client = OperatorClient.open(
                    anvil.rpcUrl().toString(),
                    deployment,
                    KEY,
                    OperatorClient.Policy.STANDARD,
                    Duration.ofSeconds(5))) {
                executed = decide(anvil, client);
            }
            long effective = minuteFrom(executed.toEpochMilli());
            Path in = Files.createDirectory(directory.resolve("in"));
            long registered = writeChainEvents(evm, deployment, in);
            assertThat(registered).as("minutes under the old rate").isLessThan(effective - 1);
            writeTelemetry(in, registered, effective + 2);

            Replay.run(
                    JsonLinesInput.in(in),
                    new ReplaySettings(
                            directory.resolve("out"),
                            deployment.chainId(),
                            deployment.registry(),
                            60,
                            Minutes.startMillis(effective + 2),
                            false,
                            false,
                            1),
                    bytes -> {});

            List<String> expected = new ArrayList<>(List.of("minute,kind,node,job,payee,amount,reason"));
            for (long minute = registered; minute < effective + 2; minute++) {
                BigInteger rate = minute < effective ? OLD_RATE : NEW_RATE;
                expected.add("%d,MINUTE,%s,,%s,%s,PAID".formatted(minute, NODE, evm.address(), rate.multiply(UNITS)));
            }
            assertThat(Files.readAllLines(directory.resolve("out/rewards.csv"))).isEqualTo(expected);
        }
    }

    /** The first minute that begins at this time or later (SPEC 2.2). */
    private static long minuteFrom(long millis) {
        return (millis + Minutes.MILLIS - 1) / Minutes.MILLIS;
    }

    /** Contracts, a node with its stake, and votes for the one who has them all. */
    private static Deployment deploy(EvmClient evm) throws Exception {
        Address all = evm.address();
        Deployment deployment = ContractDeployer.deploy(
                evm,
                ContractDeployer.Plan.local(
                        TokenAmount.ocos(1_000_000),
                        new ContractDeployer.Roles(all, all, all, all, all),
                        new ContractDeployer.Settlement(
                                Duration.ofMinutes(2), TokenAmount.ocos(1_000), Duration.ofSeconds(60)),
                        new ContractDeployer.Governance(
                                Duration.ofSeconds(30),
                                Duration.ofMinutes(2),
                                TokenAmount.ocos(100),
                                4,
                                Duration.ofMinutes(1)),
                        Map.of("reputation.prior", TokenAmount.ZERO),
                        0));
        NodeRegistration registration =
                new NodeRegistration(Address.parse(NODE), all, NodeType.AI, UNITS, 0, 10_000_000_000L);
        new NodeRegistryClient(evm, deployment)
                .enroll(List.of(NodeRegistryClient.sign(registration, TokenAmount.ocos(1_000), NODE_KEY, deployment)));
        OcosToken.load(deployment.token().toString(), evm.web3j(), evm.transactions(), evm.gas())
                .delegate(all.toString())
                .send();
        return deployment;
    }

    /** @return time of the block in which it was executed */
    private static Instant decide(AnvilProcess anvil, OperatorClient client) throws IOException {
        DaoClient dao = new DaoClient(client);
        pass(anvil, Duration.ofSeconds(2));
        BigInteger id = dao.propose(List.of(dao.setParameter("rate.AI", NEW_RATE)), "more for AI nodes", line -> {});
        pass(anvil, Duration.ofSeconds(31));
        dao.vote(dao.find(id).orElseThrow(), Support.FOR, line -> {});
        pass(anvil, Duration.ofMinutes(2));
        dao.queue(dao.find(id).orElseThrow(), line -> {});
        pass(anvil, Duration.ofMinutes(1));
        return client.timeOf(dao.execute(dao.find(id).orElseThrow(), line -> {}).block());
    }

    /**
     * The events of both contracts as records of {@code chain-events}.
     *
     * @return effective minute of the registration
     */
    private static long writeChainEvents(EvmClient evm, Deployment deployment, Path in) throws Exception {
        List<String> lines = new ArrayList<>();
        long registered = -1;
        for (FollowedContract contract : List.of(FollowedContract.NODE_REGISTRY, FollowedContract.PARAMETER_STORE)) {
            Address address = Objects.requireNonNull(deployment.contracts().get(contract.contractName()));
            EthLog answer = evm.web3j()
                    .ethGetLogs(new EthFilter(
                            DefaultBlockParameterName.EARLIEST, DefaultBlockParameterName.LATEST, address.toString()))
                    .send();
            for (EthLog.LogResult<?> result : answer.getLogs()) {
                Log log = (Log) result.get();
                long seconds = evm.web3j()
                        .ethGetBlockByHash(log.getBlockHash(), false)
                        .send()
                        .getBlock()
                        .getTimestamp()
                        .longValueExact();
                for (EventSignature event : contract.events()) {
                    if (event.topic().toString().equals(log.getTopics().get(0))) {
                        lines.add(line(event, log, address, seconds));
                        registered = event.name().equals("StakeChanged") ? minuteFrom(seconds * 1_000) : registered;
                    }
                }
            }
        }
        Files.write(in.resolve("chain-events.jsonl"), lines);
        return registered;
    }

    private static String line(EventSignature event, Log log, Address address, long seconds) throws Exception {
        EvmLog decoded = new EvmLog(
                log.getBlockNumber().longValueExact(),
                Hash32.parse(log.getBlockHash()),
                Hash32.parse(log.getTransactionHash()),
                log.getLogIndex().longValueExact(),
                address,
                log.getTopics().stream().map(Hash32::parse).toList(),
                log.getData(),
                false);
        ObjectNode json = new ObjectMapper()
                .createObjectNode()
                .put("blockNumber", decoded.blockNumber())
                .put("blockHash", decoded.blockHash().toString())
                .put("blockTime", seconds)
                .put("transactionHash", decoded.transactionHash().toString())
                .put("logIndex", decoded.logIndex())
                .put("contract", address.toString())
                .put("name", event.name());
        ObjectNode args = json.putObject("args");
        event.decode(decoded).forEach(args::put);
        return json.toString();
    }

    /** An envelope without samples in each slot. */
    private static void writeTelemetry(Path in, long from, long until) throws IOException {
        List<String> lines = new ArrayList<>();
        for (long at = Minutes.startMillis(from) + 5_000; at < Minutes.startMillis(until); at += Minutes.SLOT_MILLIS) {
            lines.add(("{\"node\":\"%s\",\"sequence\":%d,\"sentAt\":%d,\"beaconBlock\":1,\"beaconHash\":\"%s\","
                            + "\"payload\":\"0x000000\",\"signature\":\"0x%s\",\"receivedAt\":%d,\"gateway\":\"g\"}")
                    .formatted(NODE, at, at, Hash32.ZERO, "00".repeat(65), at));
        }
        Files.write(in.resolve("telemetry.jsonl"), lines);
    }

    private static void pass(AnvilProcess anvil, Duration time) throws IOException {
        rpc(anvil, "evm_increaseTime", time.toSeconds());
        rpc(anvil, "evm_mine");
    }

    private static void rpc(AnvilProcess anvil, String method, Object... parameters) throws IOException {
        HttpService http = new HttpService(anvil.rpcUrl().toString());
        Request<?, VoidResponse> request = new Request<>(method, List.of(parameters), http, VoidResponse.class);
        assertThat(request.send().hasError()).as(method).isFalse();
    }
}
