package io.ocos.reputationstream.domain;

import io.ocos.schemas.domain.Parameters;
import java.math.BigInteger;

/**
 * A node's Beta reputation (SPEC 7; Jøsang &amp; Ismail, <i>The Beta Reputation System</i>, 2002, with exponential
 * forgetting). Fixed point: one full minute of evidence is {@link #UNIT}. Immutable.
 *
 * @param alpha good evidence, &gt; 0
 * @param beta bad evidence, ≥ 0
 * @param probationUntil the first minute after probation; {@link Long#MAX_VALUE} for one that does not end
 */
public record Reputation(BigInteger alpha, BigInteger beta, long probationUntil) {

    /** U = 2<sup>24</sup>: one minute of evidence. */
    public static final BigInteger UNIT = BigInteger.ONE.shiftLeft(24);

    private static final BigInteger DECAY = BigInteger.valueOf(295_332);
    private static final int DECAY_SHIFT = 32;
    private static final BigInteger MILLION = BigInteger.valueOf(1_000_000);
    private static final BigInteger SIX = BigInteger.valueOf(6);
    private static final BigInteger FAILED = UNIT.multiply(BigInteger.valueOf(10));
    private static final BigInteger MISMATCH = UNIT.multiply(BigInteger.valueOf(100));
    private static final BigInteger SLASHED = UNIT.multiply(BigInteger.valueOf(1440));

    /**
     * Evidence of one registered minute.
     *
     * @param slots 0 … 6
     * @param eligible whether the node was eligible (SPEC 4)
     * @param failed counted FAILED events with this or an earlier minute that were not applied yet
     * @param mismatch counted MISMATCH events, likewise
     * @param slashed NodeSlashed events, likewise
     * @param good Σ {@link #good} over this minute's settled jobs of other parties
     */
    public record Evidence(int slots, boolean eligible, int failed, int mismatch, int slashed, BigInteger good) {}

    /** The reputation with which a node enters its first registered minute. */
    public static Reputation initial(Parameters parameters) {
        return new Reputation(UNIT, parameters.reputationPrior().multiply(UNIT), 0);
    }

    /** The reputation with which a node that left enters its next registered minute: α ← min(α, U). */
    public Reputation rejoined() {
        return new Reputation(alpha.min(UNIT), beta, probationUntil);
    }

    /** The good evidence of one settled job: U · min(fee, evidenceFee) / evidenceFee. */
    public static BigInteger good(BigInteger feeWei, Parameters parameters) {
        BigInteger full = parameters.evidenceFee();
        return UNIT.multiply(feeWei.min(full)).divide(full);
    }

    /** The reputation after a registered minute: decay, uptime, evidence, in this order. */
    public Reputation after(long minute, Evidence evidence, Parameters parameters) {
        BigInteger up = UNIT.multiply(BigInteger.valueOf(evidence.slots())).divide(SIX);
        BigInteger newAlpha = decayed(alpha);
        BigInteger newBeta = decayed(beta).add(UNIT.subtract(up));
        if (evidence.eligible()) {
            newAlpha = newAlpha.add(up).add(evidence.good().min(UNIT));
        }
        newBeta = newBeta.add(FAILED.multiply(BigInteger.valueOf(evidence.failed())))
                .add(MISMATCH.multiply(BigInteger.valueOf(evidence.mismatch())))
                .add(SLASHED.multiply(BigInteger.valueOf(evidence.slashed())));
        long until = probationUntil;
        if (evidence.mismatch() > 0 || evidence.slashed() > 0) {
            until = Math.max(until, saturatedSum(minute, parameters.probationMinutes()));
        }
        return new Reputation(newAlpha, newBeta, until);
    }

    /** The score in ppm: 1 000 000 · α / (α + β). */
    public int score() {
        return MILLION.multiply(alpha).divide(alpha.add(beta)).intValueExact();
    }

    private static BigInteger decayed(BigInteger evidence) {
        return evidence.subtract(evidence.multiply(DECAY).shiftRight(DECAY_SHIFT));
    }

    private static long saturatedSum(long minute, BigInteger minutes) {
        BigInteger sum = minutes.add(BigInteger.valueOf(minute));
        return sum.bitLength() > 63 ? Long.MAX_VALUE : sum.longValueExact();
    }
}
