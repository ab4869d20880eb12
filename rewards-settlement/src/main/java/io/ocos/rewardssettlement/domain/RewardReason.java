package io.ocos.rewardssettlement.domain;

/** Why a reward is what it is (SPEC 8, 9). For a minute the first that holds, in this order. */
public enum RewardReason {
    /** The type's cap is 0. */
    TYPE_CLOSED,
    /** The stake is below the type's minimum, or backs no capacity unit. */
    UNDERSTAKED,
    /** No slot of the minute was seen. */
    OFFLINE,
    /** The node is on probation. */
    PROBATION,
    /** The type asks for a verified challenge job, and the node has none that is recent enough. */
    UNPROVEN,
    /** The score is not above the floor. */
    LOW_REPUTATION,
    /** The type's rewards were scaled down to its cap. */
    SCALED,
    /** Paid as computed. */
    PAID,
    /** A settled job of a node that was not registered. */
    UNREGISTERED,
    /** An adjustment by the DAO's guardian. */
    ADJUSTED
}
