package io.ocos.metering.domain;

import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.ChainFact;
import io.ocos.schemas.domain.NodeType;
import java.math.BigInteger;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A node as the chain has it (SPEC 4), after the events applied so far, in their order.
 *
 * @param flag the registered flag
 * @param owner zero before the first registration
 * @param type null before the first registration, and for a name that is no type
 * @param capacityUnits ≥ 0
 * @param stake wei
 * @param registeredFrom effective minute of the last {@code NodeRegistered}
 * @param leftSince whether a {@code NodeDeregistered} came since the last registered minute that was closed (SPEC 7)
 */
public record NodeState(
        boolean flag,
        Address owner,
        @Nullable NodeType type,
        BigInteger capacityUnits,
        BigInteger stake,
        long registeredFrom,
        boolean leftSince) {

    /** Before any event. */
    public static final NodeState UNKNOWN =
            new NodeState(false, Address.ZERO, null, BigInteger.ZERO, BigInteger.ZERO, 0, false);

    /** Whether the node is registered: it has the flag, a known type and an owner. */
    public boolean isRegistered() {
        return flag && type != null && !owner.isZero();
    }

    /** The type of a registered node; empty when the node is not registered. */
    public Optional<NodeType> registeredType() {
        return isRegistered() ? Optional.ofNullable(type) : Optional.empty();
    }

    /** The state after an event with this effective minute. */
    public NodeState apply(ChainFact.OfNode event, long effectiveMinute) {
        if (event instanceof ChainFact.NodeRegistered e) {
            return new NodeState(
                    true,
                    e.owner(),
                    NodeType.fromChain(e.nodeType()).orElse(null),
                    e.capacityUnits(),
                    stake,
                    effectiveMinute,
                    leftSince);
        } else if (event instanceof ChainFact.NodeDeregistered) {
            return new NodeState(false, owner, type, capacityUnits, stake, registeredFrom, true);
        } else if (event instanceof ChainFact.NodeOwnerChanged e) {
            return flag ? new NodeState(flag, e.owner(), type, capacityUnits, stake, registeredFrom, leftSince) : this;
        } else if (event instanceof ChainFact.NodeCapacityChanged e) {
            return flag ? new NodeState(flag, owner, type, e.capacityUnits(), stake, registeredFrom, leftSince) : this;
        } else if (event instanceof ChainFact.StakeChanged e) {
            return withStake(e.stake());
        } else if (event instanceof ChainFact.NodeSlashed e) {
            return withStake(e.stake());
        }
        throw new IllegalArgumentException("no event of a node's state: " + event);
    }

    /** The state after an event that has been applied before: that a node has left is not told again. */
    public NodeState reapply(ChainFact.OfNode event, long effectiveMinute) {
        return apply(event, effectiveMinute).withLeftSince(leftSince);
    }

    /** The state once a registered minute has been closed with it. */
    public NodeState closed() {
        return withLeftSince(false);
    }

    private NodeState withLeftSince(boolean left) {
        return left == leftSince ? this : new NodeState(flag, owner, type, capacityUnits, stake, registeredFrom, left);
    }

    private NodeState withStake(BigInteger total) {
        return new NodeState(flag, owner, type, capacityUnits, total, registeredFrom, leftSince);
    }
}
