package io.ocos.rewardssettlement.domain;

import io.ocos.schemas.domain.NodeType;
import io.ocos.schemas.domain.Parameters;
import java.math.BigInteger;

/**
 * What one registered node asks of its type's pool for a minute (SPEC 8), before the cap.
 *
 * @param raw wei, ≥ 0; may exceed 2<sup>256</sup>
 * @param reason why, as far as it does not depend on the pool: {@link RewardReason#PAID} unless one of the reasons before
 *     {@link RewardReason#SCALED} holds
 */
public record MinuteClaim(BigInteger raw, RewardReason reason) {

    private static final BigInteger MILLION = BigInteger.valueOf(1_000_000);
    private static final BigInteger FULL_MINUTE = BigInteger.valueOf(6_000_000);

    /**
     * The claim of a registered node.
     *
     * @param minute minute index
     * @param slots 0 … 6
     * @param probationUntil first minute after probation
     * @param proven {@link #isProven}
     * @param score ppm, after the minute
     */
    public static MinuteClaim of(
            long minute,
            NodeType type,
            Eligibility eligibility,
            int slots,
            long probationUntil,
            boolean proven,
            int score,
            Parameters parameters) {
        BigInteger multiplier =
                minute < probationUntil || !proven ? BigInteger.ZERO : reputationMultiplier(score, parameters);
        BigInteger raw = eligibility.eligible()
                ? parameters
                        .rate(type)
                        .multiply(eligibility.units())
                        .multiply(BigInteger.valueOf(slots))
                        .multiply(multiplier)
                        .divide(FULL_MINUTE)
                : BigInteger.ZERO;
        return new MinuteClaim(raw, reason(minute, eligibility, slots, probationUntil, proven, multiplier));
    }

    /**
     * Whether a node has proven its capability: a counted VERIFIED challenge in (m − proof, m], not before its last
     * registration.
     *
     * @param lastVerified minute of its latest counted VERIFIED challenge that is not after {@code minute}, or a negative
     *     number for none
     * @param registeredFrom effective minute of its last {@code NodeRegistered}
     */
    public static boolean isProven(
            long minute, NodeType type, long lastVerified, long registeredFrom, Parameters parameters) {
        BigInteger proof = parameters.proofMinutes(type);
        if (proof.signum() == 0) {
            return true;
        }
        return lastVerified >= 0
                && lastVerified >= registeredFrom
                && BigInteger.valueOf(minute - lastVerified).compareTo(proof) < 0;
    }

    private static BigInteger reputationMultiplier(int score, Parameters parameters) {
        BigInteger above = BigInteger.valueOf(score).subtract(parameters.reputationFloor());
        if (above.signum() <= 0) {
            return BigInteger.ZERO;
        }
        BigInteger range = parameters.reputationFull().subtract(parameters.reputationFloor());
        return above.multiply(MILLION).divide(range).min(MILLION);
    }

    private static RewardReason reason(
            long minute,
            Eligibility eligibility,
            int slots,
            long probationUntil,
            boolean proven,
            BigInteger multiplier) {
        if (!eligibility.open()) {
            return RewardReason.TYPE_CLOSED;
        } else if (!eligibility.staked()) {
            return RewardReason.UNDERSTAKED;
        } else if (slots == 0) {
            return RewardReason.OFFLINE;
        } else if (minute < probationUntil) {
            return RewardReason.PROBATION;
        } else if (!proven) {
            return RewardReason.UNPROVEN;
        } else if (multiplier.signum() == 0) {
            return RewardReason.LOW_REPUTATION;
        }
        return RewardReason.PAID;
    }
}
