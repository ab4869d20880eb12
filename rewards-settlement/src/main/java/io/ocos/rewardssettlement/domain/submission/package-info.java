/**
 * How batches get on chain (SPEC 11): a state machine that may be ended at any point and goes on from its journal and the
 * chain alone. Ports are interfaces here; what they are made of is elsewhere.
 */
package io.ocos.rewardssettlement.domain.submission;
