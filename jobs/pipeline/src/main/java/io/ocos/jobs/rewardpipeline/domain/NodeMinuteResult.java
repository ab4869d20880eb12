package io.ocos.jobs.rewardpipeline.domain;

import io.ocos.reputationstream.domain.Reputation;
import io.ocos.rewardssettlement.domain.MinuteClaim;

/**
 * A registered node's minute (SPEC 7, 8), as far as it does not depend on other nodes.
 *
 * @param reputation after the minute
 * @param claim on the pool of its type
 */
public record NodeMinuteResult(Reputation reputation, MinuteClaim claim) {}
