package io.ocos.jobs.treasury;

import io.ocos.jobs.archive.ArchiveInput;
import io.ocos.jobs.verify.BatchVerification;
import io.ocos.jobs.verify.BatchVerification.Agrees;
import io.ocos.jobs.verify.BatchVerification.Verdict;
import io.ocos.jobs.verify.Recomputation;
import io.ocos.rewardssettlement.domain.BatchLines;
import io.ocos.rewardssettlement.domain.review.Anomalies;
import io.ocos.rewardssettlement.domain.review.BatchState;
import io.ocos.rewardssettlement.domain.review.Funding;
import io.ocos.rewardssettlement.domain.review.PayeeChanges;
import io.ocos.rewardssettlement.domain.review.PeriodFigures;
import io.ocos.rewardssettlement.domain.submission.SettlementChain;
import io.ocos.rewardssettlement.domain.submission.SettlementChain.ChainBatch;
import io.ocos.rewardssettlement.domain.submission.SettlementChain.Contract;
import io.ocos.rewardssettlement.io.ProposedBatches;
import io.ocos.rewardssettlement.io.SettlementReader;
import io.ocos.schemas.avro.SettlementBatch;
import io.ocos.schemas.config.ConfigException;
import io.ocos.schemas.domain.TokenAmount;
import io.ocos.schemas.io.AvroValues;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.net.URI;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongConsumer;

/**
 * What the treasury looks at before a batch can pay. Every figure is of the archive, the artifacts, the topic of batches, or the
 * chain at one block; ClickHouse is not asked.
 *
 * @param batch as it was published
 * @param base number of the finalized batch that it is compared with, 0 when there is none
 * @param epochs that lie between them, at least 1
 * @param inputsDigest SHA-256 of the manifest of its epoch in the archive, hex digits; empty when the archive does not reach it
 * @param verdict of the recomputation; empty when it was not computed again
 * @param funding what finalizing it takes; empty for one that cannot be finalized any more
 * @param maximumTotal what the contract allows its total to be, wei
 * @param figures what was paid for in the epochs between; empty when it was not computed again
 */
public record BatchReview(
        SettlementBatch batch,
        SettlementReader.State chain,
        BatchState state,
        Optional<Instant> challengeEndsAt,
        long base,
        long epochs,
        Optional<String> inputsDigest,
        Optional<Verdict> verdict,
        PayeeChanges changes,
        Optional<Funding> funding,
        TokenAmount maximumTotal,
        Optional<PeriodFigures> figures,
        List<Anomalies.Finding> findings) {

    /** Batches that an unusual rise is looked for in. */
    private static final int HISTORY = 10;

    /** Batches that are looked up in one go. */
    private static final int LOOKED_UP = 500;

    /** How it is made. */
    public record Options(boolean recompute, int parallelism, LongConsumer progress) {}

    /**
     * Reviews a batch; takes as long as a replay when it is computed again.
     *
     * @throws ConfigException when there is no such batch, or something that it needs cannot be read
     */
    public static BatchReview of(Treasury treasury, long number, Options options) {
        NavigableMap<Long, SettlementBatch> batches = treasury.batches();
        SettlementBatch batch = batches.get(number);
        if (batch == null) {
            throw new ConfigException(
                    batches.isEmpty()
                            ? "batch %d: there is no batch yet".formatted(number)
                            : "batch %d: there is none, expected %d … %d"
                                    .formatted(number, batches.firstKey(), batches.lastKey()));
        }
        SettlementReader reader = treasury.chain();
        SettlementReader.State chain = reader.state(reader.head());
        Contract contract = chain.contract();
        long block = chain.block().number();
        ChainBatch known = reader.batches(List.of(number), block).firstEntry().getValue();
        BatchState state = BatchState.of(number, known.state(), contract.lastProposed());
        long base = finalizedBefore(reader, Math.min(number - 1, contract.lastFinalized()), block);
        SettlementBatch earlier = base == 0 ? null : required(batches, base);
        BatchLines before = earlier == null ? BatchLines.of(List.of()) : lines(treasury, earlier);
        PayeeChanges changes = PayeeChanges.between(before, lines(treasury, batch));
        long firstEpoch = earlier == null ? batches.firstEntry().getValue().getEpoch() - 1 : earlier.getEpoch();
        long epochs = Math.max(1, batch.getEpoch() - firstEpoch);
        TokenAmount maximum = maximumTotal(contract, batch.getEpoch());
        Optional<PeriodFigures> figures = Optional.empty();
        Optional<Verdict> verdict = Optional.empty();
        ArchiveInput archive = ArchiveInput.open(treasury.config().archiveDirectory());
        if (options.recompute()) {
            ArchiveInput inputs = archive.upTo(batch.getEpoch());
            PeriodFigures period = ArchivedPeriod.figures(inputs);
            verdict = Optional.of(verify(
                    treasury,
                    number,
                    options,
                    recomputed -> ArchivedPeriod.read(
                            recomputed, earlier == null ? 0 : earlier.getToMinute(), batch.getToMinute(), period)));
            figures = Optional.of(period);
        }
        boolean open = state == BatchState.CREATED || state == BatchState.PROPOSED;
        return new BatchReview(
                batch,
                chain,
                state,
                known.state() == SettlementChain.BatchState.NONE
                        ? Optional.empty()
                        : Optional.of(Instant.ofEpochSecond(known.challengeEndsAt())),
                base,
                epochs,
                archive.newest().epoch() < batch.getEpoch()
                        ? Optional.empty()
                        : Optional.of(archive.upTo(batch.getEpoch()).digest()),
                verdict,
                changes,
                open
                        ? Optional.of(Funding.of(
                                AvroValues.amount(batch.getCumulativeTotal()),
                                contract.finalizedTotal(),
                                contract.treasuryBalance(),
                                contract.treasuryAllowance()))
                        : Optional.empty(),
                maximum,
                figures,
                Anomalies.find(
                        changes, epochs, open ? maximum : TokenAmount.MAX, history(treasury, batches, base), figures));
    }

    /**
     * Computes a batch again and holds it against what was published, on chain too; takes as long as a replay.
     *
     * @throws ConfigException as {@link BatchVerification#verify(long)}
     */
    public static Verdict verify(Treasury treasury, long number, Options options) {
        return verify(treasury, number, options, recomputation -> {});
    }

    private static Verdict verify(Treasury treasury, long number, Options options, Consumer<Recomputation> also) {
        TreasuryConfig config = treasury.config();
        try (ProposedBatches contract = new ProposedBatches(
                URI.create(config.rpcUrl().reveal()),
                treasury.deployment().settlement(),
                treasury.deployment().deploymentBlock())) {
            return new BatchVerification(
                            new BatchVerification.Sources(
                                    ArchiveInput.open(config.archiveDirectory()),
                                    treasury.artifacts(),
                                    config.kafkaBootstrap(),
                                    config.kafkaPropertiesFile(),
                                    contract::find),
                            new Recomputation.Setup(
                                    treasury.deployment().chainId(),
                                    treasury.deployment().registry(),
                                    options.parallelism()),
                            options.progress())
                    .verify(number, also);
        } catch (UncheckedIOException e) {
            throw new ConfigException(String.valueOf(e.getMessage()), e);
        }
    }

    /** Whether it was computed again and everything agrees. */
    public boolean isVerified() {
        return verdict.filter(Agrees.class::isInstance).isPresent();
    }

    /** What a veto of it would mean, in sentences. */
    public List<String> veto() {
        long number = batch.getNumber();
        Contract contract = chain.contract();
        List<String> sentences = new ArrayList<>();
        switch (state) {
            case PROPOSED -> {
                sentences.add("Number %d is spent, its root never pays.".formatted(number));
                sentences.add(
                        "Nothing can be proposed until the guardian resumes; finalized batches can be claimed all the time.");
                sentences.add(
                        "What payees earned is not lost: amounts are cumulative, so the next batch that is proposed has these "
                                + TokenAmount.saturated(changes.rise()).toOcos()
                                + " OCOS too, unless its inputs are found to be wrong.");
            }
            case CREATED ->
                sentences.add(
                        "It is not proposed, so there is nothing to veto; pausing the contract keeps it from being proposed.");
            case FINALIZED ->
                sentences.add(
                        "It is finalized: a veto is refused. What is not claimed yet can be withheld payee by payee.");
            case VETOED -> sentences.add("It is vetoed already.");
            case SUPERSEDED -> sentences.add("A later batch was proposed instead: veto that one.");
        }
        sentences.add("%s OCOS of finalized batches are not claimed yet; a veto does not touch them."
                .formatted(new TokenAmount(contract.finalizedTotal()
                                .wei()
                                .subtract(chain.paid().wei())
                                .subtract(chain.swept().wei()))
                        .toOcos()));
        return sentences;
    }

    private static long finalizedBefore(SettlementReader reader, long newest, long block) {
        for (long to = newest; to > 0; to -= LOOKED_UP) {
            Set<Long> numbers = new HashSet<>();
            for (long number = to; number > Math.max(0, to - LOOKED_UP); number--) {
                numbers.add(number);
            }
            for (var entry : reader.batches(numbers, block).descendingMap().entrySet()) {
                if (entry.getValue().state() == SettlementChain.BatchState.FINALIZED) {
                    return entry.getKey();
                }
            }
        }
        return 0;
    }

    private static SettlementBatch required(NavigableMap<Long, SettlementBatch> batches, long number) {
        SettlementBatch batch = batches.get(number);
        if (batch == null) {
            throw new ConfigException(
                    "batch %d is finalized, but not in topic settlement-batches: there is nothing to compare with"
                            .formatted(number));
        }
        return batch;
    }

    private static BatchLines lines(Treasury treasury, SettlementBatch batch) {
        try {
            return treasury.artifacts().read(batch.getCid());
        } catch (IOException e) {
            throw new ConfigException("batch %d: %s".formatted(batch.getNumber(), e.getMessage()), e);
        }
    }

    /** As the contract computes it. */
    private static TokenAmount maximumTotal(Contract contract, long epoch) {
        return TokenAmount.saturated(contract.finalizedTotal()
                .wei()
                .add(contract.epochCap()
                        .wei()
                        .multiply(BigInteger.valueOf(Math.max(0, epoch - contract.lastFinalizedEpoch())))));
    }

    private static List<Anomalies.Earlier> history(
            Treasury treasury, NavigableMap<Long, SettlementBatch> batches, long base) {
        List<Anomalies.Earlier> history = new ArrayList<>();
        SettlementBatch before = batches.get(base - HISTORY);
        for (SettlementBatch batch : batches.subMap(Math.max(0, base - HISTORY), false, Math.max(0, base), true)
                .values()) {
            long epochs = before == null ? 1 : Math.max(1, batch.getEpoch() - before.getEpoch());
            history.add(new Anomalies.Earlier(lines(treasury, batch), epochs));
            before = batch;
        }
        return history;
    }
}
