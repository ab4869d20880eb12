package io.ocos.jobs.treasury;

import io.ocos.rewardssettlement.domain.review.BatchState;
import io.ocos.rewardssettlement.domain.review.Funding;
import io.ocos.rewardssettlement.domain.submission.SettlementChain;
import io.ocos.rewardssettlement.domain.submission.SettlementChain.ChainBatch;
import io.ocos.rewardssettlement.domain.submission.SettlementChain.Contract;
import io.ocos.rewardssettlement.io.SettlementReader;
import io.ocos.schemas.avro.SettlementBatch;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.domain.TokenAmount;
import io.ocos.schemas.io.AvroValues;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeSet;

/**
 * The batches that were made and how far each is on chain.
 *
 * @param chain the contract when it was asked
 * @param rows in order of number
 */
public record BatchList(SettlementReader.State chain, List<Row> rows) {

    /**
     * A batch.
     *
     * @param payees leaves; empty when topic {@code settlement-batches} does not have the batch
     * @param delta wei; empty as payees
     * @param challengeEndsAt end of its challenge window; empty when it was never proposed
     * @param funding what finalizing it would take, for a batch that can still be finalized
     * @param remark what is wrong with it; empty when nothing is
     */
    public record Row(
            long number,
            long epoch,
            BatchState state,
            TokenAmount total,
            Optional<TokenAmount> delta,
            Optional<Long> payees,
            Hash32 root,
            Optional<Instant> challengeEndsAt,
            Optional<Funding> funding,
            String remark) {}

    /**
     * The newest batches.
     *
     * @param count how many, at least 1
     */
    public static BatchList newest(Treasury treasury, int count) {
        NavigableMap<Long, SettlementBatch> made = treasury.batches();
        SettlementReader reader = treasury.chain();
        SettlementReader.State state = reader.state(reader.head());
        Contract contract = state.contract();
        NavigableSet<Long> numbers = new TreeSet<>(made.keySet());
        numbers.addAll(onChain(contract));
        while (numbers.size() > count) {
            numbers.pollFirst();
        }
        NavigableMap<Long, ChainBatch> known =
                reader.batches(numbers, state.block().number());
        List<Row> rows = new ArrayList<>();
        known.forEach((number, batch) -> rows.add(Optional.ofNullable(made.get(number))
                .map(record -> row(record, batch, contract))
                .orElseGet(() -> unknown(number, batch, contract))));
        return new BatchList(state, rows);
    }

    /** The numbers that the contract tells of by itself. */
    private static List<Long> onChain(Contract contract) {
        List<Long> numbers = new ArrayList<>();
        for (long number : List.of(contract.lastFinalized(), contract.lastProposed())) {
            if (number > 0) {
                numbers.add(number);
            }
        }
        return numbers;
    }

    private static Row row(SettlementBatch record, ChainBatch batch, Contract contract) {
        Hash32 root = AvroValues.hash32(record.getRoot());
        TokenAmount total = AvroValues.amount(record.getCumulativeTotal());
        boolean proposed = batch.state() != SettlementChain.BatchState.NONE;
        boolean same = batch.root().equals(root)
                && batch.cumulativeTotal().equals(total)
                && batch.epoch() == record.getEpoch();
        BatchState state = BatchState.of(record.getNumber(), batch.state(), contract.lastProposed());
        return new Row(
                record.getNumber(),
                record.getEpoch(),
                state,
                total,
                Optional.of(AvroValues.amount(record.getDelta())),
                Optional.of(record.getPayees()),
                root,
                window(batch),
                funding(state, total, contract),
                proposed && !same
                        ? "the chain has another one: root %s, total %s, epoch %d"
                                .formatted(batch.root(), batch.cumulativeTotal(), batch.epoch())
                        : "");
    }

    private static Row unknown(long number, ChainBatch batch, Contract contract) {
        BatchState state = BatchState.of(number, batch.state(), contract.lastProposed());
        return new Row(
                number,
                batch.epoch(),
                state,
                batch.cumulativeTotal(),
                Optional.empty(),
                Optional.empty(),
                batch.root(),
                window(batch),
                funding(state, batch.cumulativeTotal(), contract),
                "only the chain knows it");
    }

    private static Optional<Instant> window(ChainBatch batch) {
        return batch.state() == SettlementChain.BatchState.NONE
                ? Optional.empty()
                : Optional.of(Instant.ofEpochSecond(batch.challengeEndsAt()));
    }

    private static Optional<Funding> funding(BatchState state, TokenAmount total, Contract contract) {
        return state == BatchState.CREATED || state == BatchState.PROPOSED
                ? Optional.of(Funding.of(
                        total, contract.finalizedTotal(), contract.treasuryBalance(), contract.treasuryAllowance()))
                : Optional.empty();
    }
}
