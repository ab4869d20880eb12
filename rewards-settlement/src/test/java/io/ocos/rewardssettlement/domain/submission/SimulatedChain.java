package io.ocos.rewardssettlement.domain.submission;

import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.domain.Keccak;
import io.ocos.schemas.domain.TokenAmount;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A chain with one account, the settlement contract (SPEC 11) and a pool, in memory; everything that a chain does to one. */
final class SimulatedChain implements SettlementChain, TransactionSigner {

    static final long CHAIN_ID = 56;
    static final long EPOCH_SECONDS = 120;
    static final long START_EPOCH = 1_000;
    static final long WINDOW_SECONDS = 9;
    static final long BLOCK_SECONDS = 3;
    static final long GAS = 100_000;

    /** A transaction in the pool or in a block; a call of null is somebody else's, of the same key. */
    record Transaction(Hash32 hash, String raw, @Nullable Call call, long nonce, long gasLimit, Fees fees) {}

    record Included(Transaction transaction, boolean succeeded, long gasUsed) {}

    /** What blocks change; never changed itself. */
    record State(
            long nonce,
            BigInteger balance,
            boolean paused,
            boolean halted,
            long pending,
            long lastProposed,
            long lastFinalized,
            long lastFinalizedEpoch,
            TokenAmount finalizedTotal,
            Map<Long, ChainBatch> batches) {

        State with(long newNonce, BigInteger newBalance) {
            return new State(
                    newNonce,
                    newBalance,
                    paused,
                    halted,
                    pending,
                    lastProposed,
                    lastFinalized,
                    lastFinalizedEpoch,
                    finalizedTotal,
                    batches);
        }

        State guarded(boolean isPaused, boolean isHalted, long newPending, Map<Long, ChainBatch> newBatches) {
            return new State(
                    nonce,
                    balance,
                    isPaused,
                    isHalted,
                    newPending,
                    lastProposed,
                    lastFinalized,
                    lastFinalizedEpoch,
                    finalizedTotal,
                    newBatches);
        }

        State proposed(long number, Map<Long, ChainBatch> newBatches) {
            return new State(
                    nonce,
                    balance,
                    paused,
                    halted,
                    number,
                    number,
                    lastFinalized,
                    lastFinalizedEpoch,
                    finalizedTotal,
                    newBatches);
        }

        State finalized(long number, ChainBatch batch, Map<Long, ChainBatch> newBatches) {
            return new State(
                    nonce,
                    balance,
                    paused,
                    halted,
                    0,
                    lastProposed,
                    number,
                    batch.epoch(),
                    batch.cumulativeTotal(),
                    newBatches);
        }
    }

    record MinedBlock(Block block, List<Included> transactions, State state) {}

    final List<MinedBlock> blocks = new ArrayList<>();
    final TreeMap<Long, Transaction> pool = new TreeMap<>();
    private final Map<String, Transaction> signed = new HashMap<>();
    private final Address address = Address.parse("0x00000000000000000000000000000000000000a1");
    private long salt;

    long chainId = CHAIN_ID;
    boolean hasContract = true;
    boolean proposer = true;

    @Nullable
    BigInteger baseFee = BigInteger.valueOf(100);

    BigInteger priorityFee = BigInteger.valueOf(10);
    TokenAmount treasuryBalance = TokenAmount.ocos(1_000_000);
    TokenAmount treasuryAllowance = TokenAmount.ocos(1_000_000);
    TokenAmount epochCap = TokenAmount.ocos(1_000);
    /** Transactions that are mined from now on run out of gas. */
    boolean outOfGas;

    SimulatedChain() {
        State genesis =
                new State(0, BigInteger.TEN.pow(18), false, false, 0, 0, 0, START_EPOCH, TokenAmount.ZERO, Map.of());
        long time = (START_EPOCH + 100_000) * EPOCH_SECONDS;
        blocks.add(new MinedBlock(new Block(new BlockRef(0, hash("genesis")), time), List.of(), genesis));
    }

    static Hash32 hash(String text) {
        return Hash32.of(Keccak.hash(text.getBytes(StandardCharsets.UTF_8)));
    }

    // What happens to it.

    State state() {
        return top().state();
    }

    private MinedBlock top() {
        return blocks.get(blocks.size() - 1);
    }

    /** The next block, of what is in the pool and pays enough. */
    void mine() {
        State state = state();
        long time = top().block().timeSeconds() + BLOCK_SECONDS;
        List<Included> included = new ArrayList<>();
        for (Transaction next = pool.get(state.nonce()); next != null && pays(next); next = pool.get(state.nonce())) {
            pool.remove(next.nonce());
            State paid = state.with(state.nonce() + 1, state.balance().subtract(cost(next)));
            Optional<String> refusal = next.call() == null ? Optional.empty() : refusal(next.call(), state, time);
            boolean succeeds = refusal.isEmpty() && !(outOfGas && next.call() != null);
            included.add(new Included(next, succeeds, succeeds ? GAS : outOfGas ? next.gasLimit() : GAS / 2));
            state = succeeds && next.call() != null ? effect(next.call(), paid, time) : paid;
        }
        push(time, included, state);
        pool.headMap(state.nonce()).clear();
    }

    private void push(long time, List<Included> included, State state) {
        long number = blocks.size();
        blocks.add(new MinedBlock(
                new Block(new BlockRef(number, hash("block %d %d".formatted(number, salt))), time), included, state));
    }

    private static BigInteger cost(Transaction transaction) {
        return transaction.fees().maxPriorityFeePerGas().multiply(BigInteger.valueOf(GAS));
    }

    private boolean pays(Transaction transaction) {
        return baseFee == null || transaction.fees().maxFeePerGas().compareTo(baseFee) >= 0;
    }

    /** Replaces the newest blocks by as many empty ones; what was in them is back in the pool, or lost. */
    void reorg(int depth, boolean keepsTransactions) {
        salt++;
        int removed = Math.min(depth, blocks.size() - 1);
        List<MinedBlock> gone = new ArrayList<>(blocks.subList(blocks.size() - removed, blocks.size()));
        blocks.subList(blocks.size() - removed, blocks.size()).clear();
        if (keepsTransactions) {
            gone.forEach(block -> block.transactions()
                    .forEach(included -> pool.put(included.transaction().nonce(), included.transaction())));
        } else {
            pool.clear();
        }
        gone.forEach(block -> push(block.block().timeSeconds(), List.of(), state()));
    }

    void dropPool() {
        pool.clear();
    }

    /** A transaction of the same key that the submitter did not make. */
    void foreign(long nonce, BigInteger price) {
        Transaction transaction = new Transaction(
                hash("foreign %d %d".formatted(nonce, salt++)), "foreign", null, nonce, 21_000, Fees.legacy(price));
        pool.put(nonce, transaction);
    }

    void pause(boolean paused) {
        guard(state().guarded(paused, state().halted(), state().pending(), state().batches()));
    }

    void veto() {
        long number = state().pending();
        Map<Long, ChainBatch> changed = with(number, BatchState.VETOED);
        guard(state().guarded(state().paused(), true, 0, changed));
    }

    void resumeProposals() {
        guard(state().guarded(false, false, state().pending(), state().batches()));
    }

    /** A proposal by another key. */
    void proposeByOther(Proposal batch) {
        guard(effect(
                new Call.Propose(batch, hash("inputs"), 0),
                state(),
                top().block().timeSeconds()));
    }

    private void guard(State changed) {
        push(top().block().timeSeconds() + BLOCK_SECONDS, List.of(), changed);
    }

    private Map<Long, ChainBatch> with(long number, BatchState batchState) {
        Map<Long, ChainBatch> changed = new HashMap<>(state().batches());
        changed.computeIfPresent(
                number,
                (n, b) -> new ChainBatch(batchState, b.root(), b.epoch(), b.cumulativeTotal(), b.challengeEndsAt()));
        return Map.copyOf(changed);
    }

    private Optional<String> refusal(Call call, State state, long time) {
        if (call instanceof Call.Fill) {
            return Optional.empty();
        }
        if (state.paused()) {
            return Optional.of("SettlementPaused()");
        }
        if (call instanceof Call.Propose propose) {
            Proposal batch = propose.batch();
            BigInteger total = batch.cumulativeTotal().wei();
            BigInteger most = state.finalizedTotal()
                    .wei()
                    .add(epochCap.wei().multiply(BigInteger.valueOf(batch.epoch() - state.lastFinalizedEpoch())));
            boolean refused = !proposer
                    || state.halted()
                    || state.pending() != 0
                    || batch.number() <= state.lastProposed()
                    || batch.epoch() <= state.lastFinalizedEpoch()
                    || (batch.epoch() + 1) * EPOCH_SECONDS > time
                    || total.compareTo(state.finalizedTotal().wei()) < 0
                    || total.compareTo(most) > 0;
            return refused ? Optional.of("propose is refused") : Optional.empty();
        }
        ChainBatch batch = state.batches().get(call.number());
        boolean refused = batch == null
                || batch.state() != BatchState.PENDING
                || time < batch.challengeEndsAt()
                || batch.cumulativeTotal()
                                .wei()
                                .subtract(state.finalizedTotal().wei())
                                .compareTo(treasuryBalance.wei().min(treasuryAllowance.wei()))
                        > 0;
        return refused ? Optional.of("finalize is refused") : Optional.empty();
    }

    private static State effect(Call call, State state, long time) {
        Map<Long, ChainBatch> batches = new HashMap<>(state.batches());
        if (call instanceof Call.Propose propose) {
            Proposal batch = propose.batch();
            batches.put(
                    batch.number(),
                    new ChainBatch(
                            BatchState.PENDING,
                            batch.root(),
                            batch.epoch(),
                            batch.cumulativeTotal(),
                            time + WINDOW_SECONDS));
            return state.proposed(batch.number(), Map.copyOf(batches));
        }
        if (call instanceof Call.Finalize) {
            ChainBatch batch = Objects.requireNonNull(batches.get(call.number()));
            ChainBatch done = new ChainBatch(
                    BatchState.FINALIZED,
                    batch.root(),
                    batch.epoch(),
                    batch.cumulativeTotal(),
                    batch.challengeEndsAt());
            batches.put(call.number(), done);
            return state.finalized(call.number(), done, Map.copyOf(batches));
        }
        return state;
    }

    /** The transactions of a call that are in the chain. */
    List<Included> included(Call call) {
        return blocks.stream()
                .flatMap(block -> block.transactions().stream())
                .filter(included -> included.transaction().call() != null
                        && included.transaction().call().getClass() == call.getClass()
                        && included.transaction().call().number() == call.number())
                .toList();
    }

    // What it is asked.

    @Override
    public long chainId() {
        return chainId;
    }

    @Override
    public boolean hasContract() {
        return hasContract;
    }

    @Override
    public Block head() {
        return top().block();
    }

    @Override
    public Optional<Block> block(long number) {
        return number < blocks.size() ? Optional.of(blocks.get((int) number).block()) : Optional.empty();
    }

    private State at(long blockNumber) {
        if (blockNumber >= blocks.size()) {
            throw new ChainUnavailableException("block %d is not there".formatted(blockNumber));
        }
        return blocks.get((int) blockNumber).state();
    }

    @Override
    public Contract contract(long blockNumber) {
        State state = at(blockNumber);
        return new Contract(
                state.paused(),
                state.halted(),
                state.pending(),
                state.lastProposed(),
                state.lastFinalized(),
                state.lastFinalizedEpoch(),
                state.finalizedTotal(),
                epochCap,
                EPOCH_SECONDS,
                treasuryBalance,
                treasuryAllowance);
    }

    @Override
    public ChainBatch batch(long number, long blockNumber) {
        return at(blockNumber)
                .batches()
                .getOrDefault(number, new ChainBatch(BatchState.NONE, Hash32.ZERO, 0, TokenAmount.ZERO, 0));
    }

    @Override
    public Account account(long blockNumber) {
        State state = at(blockNumber);
        return new Account(state.nonce(), state.balance(), proposer);
    }

    @Override
    public long pendingNonce() {
        long nonce = state().nonce();
        while (pool.containsKey(nonce)) {
            nonce++;
        }
        return nonce;
    }

    @Override
    public Optional<Receipt> receipt(Hash32 transaction) {
        for (MinedBlock block : blocks) {
            for (Included included : block.transactions()) {
                if (included.transaction().hash().equals(transaction)) {
                    return Optional.of(new Receipt(block.block().ref(), included.succeeded(), included.gasUsed()));
                }
            }
        }
        return Optional.empty();
    }

    @Override
    public boolean knows(Hash32 transaction) {
        return receipt(transaction).isPresent()
                || pool.values().stream().anyMatch(known -> known.hash().equals(transaction));
    }

    @Override
    public FeeQuote fees() {
        BigInteger base = baseFee == null ? BigInteger.ZERO : baseFee;
        return new FeeQuote(Optional.ofNullable(baseFee), priorityFee, base.add(priorityFee));
    }

    @Override
    public Estimate estimate(Call call) {
        Optional<String> refusal = refusal(call, state(), top().block().timeSeconds());
        return new Estimate(refusal.isPresent() ? 0 : GAS, refusal);
    }

    @Override
    public SendResult send(String raw) {
        Transaction transaction = signed.get(raw);
        if (transaction == null) {
            throw new AssertionError("not signed by the submitter: " + raw);
        }
        if (transaction.nonce() < state().nonce()) {
            return new SendResult(SendStatus.NONCE_TOO_LOW, "nonce too low");
        }
        if (state().balance()
                        .compareTo(
                                transaction.fees().maxFeePerGas().multiply(BigInteger.valueOf(transaction.gasLimit())))
                < 0) {
            return new SendResult(SendStatus.INSUFFICIENT_FUNDS, "insufficient funds");
        }
        Transaction other = pool.get(transaction.nonce());
        if (other != null && other.hash().equals(transaction.hash())) {
            return new SendResult(SendStatus.ACCEPTED, "already known");
        }
        if (other != null && !isTenPercentAbove(transaction.fees(), other.fees())) {
            return new SendResult(SendStatus.UNDERPRICED, "replacement transaction underpriced");
        }
        pool.put(transaction.nonce(), transaction);
        return new SendResult(SendStatus.ACCEPTED, "");
    }

    private static boolean isTenPercentAbove(Fees fees, Fees others) {
        return isTenPercentAbove(fees.maxFeePerGas(), others.maxFeePerGas())
                && isTenPercentAbove(fees.maxPriorityFeePerGas(), others.maxPriorityFeePerGas());
    }

    private static boolean isTenPercentAbove(BigInteger fee, BigInteger other) {
        return fee.multiply(BigInteger.TEN).compareTo(other.multiply(BigInteger.valueOf(11))) >= 0;
    }

    // The key.

    @Override
    public Address address() {
        return address;
    }

    @Override
    public Signed sign(Call call, long nonce, long gasLimit, Fees fees) {
        String content =
                call instanceof Call.Propose propose ? propose.batch() + " " + propose.inputsDigest() : call.toString();
        String raw = "%s %d %d %s".formatted(content, nonce, gasLimit, fees);
        Transaction transaction = new Transaction(hash(raw), raw, call, nonce, gasLimit, fees);
        signed.put(raw, transaction);
        return new Signed(transaction.hash(), raw);
    }
}
