package io.ocos.jobs.rewardpipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ocos.jobs.flink.RawRecord;
import io.ocos.jobs.rewardpipeline.domain.CreatedJob;
import io.ocos.jobs.rewardpipeline.domain.JobVerdict.Occurrence;
import io.ocos.jobs.rewardpipeline.domain.NodeAccount;
import io.ocos.jobs.rewardpipeline.domain.NodeFact;
import io.ocos.metering.domain.NodeState;
import io.ocos.reputationstream.domain.Reputation;
import io.ocos.rewardssettlement.domain.RewardReason;
import io.ocos.schemas.avro.JobEventType;
import io.ocos.schemas.avro.TypeTotals;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.ChainFact;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.domain.NodeType;
import io.ocos.schemas.domain.ParameterHistory;
import io.ocos.schemas.domain.TokenAmount;
import io.ocos.schemas.io.AvroValues;
import java.io.IOException;
import java.math.BigInteger;
import java.util.List;
import org.apache.flink.api.common.serialization.SerializerConfigImpl;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.junit.jupiter.api.Test;

class FormatsTest {

    private static final Address NODE = new Address(-1, 2, 3);
    private static final Address OWNER = new Address(4, -5, 6);
    private static final Hash32 HASH = new Hash32(7, -8, 9, -10);
    private static final BigInteger MAX = TokenAmount.MAX.wei();
    private static final BigInteger HUGE = BigInteger.TWO.pow(400);

    private static final List<ChainFact> FACTS = List.of(
            new ChainFact.NodeRegistered(NODE, OWNER, HASH, MAX),
            new ChainFact.NodeOwnerChanged(NODE, OWNER),
            new ChainFact.NodeCapacityChanged(NODE, BigInteger.ZERO),
            new ChainFact.NodeDeregistered(NODE),
            new ChainFact.StakeChanged(NODE, MAX),
            new ChainFact.NodeSlashed(NODE, BigInteger.ONE),
            new ChainFact.ParameterSet(HASH, ChainFact.MAX_VALUE),
            new ChainFact.JobCreated(HASH, OWNER, HASH, MAX),
            new ChainFact.JobSettled(HASH, NODE, BigInteger.TEN),
            new ChainFact.RewardAdjusted(OWNER, BigInteger.TWO));

    @Test
    void everythingComesBack() throws Exception {
        for (ChainFact fact : FACTS) {
            roundTrip(Formats.CHAIN_RECORD, new ChainRecord(1, -1, Long.MAX_VALUE, HASH, false, fact, 3));
            if (fact instanceof ChainFact.OfNode event) {
                roundTrip(Formats.NODE_FACT, new NodeFact.Chain(1, 2, 3, 4, event));
                roundTrip(Formats.NODE_FACT, new NodeFact.Again(5, new NodeFact.Chain(1, 2, 3, 4, event)));
            }
        }
        roundTrip(Formats.CHAIN_RECORD, new ChainRecord(1, 2, 3, HASH, true, null, -1));
        roundTrip(
                Formats.JOB_RECORD,
                new JobRecord(
                        JobEventType.MISMATCH, HASH, NODE, 1, 2, new RawRecord("job-events", 0, 1, 2, null, new byte[] {
                            3
                        })));
        roundTrip(Formats.NODE_FACT, new NodeFact.Presence(NODE, 29_000_000, 63, 3, Long.MAX_VALUE));
        roundTrip(Formats.NODE_FACT, new NodeFact.Evidence(NODE, 1, JobEventType.VERIFIED));
        roundTrip(Formats.NODE_FACT, new NodeFact.Settled(NODE, 1, 2, 3, HASH, ChainFact.MAX_VALUE, OWNER));
        roundTrip(Formats.NODE_ACCOUNT, NodeAccount.UNKNOWN);
        roundTrip(
                Formats.NODE_ACCOUNT,
                new NodeAccount(
                        new NodeState(true, OWNER, NodeType.EDGE, MAX, MAX, 5, true),
                        new Reputation(HUGE, HUGE, Long.MAX_VALUE),
                        6,
                        7,
                        8,
                        9,
                        10));
        roundTrip(
                Formats.POOL_CLAIM,
                new PoolClaim(1, NodeType.AI, NODE, OWNER, 6, HUGE, RewardReason.PAID, ChainFact.MAX_VALUE, 1));
        roundTrip(Formats.MINUTE_PART, new MinutePart.Tick(1));
        roundTrip(
                Formats.MINUTE_PART,
                new MinutePart.Pool(
                        1,
                        new TypeTotals(
                                "AI",
                                1,
                                2L,
                                3,
                                AvroValues.avro(TokenAmount.MAX),
                                AvroValues.avro(TokenAmount.wei(1)),
                                AvroValues.avro(TokenAmount.ZERO))));
        roundTrip(Formats.MINUTE_PART, new MinutePart.Job(1, MAX));
        roundTrip(Formats.MINUTE_PART, new MinutePart.Adjustment(1, 2, 3, 4, OWNER, BigInteger.TEN));
        roundTrip(Formats.CREATED_JOB, new CreatedJob(1, 2, 3, OWNER, true, MAX));
        roundTrip(Formats.OCCURRENCE, new Occurrence(JobEventType.FAILED, NODE));
        roundTrip(Formats.PARAMETER_CHANGE, new ParameterHistory.Change(1, 2, 3, HASH, ChainFact.MAX_VALUE));
    }

    @Test
    void theLayoutOfANewerSoftwareIsNamed() {
        assertThatThrownBy(() -> Formats.NODE_FACT
                        .createSerializer(new SerializerConfigImpl())
                        .deserialize(new DataInputDeserializer(new byte[] {99})))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("layout 99");
    }

    /** These numbers lie in state. */
    @Test
    void enumsAreInTheirOrder() {
        assertThat(NodeType.values())
                .containsExactly(NodeType.AI, NodeType.WASM, NodeType.SIMULATION, NodeType.STORAGE, NodeType.EDGE);
        assertThat(JobEventType.values())
                .containsExactly(
                        JobEventType.DISPATCHED,
                        JobEventType.STARTED,
                        JobEventType.VERIFIED,
                        JobEventType.FAILED,
                        JobEventType.MISMATCH,
                        JobEventType.PROGRESS);
        assertThat(RewardReason.values())
                .containsExactly(
                        RewardReason.TYPE_CLOSED,
                        RewardReason.UNDERSTAKED,
                        RewardReason.OFFLINE,
                        RewardReason.PROBATION,
                        RewardReason.UNPROVEN,
                        RewardReason.LOW_REPUTATION,
                        RewardReason.SCALED,
                        RewardReason.PAID,
                        RewardReason.UNREGISTERED,
                        RewardReason.ADJUSTED);
    }

    private static <T> void roundTrip(TypeInformation<T> type, T value) throws IOException {
        TypeSerializer<T> serializer = type.createSerializer(new SerializerConfigImpl());
        DataOutputSerializer out = new DataOutputSerializer(16);
        serializer.serialize(value, out);
        DataInputDeserializer in = new DataInputDeserializer(out.getCopyOfBuffer());
        assertThat(serializer.deserialize(in)).isEqualTo(value);
        assertThat(in.available()).isZero();
    }
}
