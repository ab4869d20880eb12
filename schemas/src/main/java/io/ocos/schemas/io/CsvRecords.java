package io.ocos.schemas.io;

import io.ocos.schemas.avro.NodeMinute;
import io.ocos.schemas.avro.ReputationScore;
import io.ocos.schemas.avro.Reward;
import io.ocos.schemas.avro.SettlementBatch;
import io.ocos.schemas.domain.Hex;
import java.util.Arrays;
import java.util.Comparator;
import org.apache.avro.specific.SpecificFixed;
import org.jspecify.annotations.Nullable;

/** The CSV forms of the computed records and their order (SPEC 13): a line without its end. */
public final class CsvRecords {

    public static final String NODE_MINUTES_HEADER = "minute,node,type,slots";
    public static final String REPUTATION_HEADER = "minute,node,score";
    public static final String REWARDS_HEADER = "minute,kind,node,job,payee,amount,reason";
    public static final String BATCHES_HEADER = "number,epoch,root,cumulativeTotal,delta,payees,cid";

    /** Unsigned, as SPEC 1 says; the records' own order is not. */
    private static final Comparator<SpecificFixed> BYTES = (a, b) -> Arrays.compareUnsigned(a.bytes(), b.bytes());

    /** By (minute, node). */
    public static final Comparator<NodeMinute> NODE_MINUTE_ORDER =
            Comparator.comparingLong(NodeMinute::getMinute).thenComparing(NodeMinute::getNode, BYTES);

    /** By (minute, node). */
    public static final Comparator<ReputationScore> REPUTATION_ORDER =
            Comparator.comparingLong(ReputationScore::getMinute).thenComparing(ReputationScore::getNode, BYTES);

    /** By (minute, kind), then MINUTE by node, JOB by node, job and chain order, ADJUSTMENT by chain order. */
    public static final Comparator<Reward> REWARD_ORDER = Comparator.comparingLong(Reward::getMinute)
            .thenComparing(Reward::getKind)
            .thenComparing(Reward::getNode, Comparator.nullsFirst(BYTES))
            .thenComparing(Reward::getJob, Comparator.nullsFirst(BYTES))
            .thenComparingLong(Reward::getBlockNumber)
            .thenComparingLong(Reward::getLogIndex);

    private CsvRecords() {}

    public static String line(NodeMinute row) {
        return row.getMinute() + "," + hex(row.getNode()) + "," + row.getType() + "," + row.getSlots();
    }

    public static String line(ReputationScore row) {
        return row.getMinute() + "," + hex(row.getNode()) + "," + row.getScore();
    }

    public static String line(Reward row) {
        return row.getMinute() + "," + row.getKind() + "," + hex(row.getNode()) + "," + hex(row.getJob()) + ","
                + hex(row.getPayee()) + "," + AvroValues.amount(row.getAmount()) + "," + row.getReason();
    }

    public static String line(SettlementBatch row) {
        return "%d,%d,%s,%s,%s,%d,%s"
                .formatted(
                        row.getNumber(),
                        row.getEpoch(),
                        AvroValues.hash32(row.getRoot()),
                        AvroValues.amount(row.getCumulativeTotal()),
                        AvroValues.amount(row.getDelta()),
                        row.getPayees(),
                        row.getCid());
    }

    private static String hex(@Nullable SpecificFixed value) {
        return value == null ? "" : Hex.format(value.bytes());
    }
}
