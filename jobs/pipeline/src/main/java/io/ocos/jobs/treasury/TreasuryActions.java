package io.ocos.jobs.treasury;

import io.ocos.jobs.settlement.ArtifactStore;
import io.ocos.rewardssettlement.contracts.OcosToken;
import io.ocos.rewardssettlement.contracts.RewardsSettlement;
import io.ocos.rewardssettlement.domain.Batch;
import io.ocos.rewardssettlement.domain.BatchLines;
import io.ocos.rewardssettlement.domain.Cid;
import io.ocos.rewardssettlement.domain.MerkleTree;
import io.ocos.rewardssettlement.io.EvmClient;
import io.ocos.rewardssettlement.io.OperatorClient;
import io.ocos.rewardssettlement.io.OperatorClient.Done;
import io.ocos.rewardssettlement.io.OperatorClient.Intent;
import io.ocos.rewardssettlement.io.RefusedException;
import io.ocos.rewardssettlement.io.SettlementClient;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.domain.TokenAmount;
import java.io.IOException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * What guardian, treasury and payees do about batches on chain (SPEC 11). Every action is checked before it is signed, and
 * throws {@link RefusedException} when it would not succeed. Proofs come from the artifact of the finalized batch, which the
 * chain names. Not for use by several threads.
 */
public final class TreasuryActions {

    static final String GUARDIAN = "GUARDIAN_ROLE";

    /**
     * The finalized batch.
     *
     * @param tree over its lines
     */
    public record Finalized(Batch batch, MerkleTree tree) {}

    /**
     * What a payee has, as of the finalized batch.
     *
     * @param line of the batch; empty when the payee is not in it
     * @param claimed paid or swept so far, wei
     * @param withheld held back, wei
     */
    public record Owed(Address payee, Optional<Batch.Line> line, TokenAmount claimed, TokenAmount withheld) {

        /** What a claim would pay now, wei. */
        public TokenAmount payable() {
            BigInteger cumulative = line.map(found -> found.cumulative().wei()).orElse(BigInteger.ZERO);
            return new TokenAmount(
                    cumulative.subtract(claimed.wei()).subtract(withheld.wei()).max(BigInteger.ZERO));
        }

        /** What a sweep would move now, wei. */
        public TokenAmount sweepable() {
            BigInteger cumulative = line.map(found -> found.cumulative().wei()).orElse(BigInteger.ZERO);
            return new TokenAmount(
                    withheld.wei().min(cumulative.subtract(claimed.wei()).max(BigInteger.ZERO)));
        }

        @Override
        public String toString() {
            return "%s: earned %s OCOS up to the finalized batch, claimed %s, withheld %s, payable now %s"
                    .formatted(
                            payee,
                            line.map(found -> found.cumulative().toOcos()).orElse("nothing"),
                            claimed.toOcos(),
                            withheld.toOcos(),
                            payable().toOcos());
        }
    }

    private final OperatorClient client;
    private final ArtifactStore artifacts;
    private final Consumer<String> progress;
    private final Address address;
    private final SettlementClient settlement;
    private final RewardsSettlement contract;
    private final OcosToken token;

    /**
     * Actions with one key.
     *
     * @param progress told what is sent, and what becomes of it, one line each
     */
    public TreasuryActions(OperatorClient client, ArtifactStore artifacts, Consumer<String> progress) {
        this.client = client;
        this.artifacts = artifacts;
        this.progress = progress;
        this.address = client.deployment().settlement();
        EvmClient evm = client.evm();
        this.settlement = new SettlementClient(evm, client.deployment());
        this.contract = settlement.contract();
        this.token = OcosToken.load(client.deployment().token().toString(), evm.web3j(), evm.transactions(), evm.gas());
    }

    /** Refuses a pending batch; nothing can be proposed before {@link #resume}. */
    public Done veto(long number) {
        return guarded("veto of batch %d".formatted(number), contract.veto(BigInteger.valueOf(number)));
    }

    /** Ends a pause, and lets proposals be made after a veto. */
    public Done resume() {
        return guarded("resume", contract.resume());
    }

    /** Stops proposing, finalizing and claiming. */
    public Done pause() {
        return guarded("pause", contract.pause());
    }

    /** Makes a batch claimable after its window: the treasury pays for it. Anyone may. */
    public Done finalizeBatch(long number) {
        return client.send(
                Intent.ofAnyone(
                        "finalization of batch %d".formatted(number),
                        address,
                        contract.finalize(BigInteger.valueOf(number))),
                progress);
    }

    /** Gives the treasury OCOS of the account. Batches take them as far as the DAO has approved, see {@link #approved}. */
    public Done fund(TokenAmount amount) {
        requireAmount(amount);
        String treasury = client.ask(contract.treasury());
        return client.send(
                Intent.ofAnyone(
                        "transfer of %s OCOS to the treasury %s".formatted(amount.toOcos(), treasury),
                        client.deployment().token(),
                        token.transfer(treasury, amount.wei())),
                progress);
    }

    /** What the treasury holds, wei. */
    public TokenAmount treasuryBalance() {
        return new TokenAmount(client.ask(token.balanceOf(client.ask(contract.treasury()))));
    }

    /** What the DAO has approved for batches and they have not taken yet, wei. */
    public TokenAmount approved() {
        return new TokenAmount(client.ask(token.allowance(client.ask(contract.treasury()), address.toString())));
    }

    /**
     * Holds back more of what a payee is or will be owed.
     *
     * @param reason for people: the evidence, or where it is found; public for ever
     */
    public Done withhold(Address payee, TokenAmount amount, String reason) {
        requireAmount(amount);
        return guarded(
                "withholding %s OCOS of %s".formatted(amount.toOcos(), payee),
                contract.withhold(payee.toString(), amount.wei(), reason));
    }

    /** Holds back less. */
    public Done release(Address payee, TokenAmount amount) {
        requireAmount(amount);
        return guarded(
                "release of %s OCOS for %s".formatted(amount.toOcos(), payee),
                contract.release(payee.toString(), amount.wei()));
    }

    /**
     * Grants a reward by decision: it is in a batch to come.
     *
     * @param reason for people: the decision, or where it is found; public for ever
     */
    public Done adjust(Address payee, TokenAmount amount, String reason) {
        requireAmount(amount);
        return guarded(
                "adjustment of %s OCOS for %s".formatted(amount.toOcos(), payee),
                contract.adjust(payee.toString(), amount.wei(), reason));
    }

    /** Moves what is withheld of a payee, as far as the finalized batch covers it, to the treasury. Anyone may. */
    public Done sweep(Address payee) {
        Finalized finalized = finalizedBatch();
        Owed owed = owed(finalized, payee);
        Batch.Line line = owed.line()
                .filter(found -> owed.sweepable().wei().signum() > 0)
                .orElseThrow(() -> new RefusedException("nothing can be swept: " + owed));
        return client.send(
                Intent.ofAnyone(
                        "sweep of %s OCOS of %s".formatted(owed.sweepable().toOcos(), payee),
                        address,
                        settlement.sweep(finalized.tree(), line)),
                progress);
    }

    /**
     * Claims for payees what the finalized batch owes them; those who are owed nothing are left out. Anyone may: it is the payees
     * who are paid.
     *
     * @return one for each transaction, of {@value SettlementClient#CLAIMS_PER_TRANSACTION} payees at most; empty when nobody is owed
     *     anything
     */
    public List<Done> claim(Finalized finalized, Collection<Owed> payees) {
        List<Batch.Line> lines = payees.stream()
                .filter(owed -> owed.payable().wei().signum() > 0)
                .flatMap(owed -> owed.line().stream())
                .sorted(Comparator.comparingInt(
                        line -> finalized.tree().indexOf(MerkleTree.leaf(line.payee(), line.cumulative()))))
                .toList();
        if (lines.size() == 1) {
            return List.of(client.send(
                    Intent.ofAnyone(
                            "claim for " + lines.get(0).payee(),
                            address,
                            settlement.claim(finalized.tree(), lines.get(0))),
                    progress));
        }
        List<Done> done = new ArrayList<>();
        for (int from = 0; from < lines.size(); from += SettlementClient.CLAIMS_PER_TRANSACTION) {
            List<Batch.Line> chunk =
                    lines.subList(from, Math.min(from + SettlementClient.CLAIMS_PER_TRANSACTION, lines.size()));
            done.add(client.send(
                    Intent.ofAnyone(
                            "claims for %d payees".formatted(chunk.size()),
                            address,
                            settlement.claimMany(finalized.tree(), chunk)),
                    progress));
        }
        return done;
    }

    /** What a payee is owed. */
    public Owed owed(Finalized finalized, Address payee) {
        BatchLines lines = finalized.batch().lines();
        int row = lines.indexOf(payee);
        RewardsSettlement.Account account = client.ask(contract.accountOf(payee.toString()));
        return new Owed(
                payee,
                row < 0
                        ? Optional.empty()
                        : Optional.of(new Batch.Line(payee, lines.cumulative(row), lines.delta(row))),
                new TokenAmount(account.claimed),
                new TokenAmount(account.withheld));
    }

    /** Number of the batch that can be claimed from; 0 before the first. */
    public long finalizedNumber() {
        return client.ask(contract.lastFinalizedNumber()).longValueExact();
    }

    /**
     * The batch that can be claimed from, read from its artifact and held against the chain.
     *
     * @throws RefusedException when no batch is finalized, or its artifact cannot be read or is not the chain's
     */
    public Finalized finalizedBatch() {
        long number = finalizedNumber();
        if (number == 0) {
            throw new RefusedException("no batch is finalized yet");
        }
        String cid = Cid.ofDigest(settlement.artifactDigest(client, number).toBytes());
        BatchLines lines;
        try {
            lines = artifacts.read(cid);
        } catch (IOException e) {
            throw new RefusedException("batch %d: %s".formatted(number, e.getMessage()), e);
        }
        long epoch = client.ask(contract.lastFinalizedEpoch()).longValueExact();
        Batch batch = new Batch(number, epoch, lines);
        MerkleTree tree = batch.tree();
        Hash32 root = Hash32.of(client.ask(contract.root()));
        if (!tree.root().equals(root)) {
            throw new RefusedException("batch %d: its artifact %s gives root %s, the chain has %s"
                    .formatted(number, cid, tree.root(), root));
        }
        return new Finalized(batch, tree);
    }

    private Done guarded(String what, org.web3j.protocol.core.RemoteFunctionCall<?> call) {
        return client.send(Intent.of(GUARDIAN, what, address, call), progress);
    }

    private static void requireAmount(TokenAmount amount) {
        if (amount.wei().signum() == 0) {
            throw new RefusedException("amount 0, expected more");
        }
    }
}
