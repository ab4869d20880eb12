package io.ocos.rewardssettlement.io;

import io.ocos.rewardssettlement.contracts.RewardsSettlement;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.domain.TokenAmount;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import org.web3j.abi.EventEncoder;
import org.web3j.protocol.Web3j;
import org.web3j.protocol.core.DefaultBlockParameter;
import org.web3j.protocol.core.DefaultBlockParameterName;
import org.web3j.protocol.core.methods.request.EthFilter;
import org.web3j.protocol.core.methods.response.EthLog;
import org.web3j.protocol.core.methods.response.Log;
import org.web3j.protocol.http.HttpService;
import org.web3j.tx.ReadonlyTransactionManager;
import org.web3j.tx.exceptions.ContractCallException;
import org.web3j.tx.gas.DefaultGasProvider;

/** What the settlement contract knows of batches (SPEC 11), without a key. Not for use by several threads. */
public final class ProposedBatches implements AutoCloseable {

    /** States of the contract. */
    public enum State {
        NONE,
        PENDING,
        VETOED,
        FINALIZED
    }

    /**
     * A batch that was proposed.
     *
     * @param cumulativeTotal Σ cumulative, wei
     * @param artifactDigest SHA-256 of its artifact; empty when the node has no logs that far back
     * @param inputsDigest SHA-256 of the manifest of its archived inputs; empty when the node has no logs that far back
     */
    public record ProposedBatch(
            Hash32 root,
            TokenAmount cumulativeTotal,
            long epoch,
            State state,
            Optional<Hash32> artifactDigest,
            Optional<Hash32> inputsDigest) {}

    private final Web3j web3j;
    private final Address settlement;
    private final BigInteger fromBlock;
    private final RewardsSettlement contract;

    /**
     * The contract at an EVM node. Nothing is asked yet.
     *
     * @param fromBlock before which it has no event
     */
    public ProposedBatches(URI rpcUrl, Address settlement, long fromBlock) {
        this.web3j = Web3j.build(new HttpService(rpcUrl.toString()));
        this.settlement = settlement;
        this.fromBlock = BigInteger.valueOf(fromBlock);
        this.contract = RewardsSettlement.load(
                settlement.toString(),
                web3j,
                new ReadonlyTransactionManager(web3j, Address.ZERO.toString()),
                new DefaultGasProvider());
    }

    /**
     * What is known of a number; empty when it was never proposed.
     *
     * @throws UncheckedIOException when the node does not answer, or has no such contract there
     */
    public Optional<ProposedBatch> find(long number) {
        try {
            RewardsSettlement.Batch batch =
                    contract.batchOf(BigInteger.valueOf(number)).send();
            State state = State.values()[batch.state.intValueExact()];
            if (state == State.NONE) {
                return Optional.empty();
            }
            Optional<RewardsSettlement.BatchProposedEventResponse> event = event(number);
            return Optional.of(new ProposedBatch(
                    Hash32.of(batch.root),
                    new TokenAmount(batch.cumulativeTotal),
                    batch.epoch.longValueExact(),
                    state,
                    event.map(proposed -> Hash32.of(proposed.artifactDigest)),
                    event.map(proposed -> Hash32.of(proposed.inputsDigest))));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (ContractCallException e) {
            throw new UncheckedIOException(
                    "%s: no settlement contract there: %s".formatted(settlement, e.getMessage()), new IOException(e));
        } catch (Exception e) { // The wrapper declares nothing more precise.
            throw new IllegalStateException("batchOf(%d)".formatted(number), e);
        }
    }

    private Optional<RewardsSettlement.BatchProposedEventResponse> event(long number) throws IOException {
        EthFilter filter = new EthFilter(
                DefaultBlockParameter.valueOf(fromBlock), DefaultBlockParameterName.LATEST, settlement.toString());
        filter.addSingleTopic(EventEncoder.encode(RewardsSettlement.BATCHPROPOSED_EVENT));
        filter.addSingleTopic("0x%064x".formatted(number));
        EthLog answer = web3j.ethGetLogs(filter).send();
        if (answer.hasError()) {
            throw new IOException("eth_getLogs from block %d: %s"
                    .formatted(fromBlock, answer.getError().getMessage()));
        }
        List<?> logs = answer.getLogs();
        return logs.stream()
                .map(log -> (Log) ((EthLog.LogResult<?>) log).get())
                .map(RewardsSettlement::getBatchProposedEventFromLog)
                .findFirst();
    }

    @Override
    public void close() {
        web3j.shutdown();
    }
}
