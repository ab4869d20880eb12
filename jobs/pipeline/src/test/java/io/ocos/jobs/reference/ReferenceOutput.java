package io.ocos.jobs.reference;

import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hash32;
import java.math.BigInteger;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** All rows in the order of SPEC 13. */
public record ReferenceOutput(
        List<NodeMinuteRow> nodeMinutes,
        List<ScoreRow> scores,
        List<RewardRow> rewards,
        List<ClosedRow> closed,
        List<BatchRow> batches) {

    /** A line of node-minutes.csv. */
    public record NodeMinuteRow(long minute, Address node, String type, int slots) {
        @Override
        public String toString() {
            return "%d,%s,%s,%d".formatted(minute, node, type, slots);
        }
    }

    /** A line of reputation.csv. */
    public record ScoreRow(long minute, Address node, int score) {
        @Override
        public String toString() {
            return "%d,%s,%d".formatted(minute, node, score);
        }
    }

    /** A line of rewards.csv. */
    public record RewardRow(
            long minute,
            String kind,
            @Nullable Address node,
            @Nullable Hash32 job,
            @Nullable Address payee,
            BigInteger amount,
            String reason) {
        @Override
        public String toString() {
            return "%d,%s,%s,%s,%s,%s,%s"
                    .formatted(minute, kind, orEmpty(node), orEmpty(job), orEmpty(payee), amount, reason);
        }
    }

    /** Totals of a type in a minute. */
    public record TypeRow(
            String type, int nodes, long slots, int paid, BigInteger raw, BigInteger cap, BigInteger rewards) {}

    /** What is said of a closed minute. */
    public record ClosedRow(
            long minute,
            List<TypeRow> types,
            int jobRewards,
            BigInteger jobRewardsTotal,
            int adjustments,
            BigInteger adjustmentsTotal) {}

    /** A line of batches.csv and its artifact. */
    public record BatchRow(
            long number,
            long epoch,
            String root,
            BigInteger cumulativeTotal,
            BigInteger delta,
            int payees,
            String cid,
            String artifact) {
        @Override
        public String toString() {
            return "%d,%d,%s,%s,%s,%d,%s".formatted(number, epoch, root, cumulativeTotal, delta, payees, cid);
        }
    }

    /** The files of SPEC 13 by name. */
    public SortedMap<String, String> files() {
        SortedMap<String, String> files = new TreeMap<>();
        files.put("node-minutes.csv", csv("minute,node,type,slots", nodeMinutes));
        files.put("reputation.csv", csv("minute,node,score", scores));
        files.put("rewards.csv", csv("minute,kind,node,job,payee,amount,reason", rewards));
        files.put("batches.csv", csv("number,epoch,root,cumulativeTotal,delta,payees,cid", batches));
        batches.forEach(batch -> files.put("batch-%d.csv".formatted(batch.number()), batch.artifact()));
        return files;
    }

    private static String csv(String header, List<?> rows) {
        return Stream.concat(Stream.of(header), rows.stream())
                .map(line -> line + "\n")
                .collect(Collectors.joining());
    }

    private static Object orEmpty(@Nullable Object value) {
        return value == null ? "" : value;
    }
}
