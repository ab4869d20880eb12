package io.ocos.rewardssettlement.domain.submission;

import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.domain.TokenAmount;

/**
 * A batch as it is proposed (SPEC 10, 11), without the inputs' digest.
 *
 * @param number 1, 2, 3 …
 * @param epoch at whose end it was made
 * @param root over all payees with a cumulative amount above 0
 * @param cumulativeTotal Σ cumulative, wei
 * @param artifactDigest SHA-256 of the artifact
 */
public record Proposal(long number, long epoch, Hash32 root, TokenAmount cumulativeTotal, Hash32 artifactDigest) {}
