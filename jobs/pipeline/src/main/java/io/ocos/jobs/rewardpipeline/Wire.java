package io.ocos.jobs.rewardpipeline;

import io.ocos.jobs.flink.AddressSerializer;
import io.ocos.jobs.flink.Hash32Serializer;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.ChainFact;
import io.ocos.schemas.domain.Hash32;
import java.io.IOException;
import java.math.BigInteger;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** The pieces of which the formats are made. */
final class Wire {

    private static final int NODE_REGISTERED = 1;
    private static final int NODE_OWNER_CHANGED = 2;
    private static final int NODE_CAPACITY_CHANGED = 3;
    private static final int NODE_DEREGISTERED = 4;
    private static final int STAKE_CHANGED = 5;
    private static final int NODE_SLASHED = 6;
    private static final int PARAMETER_SET = 7;
    private static final int JOB_CREATED = 8;
    private static final int JOB_SETTLED = 9;
    private static final int REWARD_ADJUSTED = 10;

    private Wire() {}

    static IOException unknown(String what, int value) {
        return new IOException(
                "%s with layout %d, which this software does not know: written by a newer one?".formatted(what, value));
    }

    static void write(Address value, DataOutputView target) throws IOException {
        AddressSerializer.INSTANCE.serialize(value, target);
    }

    static Address address(DataInputView source) throws IOException {
        return AddressSerializer.INSTANCE.deserialize(source);
    }

    static void write(Hash32 value, DataOutputView target) throws IOException {
        Hash32Serializer.INSTANCE.serialize(value, target);
    }

    static Hash32 hash32(DataInputView source) throws IOException {
        return Hash32Serializer.INSTANCE.deserialize(source);
    }

    /** A number ≥ 0 of less than 65 536 bytes. */
    static void write(BigInteger value, DataOutputView target) throws IOException {
        byte[] bytes = value.toByteArray();
        target.writeShort(bytes.length);
        target.write(bytes);
    }

    static BigInteger integer(DataInputView source) throws IOException {
        byte[] bytes = new byte[source.readUnsignedShort()];
        source.readFully(bytes);
        return new BigInteger(bytes);
    }

    static void write(ChainFact fact, DataOutputView target) throws IOException {
        if (fact instanceof ChainFact.NodeRegistered e) {
            target.writeByte(NODE_REGISTERED);
            write(e.node(), target);
            write(e.owner(), target);
            write(e.nodeType(), target);
            write(e.capacityUnits(), target);
        } else if (fact instanceof ChainFact.NodeOwnerChanged e) {
            target.writeByte(NODE_OWNER_CHANGED);
            write(e.node(), target);
            write(e.owner(), target);
        } else if (fact instanceof ChainFact.NodeCapacityChanged e) {
            target.writeByte(NODE_CAPACITY_CHANGED);
            write(e.node(), target);
            write(e.capacityUnits(), target);
        } else if (fact instanceof ChainFact.NodeDeregistered e) {
            target.writeByte(NODE_DEREGISTERED);
            write(e.node(), target);
        } else if (fact instanceof ChainFact.StakeChanged e) {
            target.writeByte(STAKE_CHANGED);
            write(e.node(), target);
            write(e.stake(), target);
        } else if (fact instanceof ChainFact.NodeSlashed e) {
            target.writeByte(NODE_SLASHED);
            write(e.node(), target);
            write(e.stake(), target);
        } else if (fact instanceof ChainFact.ParameterSet e) {
            target.writeByte(PARAMETER_SET);
            write(e.key(), target);
            write(e.value(), target);
        } else if (fact instanceof ChainFact.JobCreated e) {
            target.writeByte(JOB_CREATED);
            write(e.jobId(), target);
            write(e.customer(), target);
            write(e.kind(), target);
            write(e.deadlineSeconds(), target);
        } else if (fact instanceof ChainFact.JobSettled e) {
            target.writeByte(JOB_SETTLED);
            write(e.jobId(), target);
            write(e.node(), target);
            write(e.fee(), target);
        } else if (fact instanceof ChainFact.RewardAdjusted e) {
            target.writeByte(REWARD_ADJUSTED);
            write(e.payee(), target);
            write(e.amount(), target);
        } else {
            throw new IllegalArgumentException("no format for " + fact);
        }
    }

    static ChainFact fact(int layout, DataInputView source) throws IOException {
        return switch (layout) {
            case NODE_REGISTERED ->
                new ChainFact.NodeRegistered(address(source), address(source), hash32(source), integer(source));
            case NODE_OWNER_CHANGED -> new ChainFact.NodeOwnerChanged(address(source), address(source));
            case NODE_CAPACITY_CHANGED -> new ChainFact.NodeCapacityChanged(address(source), integer(source));
            case NODE_DEREGISTERED -> new ChainFact.NodeDeregistered(address(source));
            case STAKE_CHANGED -> new ChainFact.StakeChanged(address(source), integer(source));
            case NODE_SLASHED -> new ChainFact.NodeSlashed(address(source), integer(source));
            case PARAMETER_SET -> new ChainFact.ParameterSet(hash32(source), integer(source));
            case JOB_CREATED ->
                new ChainFact.JobCreated(hash32(source), address(source), hash32(source), integer(source));
            case JOB_SETTLED -> new ChainFact.JobSettled(hash32(source), address(source), integer(source));
            case REWARD_ADJUSTED -> new ChainFact.RewardAdjusted(address(source), integer(source));
            default -> throw unknown("chain fact", layout);
        };
    }
}
