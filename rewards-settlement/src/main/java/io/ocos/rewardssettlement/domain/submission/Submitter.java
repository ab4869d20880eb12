package io.ocos.rewardssettlement.domain.submission;

import io.ocos.rewardssettlement.domain.submission.BatchCheck.Verdict;
import io.ocos.rewardssettlement.domain.submission.JournalEntry.Confirmed;
import io.ocos.rewardssettlement.domain.submission.JournalEntry.Failed;
import io.ocos.rewardssettlement.domain.submission.JournalEntry.Failure;
import io.ocos.rewardssettlement.domain.submission.JournalEntry.Mined;
import io.ocos.rewardssettlement.domain.submission.JournalEntry.Planned;
import io.ocos.rewardssettlement.domain.submission.JournalEntry.Sent;
import io.ocos.rewardssettlement.domain.submission.JournalEntry.Signed;
import io.ocos.rewardssettlement.domain.submission.SettlementChain.Account;
import io.ocos.rewardssettlement.domain.submission.SettlementChain.BatchState;
import io.ocos.rewardssettlement.domain.submission.SettlementChain.Block;
import io.ocos.rewardssettlement.domain.submission.SettlementChain.BlockRef;
import io.ocos.rewardssettlement.domain.submission.SettlementChain.ChainBatch;
import io.ocos.rewardssettlement.domain.submission.SettlementChain.Contract;
import io.ocos.rewardssettlement.domain.submission.SettlementChain.Estimate;
import io.ocos.rewardssettlement.domain.submission.SettlementChain.Receipt;
import io.ocos.rewardssettlement.domain.submission.SettlementChain.SendResult;
import io.ocos.rewardssettlement.domain.submission.StepResult.Acted;
import io.ocos.rewardssettlement.domain.submission.StepResult.Halted;
import io.ocos.rewardssettlement.domain.submission.StepResult.Waiting;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.domain.TokenAmount;
import java.math.BigInteger;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Gets batches on chain (SPEC 11): always the newest that the contract can take, each number at most once. It does one
 * bounded piece of work per {@link #step}, and knows nothing that is not in the journal or on the chain, so it may be ended
 * between any two instructions and started again, here or elsewhere.
 *
 * <p>What keeps it from doing anything twice:
 * <ul>
 *   <li>One transaction about a batch is under way at a time. It is signed once per offer, and its bytes are in the journal
 *       before they are sent: whoever sends them, however often, and in whatever process, sends the same nonce.
 *   <li>All attempts have one nonce; a new nonce is taken only when another transaction has used theirs, in a block that is
 *       final, and none of theirs is in the chain.
 *   <li>The contract takes a number only above the last one proposed.
 * </ul>
 *
 * <p>After a {@link JournalException} this object must not be used any more: a new one reads the journal again. Not for use by
 * several threads.
 */
public final class Submitter {

    /** So often in a row must something be seen that cannot be undone before it is believed. */
    private static final int LOOKS = 3;

    private record Checked(Verdict verdict, long at) {}

    private final SettlementChain chain;
    private final Journal journal;
    private final BatchSource batches;
    private final BatchCheck check;
    private final TransactionSigner signer;
    private final SubmitterPolicy policy;
    private final Clock clock;
    private final JournalState state;
    private final Map<Proposal, Checked> verdicts = new HashMap<>();
    private final List<String> problems = new ArrayList<>();
    private SubmitterView view = SubmitterView.NOTHING;
    private int anchorMissing;
    private int nonceTaken;
    private int rootDiffers;
    private @Nullable Long gapSince;

    /**
     * Takes the journal over.
     *
     * @throws JournalException when the journal cannot be read
     * @throws IllegalStateException when what is in the journal is not what a submitter writes
     */
    public Submitter(
            SettlementChain chain,
            Journal journal,
            BatchSource batches,
            BatchCheck check,
            TransactionSigner signer,
            SubmitterPolicy policy,
            Clock clock) {
        this.chain = chain;
        this.journal = journal;
        this.batches = batches;
        this.check = check;
        this.signer = signer;
        this.policy = policy;
        this.clock = clock;
        this.state = JournalState.of(journal.open());
    }

    /** What the journal says. */
    public JournalState state() {
        return state;
    }

    /** What was seen last. */
    public SubmitterView view() {
        return view;
    }

    /**
     * Ends a halt.
     *
     * @param halt index of the entry that says why it halted
     * @return whether it was halted by that entry
     */
    public boolean resume(long halt) {
        if (state.halted().isEmpty() || state.haltedAt() != halt) {
            return false;
        }
        append(new JournalEntry.Resumed(clock.millis(), halt));
        return true;
    }

    /**
     * One bounded piece of work.
     *
     * @throws ChainUnavailableException when the chain does not answer; whether a transaction was sent is then unknown, and the
     *     next step finds out
     * @throws FencedException when another submitter has taken over
     * @throws JournalException when the journal cannot be written
     */
    public StepResult step() {
        problems.clear();
        Optional<String> halted = state.halted();
        if (halted.isPresent()) {
            return new Halted(state.haltedAt(), halted.get());
        }
        Block head = chain.head();
        Optional<StepResult> tooDeep = checkAnchor(head);
        if (tooDeep.isPresent()) {
            return tooDeep.get();
        }
        for (Operation fill : state.fills().values()) {
            StepResult result = advance(fill, head);
            if (result instanceof Acted) {
                return result;
            }
        }
        Optional<Operation> open = state.open();
        return open.isPresent() ? advance(open.get(), head) : decide(head);
    }

    /** What was final must stay in the chain: no transaction is repeated for one that a deep reorg removed. */
    private Optional<StepResult> checkAnchor(Block head) {
        Optional<BlockRef> anchor = state.anchor();
        if (anchor.isEmpty()) {
            return Optional.empty();
        }
        BlockRef final_ = anchor.get();
        Optional<Block> now = chain.block(final_.number());
        if (now.isEmpty()) {
            return Optional.of(waiting(
                    "the chain to reach block %s again, in which a transaction of ours was final; its head is block %d"
                            .formatted(final_, head.number())));
        }
        if (now.get().ref().equals(final_)) {
            anchorMissing = 0;
            return Optional.empty();
        }
        if (++anchorMissing < LOOKS) {
            return Optional.of(waiting("another look at block %s, which is %s now"
                    .formatted(final_, now.get().ref())));
        }
        return Optional.of(halt(
                "a reorg deeper than %d confirmations: block %s, in which a transaction of ours was final, is %s now"
                        .formatted(policy.confirmations(), final_, now.get().ref())));
    }

    // A transaction on its way.

    private StepResult advance(Operation operation, Block head) {
        for (int i = operation.attempts().size() - 1; i >= 0; i--) {
            Signed attempt = operation.attempts().get(i);
            Optional<Receipt> receipt = chain.receipt(attempt.hash());
            if (receipt.isPresent()) {
                nonceTaken = 0;
                return mined(operation, attempt, receipt.get(), head);
            }
        }
        if (operation.state() == Operation.State.MINED) {
            Hash32 hash = operation.minedHash().orElseThrow();
            append(new Sent(clock.millis(), operation.id(), hash));
            return new Acted("a reorg took transaction %s out of the chain".formatted(hash));
        }
        long used = chain.account(head.number()).nonce();
        if (used > operation.nonce()) {
            return nonceTaken(operation, head);
        }
        nonceTaken = 0;
        StepResult result = keepInPool(operation);
        return used < operation.nonce() && !(result instanceof Acted) && !(operation.call() instanceof Call.Fill)
                ? fillGap(used, operation, result)
                : result;
    }

    private StepResult mined(Operation operation, Signed attempt, Receipt receipt, Block head) {
        BlockRef block = receipt.block();
        Optional<Block> canonical = chain.block(block.number());
        if (canonical.isEmpty() || !canonical.get().ref().equals(block)) {
            return waiting("the chain to settle: transaction %s is said to be in block %s, which is not in it"
                    .formatted(attempt.hash(), block));
        }
        if (!operation.isMinedAs(attempt.hash(), block)) {
            append(new Mined(clock.millis(), operation.id(), attempt.hash(), block, receipt.succeeded()));
            return new Acted("%s: transaction %s is in block %s".formatted(operation.call(), attempt.hash(), block));
        }
        long above = head.number() - block.number();
        if (above < policy.confirmations()) {
            return waiting("%d more blocks above the one with '%s'"
                    .formatted(policy.confirmations() - above, operation.call()));
        }
        if (receipt.succeeded()) {
            append(new Confirmed(clock.millis(), operation.id(), attempt.hash(), block));
            return new Acted("%s: confirmed in block %s".formatted(operation.call(), block));
        }
        String why = receipt.gasUsed() >= attempt.gasLimit()
                ? "out of gas, limit %d".formatted(attempt.gasLimit())
                : chain.estimate(operation.call()).refusal().orElse("the contract would take the same call now");
        append(new Failed(
                clock.millis(),
                operation.id(),
                Failure.REVERTED,
                "%s: transaction %s reverted in block %s: %s".formatted(operation.call(), attempt.hash(), block, why)));
        int failures = state.failures(operation.call());
        return failures >= policy.maxFailures()
                ? halt("'%s' has reverted %d times in a row, at last: %s".formatted(operation.call(), failures, why))
                : new Acted("%s reverted: %s".formatted(operation.call(), why));
    }

    /** Ours are given up only when what took their nonce is final, and none of them is in the chain, time and again. */
    private StepResult nonceTaken(Operation operation, Block head) {
        Optional<Block> safe = safe(head);
        boolean isFinal = safe.isPresent() && chain.account(safe.get().number()).nonce() > operation.nonce();
        nonceTaken = isFinal ? nonceTaken + 1 : 0;
        if (nonceTaken < LOOKS) {
            return waiting("nonce %d, which is not ours any more, to be final".formatted(operation.nonce()));
        }
        nonceTaken = 0;
        append(new Failed(
                clock.millis(),
                operation.id(),
                Failure.NONCE_TAKEN,
                "%s: nonce %d was used by another transaction of %s"
                        .formatted(operation.call(), operation.nonce(), signer.address())));
        return new Acted("%s: nonce %d was taken by another transaction of the same key"
                .formatted(operation.call(), operation.nonce()));
    }

    private StepResult keepInPool(Operation operation) {
        Signed attempt = operation.latest();
        boolean known = chain.knows(attempt.hash());
        if (operation.state() == Operation.State.SIGNED) {
            return known ? sent(operation, attempt) : broadcast(operation, attempt);
        }
        if (clock.millis() - attempt.at() >= policy.replaceAfterMillis()) {
            return replace(operation, attempt, known);
        }
        return known ? waitsForBlock(operation) : broadcast(operation, attempt);
    }

    /** Always the bytes that are in the journal. */
    private StepResult broadcast(Operation operation, Signed attempt) {
        SendResult result = chain.send(attempt.raw());
        switch (result.status()) {
            case ACCEPTED -> {
                return operation.state() == Operation.State.SENT ? waitsForBlock(operation) : sent(operation, attempt);
            }
            case NONCE_TOO_LOW -> {
                return waiting("the receipt of '%s', or another transaction, with nonce %d"
                        .formatted(operation.call(), operation.nonce()));
            }
            case UNDERPRICED -> {
                return replace(operation, attempt, false);
            }
            default -> {
                problems.add(
                        "'%s' is signed, and the node refuses it: %s".formatted(operation.call(), result.detail()));
                return waiting("a node that takes transaction %s".formatted(attempt.hash()));
            }
        }
    }

    private StepResult sent(Operation operation, Signed attempt) {
        append(new Sent(clock.millis(), operation.id(), attempt.hash()));
        return new Acted("%s: transaction %s, nonce %d, is sent, with %s"
                .formatted(operation.call(), attempt.hash(), attempt.nonce(), attempt.fees()));
    }

    private Waiting waitsForBlock(Operation operation) {
        return waiting("'%s' to get into a block".formatted(operation.call()));
    }

    private StepResult replace(Operation operation, Signed attempt, boolean known) {
        Optional<Fees> fees = policy.fees().replacement(attempt.fees(), chain.fees());
        if (fees.isEmpty()) {
            problems.add("'%s' is not mined at %s, and what would replace it is above the cap of %s wei per gas"
                    .formatted(operation.call(), attempt.fees(), policy.fees().maxFeePerGas()));
            if (!known) {
                SendResult unused = chain.send(attempt.raw());
            }
            return waitsForBlock(operation);
        }
        sign(operation.id(), operation.call(), attempt.nonce(), attempt.gasLimit(), fees.get());
        return new Acted(
                "%s: replaced, same nonce %d, with %s".formatted(operation.call(), attempt.nonce(), fees.get()));
    }

    private void sign(long operation, Call call, long nonce, long gasLimit, Fees fees) {
        TransactionSigner.Signed signed = signer.sign(call, nonce, gasLimit, fees);
        append(new Signed(clock.millis(), operation, nonce, gasLimit, fees, signed.hash(), signed.raw()));
    }

    /** A nonce below ours is unused, so ours cannot be mined: what was to use it was dropped, or was never sent. */
    private StepResult fillGap(long missing, Operation operation, StepResult result) {
        if (state.fills().containsKey(missing)) {
            return result;
        }
        long now = clock.millis();
        if (gapSince == null) {
            gapSince = now;
        }
        if (now - gapSince < policy.gapAfterMillis()) {
            return waiting("a transaction with nonce %d, below that of '%s'".formatted(missing, operation.call()));
        }
        gapSince = null;
        return plan(
                new Call.Fill(), missing, chain.account(chain.head().number()).balance());
    }

    // Nothing is on its way.

    private StepResult decide(Block head) {
        gapSince = null;
        Optional<String> wrong = wrongChain();
        if (wrong.isPresent()) {
            problems.add(wrong.get());
            return waiting("the right chain");
        }
        Contract contract = chain.contract(head.number());
        Account account = chain.account(head.number());
        Optional<StepResult> decided = recordDecision(head);
        if (decided.isPresent()) {
            return decided.get();
        }
        if (!batches.isCaughtUp()) {
            return waiting("all batches to be read");
        }
        Optional<String> contradiction = batches.contradiction();
        if (contradiction.isPresent()) {
            return halt(contradiction.get());
        }
        List<Proposal> waiting = batches.above(contract.lastProposed());
        Optional<StepResult> differs = compareRoots(contract, head);
        if (differs.isPresent()) {
            return differs.get();
        }
        ChainBatch pending = contract.pending() == 0 ? null : chain.batch(contract.pending(), head.number());
        look(head, contract, account, waiting, pending);
        if (!sameBlock(head)) {
            return waiting("the chain to settle: block %s was replaced".formatted(head.ref()));
        }
        if (contract.paused()) {
            problems.add("the contract is paused by the guardian");
            return waiting("the contract to be resumed");
        }
        if (pending != null) {
            return finalizeOrWait(contract, pending, head, account);
        }
        if (contract.proposalsHalted()) {
            problems.add("batch %d was vetoed; proposals are halted until the guardian resumes them"
                    .formatted(contract.lastProposed()));
            return waiting("proposals to be resumed");
        }
        if (waiting.isEmpty()) {
            return waiting("a batch above number %d".formatted(contract.lastProposed()));
        }
        if (!account.proposer()) {
            problems.add("%s has no proposer role at the contract".formatted(signer.address()));
            return waiting("the proposer role");
        }
        return propose(waiting, contract, head, account);
    }

    /** Why nothing may be signed for this chain; empty when it is the right one. */
    public Optional<String> wrongChain() {
        long its = chain.chainId();
        if (its != policy.chainId()) {
            return Optional.of("chainId: the chain's is %d, expected %d".formatted(its, policy.chainId()));
        }
        return chain.hasContract()
                ? Optional.empty()
                : Optional.of("settlement: there is no settlement contract at the address");
    }

    private Optional<StepResult> recordDecision(Block head) {
        Optional<Long> undecided = state.undecided();
        Optional<Block> safe = safe(head);
        if (undecided.isEmpty() || safe.isEmpty()) {
            return Optional.empty();
        }
        long number = undecided.get();
        BatchState decided = chain.batch(number, safe.get().number()).state();
        if (decided == BatchState.FINALIZED) {
            append(new JournalEntry.BatchFinalized(clock.millis(), number));
            return Optional.of(new Acted("batch %d is finalized".formatted(number)));
        }
        if (decided == BatchState.VETOED) {
            append(new JournalEntry.BatchVetoed(clock.millis(), number));
            return Optional.of(new Acted("batch %d is vetoed".formatted(number)));
        }
        return Optional.empty();
    }

    /** What the chain holds must be what was made here: otherwise somebody proposes something else. */
    private Optional<StepResult> compareRoots(Contract contract, Block head) {
        for (long number : List.of(contract.lastProposed(), contract.lastFinalized())) {
            Optional<Proposal> ours = number == 0 ? Optional.empty() : batches.ofNumber(number);
            if (ours.isPresent()) {
                ChainBatch theirs = chain.batch(number, head.number());
                boolean same = theirs.root().equals(ours.get().root())
                        && theirs.epoch() == ours.get().epoch()
                        && theirs.cumulativeTotal().equals(ours.get().cumulativeTotal());
                if (!same) {
                    return Optional.of(
                            ++rootDiffers < LOOKS
                                    ? waiting("another look at batch %d, which is another on chain".formatted(number))
                                    : halt(
                                            "the chain holds another batch %d: root %s, epoch %d, total %s; expected root %s, epoch %d, total %s"
                                                    .formatted(
                                                            number,
                                                            theirs.root(),
                                                            theirs.epoch(),
                                                            theirs.cumulativeTotal(),
                                                            ours.get().root(),
                                                            ours.get().epoch(),
                                                            ours.get().cumulativeTotal())));
                }
            }
        }
        rootDiffers = 0;
        return Optional.empty();
    }

    private void look(
            Block head,
            Contract contract,
            Account account,
            Collection<Proposal> waiting,
            @Nullable ChainBatch pending) {
        Proposal newest = waiting.isEmpty() ? null : waiting.iterator().next();
        TokenAmount total = pending != null
                ? pending.cumulativeTotal()
                : newest != null ? newest.cumulativeTotal() : contract.finalizedTotal();
        view = new SubmitterView(
                head.number(),
                newest == null ? contract.lastProposed() : newest.number(),
                contract.lastProposed(),
                contract.pending(),
                contract.lastFinalized(),
                shortfall(contract, total),
                account.balance());
    }

    private static TokenAmount shortfall(Contract contract, TokenAmount total) {
        BigInteger needed = total.wei().subtract(contract.finalizedTotal().wei());
        BigInteger available = contract.treasuryBalance()
                .wei()
                .min(contract.treasuryAllowance().wei());
        return new TokenAmount(needed.subtract(available).max(BigInteger.ZERO));
    }

    private StepResult finalizeOrWait(Contract contract, ChainBatch pending, Block head, Account account) {
        long number = contract.pending();
        TokenAmount shortfall = shortfall(contract, pending.cumulativeTotal());
        if (shortfall.wei().signum() > 0) {
            problems.add("batch %d cannot be finalized: the treasury lacks %s OCOS, in balance (%s) or allowance (%s)"
                    .formatted(
                            number,
                            shortfall.toOcos(),
                            contract.treasuryBalance().toOcos(),
                            contract.treasuryAllowance().toOcos()));
        }
        if (head.timeSeconds() < pending.challengeEndsAt()) {
            return waiting("the challenge window of batch %d, %d more seconds"
                    .formatted(number, pending.challengeEndsAt() - head.timeSeconds()));
        }
        if (!policy.finalizes()) {
            return waiting("somebody to finalize batch %d".formatted(number));
        }
        if (shortfall.wei().signum() > 0) {
            return waiting("funds for batch %d".formatted(number));
        }
        if (batches.ofNumber(number).isEmpty()) {
            problems.add("batch %d is pending on chain, and was not made here".formatted(number));
            return waiting("batch %d to be made here, or to be decided".formatted(number));
        }
        return plan(new Call.Finalize(number), account);
    }

    private StepResult propose(List<Proposal> newestFirst, Contract contract, Block head, Account account) {
        String first = "";
        String waitsFor = "a batch that can be proposed";
        for (Proposal batch : newestFirst) {
            Optional<String> refusal = refusal(batch, contract, head);
            if (refusal.isEmpty()) {
                Verdict verdict = verdict(batch);
                if (verdict instanceof BatchCheck.BeingChecked checked) {
                    // An older one may have been checked already.
                    waitsFor = "the check of batch %d".formatted(checked.number());
                    continue;
                }
                if (verdict instanceof BatchCheck.Differs differs) {
                    return halt("batch %d must not be proposed: %s".formatted(batch.number(), differs.how()));
                }
                if (verdict instanceof BatchCheck.Recomputed recomputed) {
                    return propose(batch, recomputed.inputsDigest(), contract, account);
                }
                if (verdict instanceof BatchCheck.NotRecomputed archived && !policy.requireRecomputed()) {
                    return propose(batch, archived.inputsDigest(), contract, account);
                }
                refusal = Optional.of(why(verdict));
            }
            if (first.isEmpty()) {
                first = "batch %d cannot be proposed now: %s".formatted(batch.number(), refusal.get());
                problems.add(first);
            }
        }
        return waiting(waitsFor);
    }

    private static String why(Verdict verdict) {
        if (verdict instanceof BatchCheck.NotRecomputed archived) {
            return "it was not computed again: " + archived.why();
        }
        return verdict instanceof BatchCheck.NotAvailable missing ? missing.what() : "it was not checked";
    }

    private StepResult propose(Proposal batch, Hash32 inputsDigest, Contract contract, Account account) {
        if (inputsDigest.equals(Hash32.ZERO)) {
            throw new IllegalArgumentException("inputs digest of batch %d is zero".formatted(batch.number()));
        }
        TokenAmount shortfall = shortfall(contract, batch.cumulativeTotal());
        if (shortfall.wei().signum() > 0) {
            // It is proposed all the same: that is how the treasury learns what it has to fund, and it has the window
            // to do it.
            problems.add(
                    "batch %d is not funded: the treasury lacks %s OCOS".formatted(batch.number(), shortfall.toOcos()));
        }
        return plan(new Call.Propose(batch, inputsDigest, contract.lastProposed()), account);
    }

    /** The contract's own conditions (SPEC 11), so that what it would refuse is never signed. */
    private static Optional<String> refusal(Proposal batch, Contract contract, Block head) {
        BigInteger finalized = contract.finalizedTotal().wei();
        BigInteger total = batch.cumulativeTotal().wei();
        BigInteger endsAt = BigInteger.valueOf(batch.epoch())
                .add(BigInteger.ONE)
                .multiply(BigInteger.valueOf(contract.epochSeconds()));
        if (batch.root().equals(Hash32.ZERO) || batch.artifactDigest().equals(Hash32.ZERO)) {
            return Optional.of("its root or its artifact's digest is zero");
        }
        if (batch.epoch() <= contract.lastFinalizedEpoch()) {
            return Optional.of("its epoch %d is not above the last finalized one, %d"
                    .formatted(batch.epoch(), contract.lastFinalizedEpoch()));
        }
        if (endsAt.compareTo(BigInteger.valueOf(head.timeSeconds())) > 0) {
            return Optional.of(
                    "its epoch %d ends at %s, the chain's time is %d: are the epochs of the same length, %d s?"
                            .formatted(batch.epoch(), endsAt, head.timeSeconds(), contract.epochSeconds()));
        }
        if (total.compareTo(finalized) < 0) {
            return Optional.of("its total %s is below the finalized total %s".formatted(total, finalized));
        }
        BigInteger most = finalized.add(
                contract.epochCap().wei().multiply(BigInteger.valueOf(batch.epoch() - contract.lastFinalizedEpoch())));
        return total.compareTo(most) > 0
                ? Optional.of("its total %s is above %s, what the epoch cap allows".formatted(total, most))
                : Optional.empty();
    }

    /** What was computed again stays so; what was not is looked at again after a while. */
    private Verdict verdict(Proposal batch) {
        long now = clock.millis();
        Checked known = verdicts.get(batch);
        if (known != null
                && (known.verdict() instanceof BatchCheck.Recomputed
                        || now - known.at() < policy.recheckAfterMillis())) {
            return known.verdict();
        }
        Verdict verdict = check.check(batch);
        if (verdict instanceof BatchCheck.BeingChecked) {
            return verdict;
        }
        if (verdict instanceof BatchCheck.Recomputed) {
            // The older ones are not asked for any more.
            verdicts.clear();
        }
        verdicts.put(batch, new Checked(verdict, now));
        return verdict;
    }

    private StepResult plan(Call call, Account account) {
        return plan(call, Math.max(account.nonce(), chain.pendingNonce()), account.balance());
    }

    /** The last checks; then it is decided, signed and journaled. It is sent by the next step. */
    private StepResult plan(Call call, long nonce, BigInteger balance) {
        Estimate estimate = chain.estimate(call);
        if (estimate.refusal().isPresent()) {
            problems.add("'%s' would be refused: %s"
                    .formatted(call, estimate.refusal().get()));
            return waiting("'%s' to be possible".formatted(call));
        }
        long gasLimit = estimate.gas() / 100 * policy.gasHeadroomPercent()
                + estimate.gas() % 100 * policy.gasHeadroomPercent() / 100;
        if (gasLimit > policy.maxGas()) {
            problems.add(
                    "'%s' takes %d gas, with headroom; expected at most %d".formatted(call, gasLimit, policy.maxGas()));
            return waiting("'%s' to take less gas".formatted(call));
        }
        SettlementChain.FeeQuote quote = chain.fees();
        Optional<Fees> fees = policy.fees().initial(quote);
        if (fees.isEmpty()) {
            problems.add("'%s': the chain asks for more than the cap of %s wei per gas: base fee %s, gas price %s"
                    .formatted(
                            call,
                            policy.fees().maxFeePerGas(),
                            quote.baseFee().map(BigInteger::toString).orElse("none"),
                            quote.gasPrice()));
            return waiting("lower fees");
        }
        BigInteger cost = fees.get().maxFeePerGas().multiply(BigInteger.valueOf(gasLimit));
        if (balance.compareTo(cost) < 0) {
            problems.add("'%s' may cost %s wei, %s has %s".formatted(call, cost, signer.address(), balance));
            return waiting("%s to be topped up".formatted(signer.address()));
        }
        long operation = state.size();
        append(new Planned(clock.millis(), call));
        sign(operation, call, nonce, gasLimit, fees.get());
        return new Acted("%s: signed, nonce %d, %s".formatted(call, nonce, fees.get()));
    }

    private boolean sameBlock(Block block) {
        return chain.block(block.number()).filter(block::equals).isPresent();
    }

    /** The newest block with enough blocks above it; empty on a chain that is too short. */
    private Optional<Block> safe(Block head) {
        return head.number() < policy.confirmations()
                ? Optional.empty()
                : chain.block(head.number() - policy.confirmations());
    }

    private StepResult halt(String reason) {
        append(new JournalEntry.Halted(clock.millis(), reason));
        return new Halted(state.haltedAt(), reason);
    }

    private Waiting waiting(String what) {
        return new Waiting(problems, what);
    }

    /** First the journal, then what is known here. */
    private void append(JournalEntry entry) {
        journal.append(entry);
        state.apply(entry);
    }
}
