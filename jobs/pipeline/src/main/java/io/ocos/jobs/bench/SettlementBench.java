package io.ocos.jobs.bench;

import io.ocos.rewardssettlement.domain.Batch;
import io.ocos.rewardssettlement.domain.BatchLines;
import io.ocos.rewardssettlement.domain.MerkleTree;
import io.ocos.rewardssettlement.io.ContractDeployer;
import io.ocos.rewardssettlement.io.Deployment;
import io.ocos.rewardssettlement.io.EvmClient;
import io.ocos.rewardssettlement.io.SettlementClient;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.domain.Keccak;
import io.ocos.schemas.domain.TokenAmount;
import io.ocos.schemas.io.AnvilProcess;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.web3j.protocol.core.DefaultBlockParameterName;
import org.web3j.protocol.core.Request;
import org.web3j.protocol.core.methods.response.TransactionReceipt;
import org.web3j.protocol.core.methods.response.VoidResponse;
import org.web3j.protocol.http.HttpService;

/**
 * Claims against the bare transactions of the same node: payments of nothing, which no contract takes part in. Both are signed,
 * sent and waited for in the same way, in turns on one local chain. Payees claim their second batch, so that a transfer finds their
 * balances there already, as it mostly does.
 */
public final class SettlementBench {

    /** Payees of a batch that is settled. */
    public static final int MAX_CLAIMS = 100_000;

    private static final int BARE_TRANSACTIONS = 500;
    private static final int[] CHUNKS = {10, 50, 100};
    private static final Duration CHALLENGE = Duration.ofMinutes(1);
    private static final Duration EPOCH = Duration.ofMinutes(2);

    /** What came before the batches: so many are left out. */
    private static final int WAITING = 1_000;

    private static final BigInteger FUNDS = BigInteger.TEN.pow(23);

    private SettlementBench() {}

    /**
     * What was measured.
     *
     * @param bareTransactionsPerSecond median
     * @param claimsPerSecond by {@code claimMany}, median
     * @param gasPerClaim by claims in one transaction; 1 = {@code claim}
     * @param waiting batches that were made and not proposed
     * @param catchUpTransactions that it took until the newest of them was finalized
     */
    public record Result(
            double bareTransactionsPerSecond,
            double claimsPerSecond,
            Map<Integer, Long> gasPerClaim,
            int waiting,
            long catchUpTransactions) {}

    /**
     * Measures.
     *
     * @param claims payees, 200 … {@value #MAX_CLAIMS}
     * @param rounds measured of each, in turns
     */
    public static Result run(int claims, int rounds) throws Exception {
        Path log = Files.createTempFile("anvil", ".log");
        try (AnvilProcess anvil = AnvilProcess.start(log, List.of("--gas-limit", "140000000"));
                EvmClient client = new EvmClient(anvil.rpcUrl(), Keccak.hash(new byte[] {1}))) {
            HttpService http = new HttpService(anvil.rpcUrl().toString());
            rpc(http, "anvil_setBalance", client.address().toString(), "0x" + FUNDS.toString(16));
            return new Run(http, client, claims).measure(rounds);
        } finally {
            Files.deleteIfExists(log);
        }
    }

    private static void rpc(HttpService http, String method, Object... parameters) throws IOException {
        VoidResponse answer = new Request<>(method, List.of(parameters), http, VoidResponse.class).send();
        if (answer.hasError()) {
            throw new IOException(method + ": " + answer.getError().getMessage());
        }
    }

    private static final class Run {

        private final HttpService http;
        private final EvmClient client;
        private final List<Address> payees;
        private final Deployment deployment;
        private final SettlementClient settlement;
        private final long startEpoch;
        private long number;

        Run(HttpService http, EvmClient client, int claims) throws Exception {
            this.http = http;
            this.client = client;
            this.payees = IntStream.range(0, claims)
                    .mapToObj(i -> Address.of(java.util.Arrays.copyOfRange(
                            Keccak.hash(ByteBuffer.allocate(4).putInt(i).array()), 12, 32)))
                    .sorted()
                    .toList();
            Address all = client.address();
            deployment = ContractDeployer.deploy(
                    client,
                    ContractDeployer.Plan.local(
                            TokenAmount.ocos(1_000_000_000),
                            new ContractDeployer.Roles(all, all, all, all, all),
                            new ContractDeployer.Settlement(EPOCH, TokenAmount.ocos(1_000_000), CHALLENGE),
                            new ContractDeployer.Governance(EPOCH, EPOCH, TokenAmount.ocos(100), 4, EPOCH),
                            Map.of(),
                            1));
            settlement = new SettlementClient(client, deployment);
            startEpoch = settlement.contract().lastFinalizedEpoch().send().longValueExact();
            rpc(http, "evm_increaseTime", (WAITING + 1_000) * EPOCH.toSeconds());
            rpc(http, "evm_mine");
        }

        Result measure(int rounds) throws Exception {
            long before = transactions();
            Batch first = settle(WAITING);
            long catchUp = transactions() - before;
            claimAll(first, SettlementClient.CLAIMS_PER_TRANSACTION);
            bare();
            List<Double> bareRates = new ArrayList<>();
            List<Double> claimRates = new ArrayList<>();
            for (int round = 0; round < rounds; round++) {
                bareRates.add(bare());
                Batch batch = settle(1);
                long start = System.nanoTime();
                claimAll(batch, SettlementClient.CLAIMS_PER_TRANSACTION);
                claimRates.add(payees.size() / ((System.nanoTime() - start) / 1e9));
            }
            return new Result(median(bareRates), median(claimRates), gas(settle(1)), WAITING, catchUp);
        }

        private long transactions() throws IOException {
            return client.web3j()
                    .ethGetTransactionCount(client.address().toString(), DefaultBlockParameterName.LATEST)
                    .send()
                    .getTransactionCount()
                    .longValueExact();
        }

        /** Finalizes a batch so many numbers after the last one. */
        private Batch settle(int later) throws Exception {
            number += later;
            TokenAmount amount = new TokenAmount(BigInteger.TEN.pow(15).multiply(BigInteger.valueOf(number)));
            BatchLines.Packer packer = new BatchLines.Packer(payees.size());
            payees.forEach(payee -> packer.add(payee, amount, amount));
            Batch batch = new Batch(number, startEpoch + number, BatchLines.of(List.of(packer.block())));
            settlement
                    .propose(
                            number,
                            batch.epoch(),
                            batch.root(),
                            batch.cumulativeTotal(),
                            batch.artifactId().digest(),
                            Hash32.ofName("inputs"))
                    .send();
            rpc(http, "evm_increaseTime", CHALLENGE.toSeconds() + 1);
            rpc(http, "evm_mine");
            settlement.contract().finalize(BigInteger.valueOf(number)).send();
            return batch;
        }

        private List<TransactionReceipt> claimAll(Batch batch, int chunk) throws Exception {
            return client.sendAll(
                    deployment.settlement(),
                    settlement.claimCalls(batch.tree(), batch.lines().stream().toList(), chunk));
        }

        /** Transactions per second that the node takes, mines and gives receipts of. */
        private double bare() throws Exception {
            long start = System.nanoTime();
            client.sendAll(client.address(), Collections.nCopies(BARE_TRANSACTIONS, ""));
            return BARE_TRANSACTIONS / ((System.nanoTime() - start) / 1e9);
        }

        private Map<Integer, Long> gas(Batch batch) throws Exception {
            MerkleTree tree = batch.tree();
            List<Batch.Line> neighbours = batch.lines().stream()
                    .sorted(Comparator.comparingInt(
                            line -> tree.indexOf(MerkleTree.leaf(line.payee(), line.cumulative()))))
                    .toList();
            Map<Integer, Long> gas = new LinkedHashMap<>();
            gas.put(
                    1,
                    settlement
                            .claim(tree, neighbours.get(0))
                            .send()
                            .getGasUsed()
                            .longValueExact());
            int next = 1;
            for (int chunk : CHUNKS) {
                TransactionReceipt receipt = settlement
                        .claimMany(tree, neighbours.subList(next, next + chunk))
                        .send();
                gas.put(chunk, receipt.getGasUsed().longValueExact() / chunk);
                next += chunk;
            }
            return gas;
        }

        private static double median(List<Double> values) {
            return values.stream().sorted().toList().get(values.size() / 2);
        }
    }
}
