package io.ocos.jobs.settlement;

import io.ocos.jobs.flink.RecordTypeInfo;
import io.ocos.rewardssettlement.domain.BatchLines;
import io.ocos.rewardssettlement.domain.Earning;
import io.ocos.rewardssettlement.domain.LedgerShard;
import io.ocos.rewardssettlement.domain.MinuteAnnouncement;
import io.ocos.schemas.avro.MinuteClosed;
import io.ocos.schemas.avro.Reward;
import io.ocos.schemas.avro.SettlementBatch;
import io.ocos.schemas.avro.SettlementLeaf;
import io.ocos.schemas.avro.TypeTotals;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.TokenAmount;
import io.ocos.schemas.io.AvroValues;
import java.util.List;
import org.apache.flink.api.common.RuntimeExecutionMode;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.functions.KeySelector;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.util.Collector;

/**
 * The graph of the SettlementJob (SPEC 10). Rewards and closed minutes are topics without an order between them, so nothing is
 * concluded from arrival: one task counts what was announced and what is there, and tells the parts of the ledger how many
 * rewards of an epoch are theirs; these wait until they have as many. Works on streams and, in Flink's batch mode, on bounded
 * inputs in any order; what comes out depends on the set of the inputs alone, at any parallelism.
 */
public final class SettlementTopology {

    static final String EARNINGS_UID = "settlement-earnings";
    static final String ANNOUNCEMENTS_UID = "settlement-announcements";
    static final String GATE_UID = "settlement-gate";
    static final String PAYING_UID = "settlement-paying";
    static final String RISES_UID = "settlement-rises";
    static final String LEDGER_UID = "settlement-ledger";
    static final String BATCHES_UID = "settlement-batch-maker";

    static final String LEAVES_UID = "settlement-changed-leaves";

    private SettlementTopology() {}

    /**
     * What comes out.
     *
     * @param batches in ascending order of numbers when the inputs are unbounded; the artifact of each is in the store
     *     before it, under its cid
     * @param leaves the leaves that rose in each batch, in any order, also before the batch
     */
    public record Streams(DataStream<SettlementBatch> batches, DataStream<SettlementLeaf> leaves) {}

    /**
     * Adds the graph.
     *
     * @param rewards every reward, also those of 0
     * @param minutesClosed in ascending order without gaps; in batch mode in any order
     * @param epochMinutes length of an epoch, at least 1
     */
    public static Streams build(
            DataStream<Reward> rewards,
            DataStream<MinuteClosed> minutesClosed,
            long epochMinutes,
            ArtifactStore store) {
        boolean bounded = rewards.getExecutionEnvironment().getConfiguration().get(ExecutionOptions.RUNTIME_MODE)
                == RuntimeExecutionMode.BATCH;
        DataStream<Earning> earnings = rewards.map(SettlementTopology::earning, EarningSerializer.TYPE)
                .name("earnings")
                .uid(EARNINGS_UID);
        DataStream<MinuteAnnouncement> announcements = minutesClosed
                .map(SettlementTopology::announcement, TypeInformation.of(MinuteAnnouncement.class))
                .name("announcements")
                .uid(ANNOUNCEMENTS_UID)
                .setParallelism(1); // keeps their order
        DataStream<ShardClosing> closings = earnings.connect(announcements)
                .transform("epoch gate", ShardClosingSerializer.TYPE, new EpochGateOperator(epochMinutes, bounded))
                .uid(GATE_UID)
                .forceNonParallel();
        DataStream<LedgerBlock> blocks = earnings.filter(Earning::pays)
                .name("paying")
                .uid(PAYING_UID)
                .connect(closings)
                .keyBy(
                        (KeySelector<Earning, Long>)
                                earning -> key(earning.minute() / epochMinutes, LedgerShard.of(earning.payee())),
                        (KeySelector<ShardClosing, Long>)
                                closing -> key(closing.closing().epoch(), closing.shard()),
                        Types.LONG)
                .process(new EpochRises(), RisesSerializer.TYPE)
                .name("rises")
                .uid(RISES_UID)
                .keyBy(Rises::shard, Types.INT)
                .process(new Ledger(), LedgerBlockSerializer.TYPE)
                .name("ledger")
                .uid(LEDGER_UID);
        DataStream<SettlementLeaf> leaves = blocks.flatMap(
                        SettlementTopology::changedLeaves, RecordTypeInfo.of(SettlementLeaf.class))
                .name("leaves")
                .uid(LEAVES_UID);
        DataStream<SettlementBatch> batches = blocks.keyBy(
                        block -> block.closing().number(), Types.LONG)
                .process(new BatchMaker(store), RecordTypeInfo.of(SettlementBatch.class))
                .name("batches")
                .uid(BATCHES_UID)
                .setParallelism(1); // in the order of their numbers; a tree is hashed on all cores all the same
        return new Streams(batches, leaves);
    }

    static Earning earning(Reward reward) {
        return new Earning(
                reward.getMinute(),
                reward.getPayee() == null ? Address.ZERO : AvroValues.address(reward.getPayee()),
                AvroValues.amount(reward.getAmount()));
    }

    static MinuteAnnouncement announcement(MinuteClosed minute) {
        long rewards = (long) minute.getJobRewards() + minute.getAdjustments();
        TokenAmount total = AvroValues.amount(minute.getJobRewardsTotal())
                .plusSaturating(AvroValues.amount(minute.getAdjustmentsTotal()));
        for (TypeTotals type : minute.getTypes()) {
            rewards += type.getNodes();
            total = total.plusSaturating(AvroValues.amount(type.getRewards()));
        }
        return new MinuteAnnouncement(minute.getMinute(), rewards, total);
    }

    static void changedLeaves(LedgerBlock block, Collector<SettlementLeaf> out) {
        BatchLines lines = BatchLines.of(List.of(block.lines()));
        for (int row = 0; row < lines.size(); row++) {
            if (lines.hasRisen(row)) {
                out.collect(new SettlementLeaf(
                        block.closing().number(),
                        block.closing().toMinute(),
                        AvroValues.avro(lines.payee(row)),
                        AvroValues.avro(lines.cumulative(row)),
                        AvroValues.avro(lines.delta(row))));
            }
        }
    }

    static long key(long epoch, int shard) {
        return epoch * LedgerShard.COUNT + shard;
    }
}
