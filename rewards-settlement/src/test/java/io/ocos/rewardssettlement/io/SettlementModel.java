package io.ocos.rewardssettlement.io;

import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.TokenAmount;
import java.math.BigInteger;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The settlement contract as plainly as it can be said, written from SPEC 11. Each method returns the name of the error that
 * the contract answers, or null when it does what it is asked.
 */
final class SettlementModel {

    /** A proposal. */
    record Proposal(
            long number, long epoch, Map<Address, BigInteger> amounts, BigInteger total, long challengeEndsAt) {}

    private final long challengeSeconds;
    BigInteger epochCap;
    BigInteger treasuryBalance;
    BigInteger allowance;

    boolean paused;
    boolean halted;
    long lastProposed;

    @Nullable
    Proposal pending;

    long finalizedEpoch;
    BigInteger finalizedTotal = BigInteger.ZERO;
    BigInteger paid = BigInteger.ZERO;
    BigInteger swept = BigInteger.ZERO;
    Map<Address, BigInteger> claimable = Map.of();
    final Map<Address, BigInteger> claimed = new HashMap<>();
    final Map<Address, BigInteger> withheld = new HashMap<>();
    final Map<Address, BigInteger> balances = new HashMap<>();

    SettlementModel(TokenAmount epochCap, long challengeSeconds, BigInteger treasuryBalance, BigInteger allowance) {
        this.epochCap = epochCap.wei();
        this.challengeSeconds = challengeSeconds;
        this.treasuryBalance = treasuryBalance;
        this.allowance = allowance;
    }

    @Nullable
    String propose(long number, long epoch, Map<Address, BigInteger> amounts, BigInteger total, long now) {
        if (paused) {
            return "SettlementPaused";
        } else if (halted) {
            return "ProposalsHalted";
        } else if (pending != null) {
            return "BatchPending";
        } else if (number <= lastProposed) {
            return "NumberSpent";
        } else if (epoch <= finalizedEpoch) {
            return "EpochSpent";
        } else if (total.compareTo(finalizedTotal) < 0) {
            return "TotalBelowFinalized";
        } else if (total.compareTo(finalizedTotal.add(epochCap.multiply(BigInteger.valueOf(epoch - finalizedEpoch))))
                > 0) {
            return "TotalAboveCap";
        }
        lastProposed = number;
        pending = new Proposal(number, epoch, amounts, total, now + challengeSeconds);
        return null;
    }

    @Nullable
    String veto(long number) {
        if (pending == null || pending.number() != number) {
            return "BatchNotPending";
        }
        pending = null;
        halted = true;
        return null;
    }

    @Nullable
    String finalizeBatch(long number, long now) {
        if (paused) {
            return "SettlementPaused";
        } else if (pending == null || pending.number() != number) {
            return "BatchNotPending";
        } else if (now < pending.challengeEndsAt()) {
            return "ChallengeWindowOpen";
        }
        BigInteger due = pending.total().subtract(finalizedTotal);
        if (due.compareTo(allowance) > 0) {
            return "ERC20InsufficientAllowance";
        } else if (due.compareTo(treasuryBalance) > 0) {
            return "ERC20InsufficientBalance";
        }
        treasuryBalance = treasuryBalance.subtract(due);
        allowance = allowance.subtract(due);
        finalizedTotal = pending.total();
        finalizedEpoch = pending.epoch();
        claimable = pending.amounts();
        pending = null;
        return null;
    }

    @Nullable
    String claim(List<Address> payees, Map<Address, BigInteger> amounts, boolean many) {
        if (paused) {
            return "SettlementPaused";
        }
        // What is proven is proven against the whole tree.
        if (!amounts.equals(claimable)) {
            return many ? "InvalidMultiProof" : "InvalidProof";
        }
        BigInteger available = finalizedTotal.subtract(paid).subtract(swept);
        Map<Address, BigInteger> payments = new HashMap<>();
        for (Address payee : payees) {
            BigInteger owed = of(amounts, payee).subtract(of(claimed, payee)).subtract(of(withheld, payee));
            if (owed.signum() > 0) {
                if (owed.compareTo(available) > 0) {
                    return "ExceedsFinalized";
                }
                available = available.subtract(owed);
                payments.put(payee, owed);
            }
        }
        payments.forEach((payee, amount) -> {
            paid = paid.add(amount);
            claimed.merge(payee, amount, BigInteger::add);
            balances.merge(payee, amount, BigInteger::add);
        });
        return null;
    }

    @Nullable
    String sweep(Address payee, Map<Address, BigInteger> amounts) {
        if (!amounts.equals(claimable)) {
            return "InvalidProof";
        }
        BigInteger covered = of(amounts, payee).subtract(of(claimed, payee)).max(BigInteger.ZERO);
        BigInteger amount = covered.min(of(withheld, payee));
        if (amount.compareTo(finalizedTotal.subtract(paid).subtract(swept)) > 0) {
            return "ExceedsFinalized";
        }
        swept = swept.add(amount);
        claimed.merge(payee, amount, BigInteger::add);
        withheld.merge(payee, amount.negate(), BigInteger::add);
        treasuryBalance = treasuryBalance.add(amount);
        return null;
    }

    void withhold(Address payee, BigInteger amount) {
        withheld.merge(payee, amount, BigInteger::add);
    }

    @Nullable
    String release(Address payee, BigInteger amount) {
        if (amount.compareTo(of(withheld, payee)) > 0) {
            return "ReleaseAboveWithheld";
        }
        withheld.merge(payee, amount.negate(), BigInteger::add);
        return null;
    }

    @Nullable
    String pause() {
        if (paused) {
            return "SettlementPaused";
        }
        paused = true;
        return null;
    }

    @Nullable
    String resume() {
        if (!paused && !halted) {
            return "NothingToResume";
        }
        paused = false;
        halted = false;
        return null;
    }

    static BigInteger of(Map<Address, BigInteger> amounts, Address payee) {
        return amounts.getOrDefault(payee, BigInteger.ZERO);
    }
}
