package io.ocos.jobs.treasury;

import io.ocos.jobs.stack.ClickHouseHttp;
import io.ocos.jobs.stack.ClickHouseHttp.QueryException;
import io.ocos.rewardssettlement.domain.Batch;
import io.ocos.rewardssettlement.domain.BatchLines;
import io.ocos.rewardssettlement.domain.review.BatchFacts;
import io.ocos.rewardssettlement.domain.review.Reconciliation;
import io.ocos.rewardssettlement.domain.review.Reconciliation.Difference;
import io.ocos.rewardssettlement.domain.submission.SettlementChain;
import io.ocos.rewardssettlement.domain.submission.SettlementChain.Block;
import io.ocos.rewardssettlement.domain.submission.SettlementChain.ChainBatch;
import io.ocos.rewardssettlement.io.SettlementReader;
import io.ocos.schemas.avro.SettlementBatch;
import io.ocos.schemas.config.ConfigException;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.domain.TokenAmount;
import io.ocos.schemas.io.AvroValues;
import java.io.IOException;
import java.math.BigInteger;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Takes one cut through ClickHouse, artifacts, topic and chain, and holds them against each other ({@link Reconciliation}). The
 * cut: batches up to the newest whose minutes are all in ClickHouse, the chain up to the newest block that is there.
 */
public final class Reconciler {

    private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    /** Minutes that are named when they are not whole. */
    private static final int NAMED = 3;

    /**
     * What came out.
     *
     * @param number newest batch of the cut
     * @param block of the cut
     * @param total Σ cumulative of that batch, wei
     * @param chain the contract at that block
     * @param differences empty when all is equal
     */
    public record Result(
            long number, long block, TokenAmount total, SettlementReader.State chain, List<Difference> differences) {

        /** Whether every source says the same. */
        public boolean isEqual() {
            return differences.isEmpty();
        }

        /** What is printed: {@code equal} and the totals, or each difference. */
        public List<String> lines() {
            return isEqual()
                    ? List.of(
                            "equal",
                            "up to batch %d and block %d: rewards %s wei = batches = artifact; on chain finalized %s, paid %s, swept %s, treasury holds %s"
                                    .formatted(
                                            number,
                                            block,
                                            total,
                                            chain.contract().finalizedTotal(),
                                            chain.paid(),
                                            chain.swept(),
                                            chain.contract().treasuryBalance()))
                    : differences.stream().map(Difference::toString).toList();
        }
    }

    /**
     * What of a batch's minutes is in ClickHouse.
     *
     * @param toMinute first minute after the batch
     */
    private record Cut(long number, long toMinute) {}

    private final Treasury treasury;
    private final ClickHouseHttp clickHouse;

    /**
     * A reconciler.
     *
     * @throws ConfigException when no ClickHouse is configured
     */
    public Reconciler(Treasury treasury) {
        this.treasury = treasury;
        TreasuryConfig config = treasury.config();
        this.clickHouse = new ClickHouseHttp(
                HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build(),
                Optional.ofNullable(config.clickhouseUrl())
                        .orElseThrow(() -> new ConfigException("clickhouseUrl is missing")),
                config.clickhouseUser(),
                config.clickhousePassword());
    }

    /**
     * Reconciles.
     *
     * @param wait how long it waits for what is on its way to ClickHouse
     * @throws ConfigException when a source cannot be read, or there is no batch yet
     */
    public Result reconcile(Duration wait) throws InterruptedException {
        try {
            return result(wait);
        } catch (QueryException e) {
            throw new ConfigException(String.valueOf(e.getMessage()), e);
        }
    }

    private Result result(Duration wait) throws QueryException, InterruptedException {
        NavigableMap<Long, SettlementBatch> records = treasury.batches();
        if (records.isEmpty()) {
            throw new ConfigException("there is no batch yet");
        }
        List<Difference> differences = new ArrayList<>();
        Cut cut = cut(records, wait, differences);
        // The newest block comes after the cut was found: whatever the contract knows of these batches is in it.
        List<String> newest =
                clickHouse.row("SELECT toString(max(block_number)), argMax(block_hash, block_number) FROM chain_events"
                        + " WHERE name = 'BlockFinalized'");
        long number = Long.parseLong(newest.get(0));
        Block block = treasury.chain()
                .block(number)
                .orElseThrow(() -> new ConfigException(
                        "block %d is in ClickHouse, but not at rpcUrl: expected a node that is as far"
                                .formatted(number)));
        if (!block.ref().hash().toString().equals(newest.get(1))) {
            differences.add(new Difference(
                    "block " + number,
                    "table chain_events",
                    newest.get(1),
                    "chain",
                    block.ref().hash().toString()));
        }
        SettlementReader.State state = treasury.chain().state(block);
        Reconciliation.Events events = events(state, number);
        NavigableMap<Long, BatchFacts> topic = new TreeMap<>();
        records.forEach((key, batch) -> topic.put(key, facts(batch)));
        NavigableMap<Long, ChainBatch> onChain = onChain(state, events, records);
        Map<Long, Reconciliation.Artifact> artifacts = new TreeMap<>();
        artifacts.put(cut.number(), artifact(records, cut.number()));
        onChain.keySet().forEach(each -> artifacts.computeIfAbsent(each, key -> artifact(records, key)));
        Reconciliation.Ledger ledger = new Reconciliation.Ledger(
                cut.number(),
                topic,
                table(cut),
                artifacts,
                amounts("SELECT payee, toString(sum(amount) AS total) FROM rewards WHERE minute < %d AND payee != ''"
                                .formatted(cut.toMinute())
                        + " GROUP BY payee HAVING total > 0"),
                amounts(("SELECT payee, toString(argMax(cumulative, number)) FROM settlement_leaves WHERE number <= %d"
                                + " GROUP BY payee")
                        .formatted(cut.number())));
        differences.addAll(Reconciliation.of(ledger, events, chain(state, onChain, events, artifacts)));
        differences.addAll(decided(cut));
        return new Result(
                cut.number(),
                number,
                Optional.ofNullable(topic.get(cut.number()))
                        .map(BatchFacts::total)
                        .orElse(TokenAmount.ZERO),
                state,
                differences);
    }

    /**
     * The newest batch of which all minutes are closed and whole in ClickHouse. Waits for the newest that there is now; when
     * that does not come, takes the newest of which all minutes are closed, and says which of them are not whole.
     */
    private Cut cut(NavigableMap<Long, SettlementBatch> records, Duration wait, List<Difference> differences)
            throws QueryException, InterruptedException {
        SettlementBatch newest = records.lastEntry().getValue();
        long deadline = System.nanoTime() + wait.toNanos();
        while (true) {
            long closed = closedBefore();
            List<Difference> missing =
                    closed >= newest.getToMinute() ? missing(newest.getNumber(), newest.getToMinute()) : List.of();
            if (closed >= newest.getToMinute() && missing.isEmpty()) {
                return new Cut(newest.getNumber(), newest.getToMinute());
            }
            if (System.nanoTime() >= deadline) {
                break;
            }
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            LockSupport.parkNanos(POLL_NANOS);
        }
        long closed = closedBefore();
        SettlementBatch batch = records.descendingMap().values().stream()
                .filter(record -> record.getToMinute() <= closed)
                .findFirst()
                .orElseThrow(() -> new ConfigException(
                        "no batch has all its minutes in ClickHouse after %d s: they are closed there up to minute %d"
                                .formatted(wait.toSeconds(), closed)));
        differences.addAll(missing(batch.getNumber(), batch.getToMinute()));
        return new Cut(batch.getNumber(), batch.getToMinute());
    }

    /** The first minute that is not closed in ClickHouse, counted from the first that is; 0 when none is. */
    private long closedBefore() throws QueryException, InterruptedException {
        return Long.parseLong(clickHouse.row("""
                        SELECT toString(if(count() = 0, 0, min(if(next = minute + 1, 4294967296, toUInt64(minute) + 1))))
                        FROM (SELECT minute, leadInFrame(minute, 1, 0) OVER (ORDER BY minute
                                     ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS next
                              FROM (SELECT minute FROM minutes_closed))""").get(0));
    }

    /** Minutes below one whose rows are not those that were announced when they were closed; and a batch that is not there. */
    private List<Difference> missing(long number, long toMinute) throws QueryException, InterruptedException {
        List<Difference> missing = new ArrayList<>();
        List<List<String>> minutes = clickHouse.rows("""
                SELECT closed.minute, toString(closed.announced), toString(closed.total), toString(found.rows),
                       toString(found.total)
                FROM (SELECT minute, nodes + job_rewards + adjustments AS announced,
                             rewards + job_rewards_total + adjustments_total AS total
                      FROM minutes_closed WHERE minute < %1$d) AS closed
                LEFT JOIN (SELECT minute, count() AS rows, sum(amount) AS total FROM rewards WHERE minute < %1$d
                           GROUP BY minute) AS found
                ON closed.minute = found.minute
                WHERE closed.announced != found.rows OR closed.total != found.total
                ORDER BY closed.minute LIMIT %2$d""".formatted(toMinute, NAMED));
        for (List<String> minute : minutes) {
            missing.add(new Difference(
                    "minute " + minute.get(0),
                    "table minutes_closed",
                    "%s rows, %s wei".formatted(minute.get(1), minute.get(2)),
                    "table rewards",
                    "%s rows, %s wei".formatted(minute.get(3), minute.get(4))));
        }
        List<String> rows = clickHouse.row(
                "SELECT toString((SELECT sum(changed) FROM settlement_batches WHERE number <= %1$d)),".formatted(number)
                        + " toString((SELECT count() FROM settlement_leaves WHERE number <= %1$d)),".formatted(number)
                        + " toString((SELECT count() FROM settlement_batches WHERE number <= %1$d))".formatted(number));
        if (!rows.get(0).equals(rows.get(1)) || Long.parseLong(rows.get(2)) != number) {
            missing.add(new Difference(
                    "batches up to " + number,
                    "table settlement_batches",
                    "%s batches, %s leaves that rose".formatted(rows.get(2), rows.get(0)),
                    "table settlement_leaves",
                    rows.get(1) + " rows"));
        }
        return missing;
    }

    /** Every batch that the contract or an event tells of. */
    private NavigableMap<Long, ChainBatch> onChain(
            SettlementReader.State state, Reconciliation.Events events, NavigableMap<Long, SettlementBatch> records) {
        SortedSet<Long> numbers = new TreeSet<>(events.proposed().keySet());
        numbers.addAll(records.headMap(state.contract().lastProposed(), true).keySet());
        numbers.add(state.contract().lastProposed());
        numbers.add(state.contract().lastFinalized());
        numbers.remove(0L);
        NavigableMap<Long, ChainBatch> known =
                treasury.chain().batches(numbers, state.block().number());
        known.values().removeIf(batch -> batch.state() == SettlementChain.BatchState.NONE);
        return known;
    }

    private NavigableMap<Long, Reconciliation.TableBatch> table(Cut cut) throws QueryException, InterruptedException {
        Map<Long, List<String>> leaves = new HashMap<>();
        for (List<String> row : clickHouse.rows(
                "SELECT number, toString(count()), toString(sum(delta)) FROM settlement_leaves WHERE number <= %d GROUP BY number"
                        .formatted(cut.number()))) {
            leaves.put(Long.parseLong(row.get(0)), row);
        }
        NavigableMap<Long, Reconciliation.TableBatch> table = new TreeMap<>();
        for (List<String> row : clickHouse.rows(
                "SELECT number, epoch, root, toString(cumulative_total), toString(delta), payees, cid, state, changed"
                        + " FROM settlement_batches WHERE number <= %d".formatted(cut.number()))) {
            long number = Long.parseLong(row.get(0));
            List<String> sums = leaves.getOrDefault(number, List.of(row.get(0), "0", "0"));
            table.put(
                    number,
                    new Reconciliation.TableBatch(
                            new BatchFacts(
                                    number,
                                    Long.parseLong(row.get(1)),
                                    Hash32.parse(row.get(2)),
                                    TokenAmount.parse(row.get(3)),
                                    TokenAmount.parse(row.get(4)),
                                    Long.parseLong(row.get(5)),
                                    row.get(6)),
                            row.get(7),
                            Long.parseLong(row.get(8)),
                            Long.parseLong(sums.get(1)),
                            new BigInteger(sums.get(2))));
        }
        return table;
    }

    private static BatchFacts facts(SettlementBatch batch) {
        return new BatchFacts(
                batch.getNumber(),
                batch.getEpoch(),
                AvroValues.hash32(batch.getRoot()),
                AvroValues.amount(batch.getCumulativeTotal()),
                AvroValues.amount(batch.getDelta()),
                batch.getPayees(),
                batch.getCid());
    }

    private Reconciliation.Artifact artifact(Map<Long, SettlementBatch> records, long number) {
        SettlementBatch record = records.get(number);
        if (record == null) {
            return new Reconciliation.Artifact(null, null, "its identifier is not known");
        }
        try {
            BatchLines lines = treasury.artifacts().read(record.getCid());
            return new Reconciliation.Artifact(BatchFacts.of(new Batch(number, record.getEpoch(), lines)), lines, "");
        } catch (IOException e) {
            return new Reconciliation.Artifact(null, null, "none that can be read (%s)".formatted(e.getMessage()));
        }
    }

    private Reconciliation.Events events(SettlementReader.State state, long block)
            throws QueryException, InterruptedException {
        String settlement = treasury.deployment().settlement().toString();
        String own = " FROM chain_events WHERE contract = '%s' AND block_number <= %d".formatted(settlement, block);
        NavigableMap<Long, Reconciliation.Proposed> proposed = new TreeMap<>();
        for (List<String> row : clickHouse.rows(
                "SELECT args['number'], args['root'], args['cumulativeTotal'], args['epoch'], args['artifactDigest']"
                        + own + " AND name = 'BatchProposed'")) {
            proposed.put(
                    Long.parseLong(row.get(0)),
                    new Reconciliation.Proposed(
                            Hash32.parse(row.get(1)),
                            TokenAmount.parse(row.get(2)),
                            Long.parseLong(row.get(3)),
                            Hash32.parse(row.get(4))));
        }
        SortedSet<Long> vetoed = new TreeSet<>();
        for (List<String> row : clickHouse.rows("SELECT args['number']" + own + " AND name = 'BatchVetoed'")) {
            vetoed.add(Long.parseLong(row.get(0)));
        }
        NavigableMap<Long, BigInteger> funded = new TreeMap<>();
        for (List<String> row :
                clickHouse.rows("SELECT args['number'], args['funded']" + own + " AND name = 'BatchFinalized'")) {
            funded.put(Long.parseLong(row.get(0)), new BigInteger(row.get(1)));
        }
        SortedMap<Address, BigInteger> swept = perPayee(own, "Swept");
        SortedMap<Address, BigInteger> withheld = perPayee(own, "Withheld");
        perPayee(own, "Released").forEach((payee, amount) -> withheld.merge(payee, amount.negate(), BigInteger::add));
        swept.forEach((payee, amount) -> withheld.merge(payee, amount.negate(), BigInteger::add));
        String fund = state.treasury().toString();
        List<String> moved = clickHouse.row("""
                SELECT toString(sumIf(value, source = '%1$s' AND target = '%2$s')),
                       toString(sumIf(value, source = '%2$s' AND target = '%1$s')),
                       toString(sumIf(value, source = '%2$s' AND target != '%1$s')),
                       toString(sumIf(value, target = '%2$s')), toString(sumIf(value, source = '%2$s')),
                       toString(sumIf(value, target = '%1$s')), toString(sumIf(value, source = '%1$s'))
                FROM (SELECT args['from'] AS source, args['to'] AS target, toUInt256(args['value']) AS value
                      FROM chain_events
                      WHERE contract = '%3$s' AND name = 'Transfer' AND block_number <= %4$d)""".formatted(fund, settlement, state.token(), block));
        SortedMap<Address, BigInteger> claimed = perPayee(own, "Claimed");
        // The treasury may be a payee too: what it claims goes the same way as what is swept.
        BigInteger ownClaims = claimed.getOrDefault(state.treasury(), BigInteger.ZERO);
        return new Reconciliation.Events(
                proposed,
                vetoed,
                funded,
                claimed,
                swept,
                withheld,
                new BigInteger(moved.get(0)),
                new BigInteger(moved.get(1)).subtract(ownClaims),
                new BigInteger(moved.get(2)).add(ownClaims),
                new BigInteger(moved.get(3)).subtract(new BigInteger(moved.get(4))),
                new BigInteger(moved.get(5)).subtract(new BigInteger(moved.get(6))));
    }

    private SortedMap<Address, BigInteger> perPayee(String own, String event)
            throws QueryException, InterruptedException {
        return amounts(
                "SELECT args['payee'], toString(sum(toUInt256(args['amount'])))%s AND name = '%s' GROUP BY args['payee']"
                        .formatted(own, event));
    }

    private SortedMap<Address, BigInteger> amounts(String sql) throws QueryException, InterruptedException {
        SortedMap<Address, BigInteger> amounts = new TreeMap<>();
        for (List<String> row : clickHouse.rows(sql)) {
            amounts.put(Address.parse(row.get(0)), new BigInteger(row.get(1)));
        }
        return amounts;
    }

    private Reconciliation.Chain chain(
            SettlementReader.State state,
            NavigableMap<Long, ChainBatch> batches,
            Reconciliation.Events events,
            Map<Long, Reconciliation.Artifact> artifacts) {
        SortedSet<Address> payees = new TreeSet<>(events.claimed().keySet());
        payees.addAll(events.swept().keySet());
        payees.addAll(events.withheld().keySet());
        artifacts.values().forEach(artifact -> {
            BatchLines lines = artifact.lines();
            if (lines != null) {
                lines.stream().forEach(line -> payees.add(line.payee()));
            }
        });
        SortedMap<Address, Reconciliation.Account> accounts = new TreeMap<>();
        treasury.chain()
                .accounts(payees, state.block().number())
                .forEach((payee, account) -> accounts.put(
                        payee,
                        new Reconciliation.Account(
                                account.claimed().wei(), account.withheld().wei())));
        return new Reconciliation.Chain(
                batches,
                state.contract().lastProposed(),
                state.contract().lastFinalized(),
                state.root(),
                state.contract().finalizedTotal().wei(),
                state.paid().wei(),
                state.swept().wei(),
                state.balance().wei(),
                state.contract().treasuryBalance().wei(),
                accounts);
    }

    /** What was decided on chain is in the rewards: adjustments and settled jobs. */
    private List<Difference> decided(Cut cut) throws QueryException, InterruptedException {
        List<String> row = clickHouse.row("""
                SELECT toString((SELECT sum(toUInt256(args['amount'])) FROM chain_events
                                 WHERE name = 'RewardAdjusted' AND effective_minute < %1$d)),
                       toString((SELECT sum(amount) FROM rewards WHERE kind = 'ADJUSTMENT' AND minute < %1$d)),
                       toString((SELECT count() FROM chain_events
                                 WHERE name = 'JobSettled' AND effective_minute < %1$d)),
                       toString((SELECT count() FROM rewards WHERE kind = 'JOB' AND minute < %1$d))""".formatted(cut.toMinute()));
        List<Difference> differences = new ArrayList<>();
        if (!row.get(0).equals(row.get(1))) {
            differences.add(
                    new Difference("adjustments", "table chain_events", row.get(0), "table rewards", row.get(1)));
        }
        if (!row.get(2).equals(row.get(3))) {
            differences.add(
                    new Difference("settled jobs", "table chain_events", row.get(2), "table rewards", row.get(3)));
        }
        return differences;
    }
}
