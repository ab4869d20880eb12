package io.ocos.rewardssettlement.io;

import io.ocos.rewardssettlement.contracts.RewardsSettlement;
import io.ocos.rewardssettlement.domain.Batch;
import io.ocos.rewardssettlement.domain.MerkleMultiProof;
import io.ocos.rewardssettlement.domain.MerkleTree;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.domain.TokenAmount;
import java.io.IOException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.web3j.abi.EventEncoder;
import org.web3j.protocol.core.RemoteFunctionCall;
import org.web3j.protocol.core.methods.response.TransactionReceipt;
import org.web3j.protocol.exceptions.TransactionException;

/** Calls of the settlement contract for batches and their lines (SPEC 11), with one operator's key. */
public final class SettlementClient {

    /** Payees per transaction of {@link #claimAll}: about 4 million gas, far below what a block takes. */
    public static final int CLAIMS_PER_TRANSACTION = 100;

    private final EvmClient client;
    private final Address address;
    private final RewardsSettlement contract;

    public SettlementClient(EvmClient client, Deployment deployment) {
        this(client, deployment.settlement());
    }

    SettlementClient(EvmClient client, Address address) {
        this.client = client;
        this.address = address;
        this.contract = RewardsSettlement.load(address.toString(), client.web3j(), client.transactions(), client.gas());
    }

    /** The contract, for single calls. */
    public RewardsSettlement contract() {
        return contract;
    }

    /**
     * Proposes a batch.
     *
     * @param artifactDigest SHA-256 of the artifact
     * @param inputsDigest SHA-256 of the manifest of the archived inputs up to the end of the epoch
     */
    public RemoteFunctionCall<TransactionReceipt> propose(
            long number,
            long epoch,
            Hash32 root,
            TokenAmount cumulativeTotal,
            Hash32 artifactDigest,
            Hash32 inputsDigest) {
        return contract.propose(
                BigInteger.valueOf(number),
                BigInteger.valueOf(epoch),
                root.toBytes(),
                cumulativeTotal.wei(),
                artifactDigest.toBytes(),
                inputsDigest.toBytes());
    }

    /** Claims one line of a tree for its payee. */
    public RemoteFunctionCall<TransactionReceipt> claim(MerkleTree tree, Batch.Line line) {
        return contract.claim(line.payee().toString(), line.cumulative().wei(), proof(tree, line));
    }

    /** Sweeps what is withheld of one line's payee back to the treasury. */
    public RemoteFunctionCall<TransactionReceipt> sweep(MerkleTree tree, Batch.Line line) {
        return contract.sweep(line.payee().toString(), line.cumulative().wei(), proof(tree, line));
    }

    /** Claims several lines of a tree, each for its payee, in one transaction. */
    public RemoteFunctionCall<TransactionReceipt> claimMany(MerkleTree tree, Collection<Batch.Line> lines) {
        Map<Hash32, Batch.Line> byLeaf = new HashMap<>();
        lines.forEach(line -> byLeaf.put(leaf(line), line));
        MerkleMultiProof proof = MerkleMultiProof.of(tree, byLeaf.keySet());
        List<Batch.Line> ordered = proof.leaves().stream().map(byLeaf::get).toList();
        return contract.claimMany(
                ordered.stream().map(line -> line.payee().toString()).toList(),
                ordered.stream().map(line -> line.cumulative().wei()).toList(),
                proof.proof().stream().map(Hash32::toBytes).toList(),
                proof.flags());
    }

    /**
     * Claims any number of lines of a tree, {@value #CLAIMS_PER_TRANSACTION} in each transaction, neighbours together.
     *
     * @throws RevertedException when a line is not of the finalized batch; then nothing was sent
     */
    public List<TransactionReceipt> claimAll(MerkleTree tree, Collection<Batch.Line> lines)
            throws IOException, TransactionException {
        return client.sendAll(address, claimCalls(tree, lines, CLAIMS_PER_TRANSACTION));
    }

    /** The encoded calls that claim lines of a tree, so many in each, neighbours in the tree together. */
    public List<String> claimCalls(MerkleTree tree, Collection<Batch.Line> lines, int claimsPerCall) {
        List<Batch.Line> ordered = lines.stream()
                .sorted(Comparator.comparingInt(line -> tree.indexOf(leaf(line))))
                .toList();
        List<String> calls = new ArrayList<>();
        for (int from = 0; from < ordered.size(); from += claimsPerCall) {
            calls.add(claimMany(tree, ordered.subList(from, Math.min(from + claimsPerCall, ordered.size())))
                    .encodeFunctionCall());
        }
        return calls;
    }

    /**
     * The digest of a proposed batch's artifact, by its event.
     *
     * @throws RefusedException when the node does not have the event
     */
    public Hash32 artifactDigest(OperatorClient asked, long number) {
        return asked
                .logs(address, EventEncoder.encode(RewardsSettlement.BATCHPROPOSED_EVENT), "0x%064x".formatted(number))
                .stream()
                .map(RewardsSettlement::getBatchProposedEventFromLog)
                .map(event -> Hash32.of(event.artifactDigest))
                .findFirst()
                .orElseThrow(() -> new RefusedException(
                        "batch %d: the node has no BatchProposed event of %s for it".formatted(number, address)));
    }

    private static Hash32 leaf(Batch.Line line) {
        return MerkleTree.leaf(line.payee(), line.cumulative());
    }

    private static List<byte[]> proof(MerkleTree tree, Batch.Line line) {
        return tree.proof(leaf(line)).stream().map(Hash32::toBytes).toList();
    }
}
