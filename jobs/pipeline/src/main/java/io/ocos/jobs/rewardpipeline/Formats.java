package io.ocos.jobs.rewardpipeline;

import io.ocos.jobs.flink.FormatSerializer;
import io.ocos.jobs.flink.FormatSerializer.Format;
import io.ocos.jobs.flink.RawRecordSerializer;
import io.ocos.jobs.rewardpipeline.domain.CreatedJob;
import io.ocos.jobs.rewardpipeline.domain.JobVerdict.Occurrence;
import io.ocos.jobs.rewardpipeline.domain.NodeAccount;
import io.ocos.jobs.rewardpipeline.domain.NodeFact;
import io.ocos.metering.domain.NodeState;
import io.ocos.reputationstream.domain.Reputation;
import io.ocos.rewardssettlement.domain.RewardReason;
import io.ocos.schemas.avro.JobEventType;
import io.ocos.schemas.avro.TypeTotals;
import io.ocos.schemas.avro.Uint256;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.ChainFact;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.domain.NodeType;
import io.ocos.schemas.domain.ParameterHistory;
import java.io.IOException;
import java.math.BigInteger;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.jspecify.annotations.Nullable;

/**
 * How what flows between the operators, and lies in their state, is written. Enum constants are written by their number:
 * their order is fixed.
 */
@SuppressWarnings("EnumOrdinal") // A byte instead of a name, on the hottest edges; a test holds the numbers.
public final class Formats {

    public static final TypeInformation<ChainRecord> CHAIN_RECORD =
            FormatSerializer.typeOf(ChainRecord.class, new ChainRecords());
    public static final TypeInformation<JobRecord> JOB_RECORD =
            FormatSerializer.typeOf(JobRecord.class, new JobRecords());
    public static final TypeInformation<NodeFact> NODE_FACT = FormatSerializer.typeOf(NodeFact.class, new NodeFacts());
    static final TypeInformation<NodeAccount> NODE_ACCOUNT =
            FormatSerializer.typeOf(NodeAccount.class, new NodeAccounts());
    static final TypeInformation<PoolClaim> POOL_CLAIM = FormatSerializer.typeOf(PoolClaim.class, new PoolClaims());
    static final TypeInformation<MinutePart> MINUTE_PART = FormatSerializer.typeOf(MinutePart.class, new MinuteParts());
    public static final TypeInformation<CreatedJob> CREATED_JOB =
            FormatSerializer.typeOf(CreatedJob.class, new CreatedJobs());
    static final TypeInformation<Occurrence> OCCURRENCE = FormatSerializer.typeOf(Occurrence.class, new Occurrences());
    static final TypeInformation<ParameterHistory.Change> PARAMETER_CHANGE =
            FormatSerializer.typeOf(ParameterHistory.Change.class, new ParameterChanges());

    private static final int LAYOUT_1 = 1;
    private static final NodeType[] NODE_TYPES = NodeType.values();
    private static final JobEventType[] JOB_EVENT_TYPES = JobEventType.values();
    private static final RewardReason[] REASONS = RewardReason.values();

    private Formats() {}

    private static void expectLayout1(String what, DataInputView source) throws IOException {
        int layout = source.readByte();
        if (layout != LAYOUT_1) {
            throw Wire.unknown(what, layout);
        }
    }

    /** Format of {@link ChainRecord}. */
    public static final class ChainRecords implements Format<ChainRecord> {
        private static final long serialVersionUID = 1;
        private static final int NO_FACT = 0;

        @Override
        public void write(ChainRecord value, DataOutputView target) throws IOException {
            target.writeByte(LAYOUT_1);
            target.writeLong(value.blockNumber());
            target.writeLong(value.logIndex());
            target.writeLong(value.timeSeconds());
            Wire.write(value.content(), target);
            target.writeBoolean(value.blockFinalized());
            target.writeLong(value.offset());
            ChainFact fact = value.fact();
            if (fact == null) {
                target.writeByte(NO_FACT);
            } else {
                Wire.write(fact, target);
            }
        }

        @Override
        public ChainRecord read(DataInputView source) throws IOException {
            expectLayout1("chain record", source);
            long block = source.readLong();
            long log = source.readLong();
            long time = source.readLong();
            Hash32 content = Wire.hash32(source);
            boolean blockFinalized = source.readBoolean();
            long offset = source.readLong();
            int fact = source.readByte();
            return new ChainRecord(
                    block,
                    log,
                    time,
                    content,
                    blockFinalized,
                    fact == NO_FACT ? null : Wire.fact(fact, source),
                    offset);
        }
    }

    /** Format of {@link JobRecord}. */
    public static final class JobRecords implements Format<JobRecord> {
        private static final long serialVersionUID = 1;

        @Override
        public void write(JobRecord value, DataOutputView target) throws IOException {
            target.writeByte(LAYOUT_1);
            target.writeByte(value.type().ordinal());
            Wire.write(value.jobId(), target);
            Wire.write(value.node(), target);
            target.writeLong(value.at());
            target.writeLong(value.recordedAt());
            RawRecordSerializer.INSTANCE.serialize(value.source(), target);
        }

        @Override
        public JobRecord read(DataInputView source) throws IOException {
            expectLayout1("job record", source);
            return new JobRecord(
                    JOB_EVENT_TYPES[source.readByte()],
                    Wire.hash32(source),
                    Wire.address(source),
                    source.readLong(),
                    source.readLong(),
                    RawRecordSerializer.INSTANCE.deserialize(source));
        }
    }

    /** Format of {@link NodeFact}; the first byte names the kind and its layout. */
    public static final class NodeFacts implements Format<NodeFact> {
        private static final long serialVersionUID = 1;
        private static final int PRESENCE = 1;
        private static final int CHAIN = 2;
        private static final int EVIDENCE = 3;
        private static final int SETTLED = 4;
        private static final int AGAIN = 5;

        @Override
        public void write(NodeFact value, DataOutputView target) throws IOException {
            if (value instanceof NodeFact.Presence presence) {
                target.writeByte(PRESENCE);
                Wire.write(presence.node(), target);
                target.writeLong(presence.minute());
                target.writeByte(presence.bits());
                target.writeInt(presence.partition());
                target.writeLong(presence.offset());
            } else if (value instanceof NodeFact.Chain chain) {
                target.writeByte(CHAIN);
                writeEvent(chain, target);
            } else if (value instanceof NodeFact.Again again) {
                target.writeByte(AGAIN);
                target.writeLong(again.minute());
                writeEvent(again.event(), target);
            } else if (value instanceof NodeFact.Evidence evidence) {
                target.writeByte(EVIDENCE);
                Wire.write(evidence.node(), target);
                target.writeLong(evidence.minute());
                target.writeByte(evidence.type().ordinal());
            } else if (value instanceof NodeFact.Settled settled) {
                target.writeByte(SETTLED);
                Wire.write(settled.node(), target);
                target.writeLong(settled.minute());
                target.writeLong(settled.blockNumber());
                target.writeLong(settled.logIndex());
                Wire.write(settled.jobId(), target);
                Wire.write(settled.fee(), target);
                Wire.write(settled.customer(), target);
            } else {
                throw new IllegalArgumentException("no format for " + value);
            }
        }

        @Override
        public NodeFact read(DataInputView source) throws IOException {
            int layout = source.readByte();
            return switch (layout) {
                case PRESENCE ->
                    new NodeFact.Presence(
                            Wire.address(source),
                            source.readLong(),
                            source.readByte(),
                            source.readInt(),
                            source.readLong());
                case CHAIN -> event(source);
                case AGAIN -> new NodeFact.Again(source.readLong(), event(source));
                case EVIDENCE ->
                    new NodeFact.Evidence(Wire.address(source), source.readLong(), JOB_EVENT_TYPES[source.readByte()]);
                case SETTLED ->
                    new NodeFact.Settled(
                            Wire.address(source),
                            source.readLong(),
                            source.readLong(),
                            source.readLong(),
                            Wire.hash32(source),
                            Wire.integer(source),
                            Wire.address(source));
                default -> throw Wire.unknown("node fact", layout);
            };
        }

        private static void writeEvent(NodeFact.Chain value, DataOutputView target) throws IOException {
            target.writeLong(value.minute());
            target.writeLong(value.blockNumber());
            target.writeLong(value.logIndex());
            target.writeLong(value.offset());
            Wire.write(value.event(), target);
        }

        private static NodeFact.Chain event(DataInputView source) throws IOException {
            return new NodeFact.Chain(
                    source.readLong(), source.readLong(), source.readLong(), source.readLong(), (ChainFact.OfNode)
                            Wire.fact(source.readByte(), source));
        }
    }

    /** Format of {@link NodeAccount}. */
    public static final class NodeAccounts implements Format<NodeAccount> {
        private static final long serialVersionUID = 1;
        private static final int NO_TYPE = -1;

        @Override
        public void write(NodeAccount value, DataOutputView target) throws IOException {
            target.writeByte(LAYOUT_1);
            NodeState chain = value.chain();
            target.writeBoolean(chain.flag());
            Wire.write(chain.owner(), target);
            NodeType type = chain.type();
            target.writeByte(type == null ? NO_TYPE : type.ordinal());
            Wire.write(chain.capacityUnits(), target);
            Wire.write(chain.stake(), target);
            target.writeLong(chain.registeredFrom());
            target.writeBoolean(chain.leftSince());
            Reputation reputation = value.reputation();
            target.writeBoolean(reputation != null);
            if (reputation != null) {
                Wire.write(reputation.alpha(), target);
                Wire.write(reputation.beta(), target);
                target.writeLong(reputation.probationUntil());
            }
            target.writeLong(value.nextMinute());
            target.writeLong(value.lastVerified());
            target.writeInt(value.failed());
            target.writeInt(value.mismatch());
            target.writeInt(value.slashed());
        }

        @Override
        public NodeAccount read(DataInputView source) throws IOException {
            expectLayout1("node account", source);
            boolean flag = source.readBoolean();
            Address owner = Wire.address(source);
            int type = source.readByte();
            NodeState chain = new NodeState(
                    flag,
                    owner,
                    type == NO_TYPE ? null : NODE_TYPES[type],
                    Wire.integer(source),
                    Wire.integer(source),
                    source.readLong(),
                    source.readBoolean());
            return new NodeAccount(
                    chain,
                    reputation(source),
                    source.readLong(),
                    source.readLong(),
                    source.readInt(),
                    source.readInt(),
                    source.readInt());
        }

        private static @Nullable Reputation reputation(DataInputView source) throws IOException {
            return source.readBoolean()
                    ? new Reputation(Wire.integer(source), Wire.integer(source), source.readLong())
                    : null;
        }
    }

    /** Format of {@link PoolClaim}. */
    public static final class PoolClaims implements Format<PoolClaim> {
        private static final long serialVersionUID = 1;

        @Override
        public void write(PoolClaim value, DataOutputView target) throws IOException {
            target.writeByte(LAYOUT_1);
            target.writeLong(value.minute());
            target.writeByte(value.type().ordinal());
            Wire.write(value.node(), target);
            Wire.write(value.payee(), target);
            target.writeByte(value.slots());
            Wire.write(value.raw(), target);
            target.writeByte(value.reason().ordinal());
            Wire.write(value.cap(), target);
            target.writeInt(value.rules());
        }

        @Override
        public PoolClaim read(DataInputView source) throws IOException {
            expectLayout1("pool claim", source);
            return new PoolClaim(
                    source.readLong(),
                    NODE_TYPES[source.readByte()],
                    Wire.address(source),
                    Wire.address(source),
                    source.readByte(),
                    Wire.integer(source),
                    REASONS[source.readByte()],
                    Wire.integer(source),
                    source.readInt());
        }
    }

    /** Format of {@link MinutePart}; the first byte names the kind and its layout. */
    public static final class MinuteParts implements Format<MinutePart> {
        private static final long serialVersionUID = 1;
        private static final int TICK = 1;
        private static final int POOL = 2;
        private static final int JOB = 3;
        private static final int ADJUSTMENT = 4;

        @Override
        public void write(MinutePart value, DataOutputView target) throws IOException {
            if (value instanceof MinutePart.Tick tick) {
                target.writeByte(TICK);
                target.writeLong(tick.minute());
            } else if (value instanceof MinutePart.Pool pool) {
                TypeTotals totals = pool.totals();
                target.writeByte(POOL);
                target.writeLong(pool.minute());
                target.writeUTF(totals.getType());
                target.writeInt(totals.getNodes());
                target.writeLong(totals.getSlots());
                target.writeInt(totals.getPaid());
                target.write(totals.getRaw().bytes());
                target.write(totals.getCap().bytes());
                target.write(totals.getRewards().bytes());
            } else if (value instanceof MinutePart.Job job) {
                target.writeByte(JOB);
                target.writeLong(job.minute());
                Wire.write(job.amount(), target);
            } else if (value instanceof MinutePart.Adjustment adjustment) {
                target.writeByte(ADJUSTMENT);
                target.writeLong(adjustment.minute());
                target.writeLong(adjustment.blockNumber());
                target.writeLong(adjustment.logIndex());
                target.writeLong(adjustment.offset());
                Wire.write(adjustment.payee(), target);
                Wire.write(adjustment.amount(), target);
            } else {
                throw new IllegalArgumentException("no format for " + value);
            }
        }

        @Override
        public MinutePart read(DataInputView source) throws IOException {
            int layout = source.readByte();
            return switch (layout) {
                case TICK -> new MinutePart.Tick(source.readLong());
                case POOL ->
                    new MinutePart.Pool(
                            source.readLong(),
                            new TypeTotals(
                                    source.readUTF(),
                                    source.readInt(),
                                    source.readLong(),
                                    source.readInt(),
                                    uint256(source),
                                    uint256(source),
                                    uint256(source)));
                case JOB -> new MinutePart.Job(source.readLong(), Wire.integer(source));
                case ADJUSTMENT ->
                    new MinutePart.Adjustment(
                            source.readLong(),
                            source.readLong(),
                            source.readLong(),
                            source.readLong(),
                            Wire.address(source),
                            Wire.integer(source));
                default -> throw Wire.unknown("part of a minute", layout);
            };
        }

        private static Uint256 uint256(DataInputView source) throws IOException {
            byte[] bytes = new byte[Hash32.BYTES];
            source.readFully(bytes);
            return new Uint256(bytes);
        }
    }

    /** Format of {@link CreatedJob}. */
    public static final class CreatedJobs implements Format<CreatedJob> {
        private static final long serialVersionUID = 1;

        @Override
        public void write(CreatedJob value, DataOutputView target) throws IOException {
            target.writeByte(LAYOUT_1);
            target.writeLong(value.blockNumber());
            target.writeLong(value.logIndex());
            target.writeLong(value.timeSeconds());
            Wire.write(value.customer(), target);
            target.writeBoolean(value.challenge());
            Wire.write(value.deadlineSeconds(), target);
        }

        @Override
        public CreatedJob read(DataInputView source) throws IOException {
            expectLayout1("created job", source);
            return new CreatedJob(
                    source.readLong(),
                    source.readLong(),
                    source.readLong(),
                    Wire.address(source),
                    source.readBoolean(),
                    Wire.integer(source));
        }
    }

    /** Format of {@link Occurrence}. */
    public static final class Occurrences implements Format<Occurrence> {
        private static final long serialVersionUID = 1;

        @Override
        public void write(Occurrence value, DataOutputView target) throws IOException {
            target.writeByte(LAYOUT_1);
            target.writeByte(value.type().ordinal());
            Wire.write(value.node(), target);
        }

        @Override
        public Occurrence read(DataInputView source) throws IOException {
            expectLayout1("occurrence of a job event", source);
            return new Occurrence(JOB_EVENT_TYPES[source.readByte()], Wire.address(source));
        }
    }

    /** Format of {@link ParameterHistory.Change}. */
    public static final class ParameterChanges implements Format<ParameterHistory.Change> {
        private static final long serialVersionUID = 1;

        @Override
        public void write(ParameterHistory.Change value, DataOutputView target) throws IOException {
            target.writeByte(LAYOUT_1);
            target.writeLong(value.minute());
            target.writeLong(value.blockNumber());
            target.writeLong(value.logIndex());
            Wire.write(value.key(), target);
            Wire.write(value.value(), target);
        }

        @Override
        public ParameterHistory.Change read(DataInputView source) throws IOException {
            expectLayout1("parameter change", source);
            long minute = source.readLong();
            long block = source.readLong();
            long log = source.readLong();
            Hash32 key = Wire.hash32(source);
            BigInteger value = Wire.integer(source);
            return new ParameterHistory.Change(minute, block, log, key, value);
        }
    }
}
