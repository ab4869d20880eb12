package io.ocos.jobs.usage;

import io.ocos.jobs.stack.ClickHouseHttp;
import io.ocos.jobs.stack.ClickHouseHttp.QueryException;
import io.ocos.metering.domain.usage.Months;
import io.ocos.schemas.avro.Invoice;
import io.ocos.schemas.avro.InvoiceLine;
import io.ocos.schemas.avro.InvoiceLineKind;
import io.ocos.schemas.avro.InvoiceState;
import io.ocos.schemas.avro.Uint256;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.TokenAmount;
import io.ocos.schemas.io.AvroValues;
import java.math.BigInteger;
import java.time.YearMonth;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What ClickHouse says of an account's usage and invoices, and of a node's uptime. */
public final class UsageReports {

    /** How many jobs a report names. */
    public static final int JOBS = 20;

    private static final int SLOTS_PER_MINUTE = 6;

    private final ClickHouseHttp clickHouse;

    public UsageReports(ClickHouseHttp clickHouse) {
        this.clickHouse = clickHouse;
    }

    /**
     * What a job used in a month.
     *
     * @param job 0x-hex
     * @param nodes how many it ran on
     * @param nodeMinutes minutes with usage, each node by itself
     * @param amount wei
     */
    public record JobUsage(
            String job,
            long nodes,
            long nodeMinutes,
            BigInteger cpuMillis,
            BigInteger gpuMillis,
            BigInteger egressBytes,
            BigInteger amount) {}

    /**
     * What an account stored in a month, byte-milliseconds.
     *
     * @param hours with storage
     * @param flagged hours in which nodes and customer differ
     * @param amount wei
     */
    public record Storage(
            long hours, long flagged, BigInteger reported, BigInteger billed, BigInteger overage, BigInteger amount) {}

    /** The last line that was crossed. */
    public record Quota(String minuteStart, String kind, long used, long allowed) {}

    /**
     * An account's usage of a month so far.
     *
     * @param jobs those that cost most, at most {@link #JOBS}
     * @param all of all jobs together; {@code job} is their number
     */
    public record Usage(
            Address account,
            YearMonth month,
            List<JobUsage> jobs,
            JobUsage all,
            Storage storage,
            Optional<Quota> quota) {}

    /**
     * A node's uptime in a month: numerators and denominators, never averages of percentages.
     *
     * @param minutes minutes in which the node was registered
     * @param slots slots in which it was up
     * @param possible slots that there were: six per minute
     * @param maintenanceMinutes of those minutes, in an announced maintenance window, in part or whole
     * @param slotsOutside slots in which it was up, outside of such minutes
     * @param possibleOutside slots that there were, outside of such minutes
     */
    public record Sla(
            Address node,
            YearMonth month,
            long minutes,
            long slots,
            long possible,
            long maintenanceMinutes,
            long slotsOutside,
            long possibleOutside) {}

    /** The newest invoice of a month; empty when there is none. */
    public Optional<Invoice> invoice(Address account, YearMonth month) throws QueryException, InterruptedException {
        List<List<String>> rows = clickHouse.rows("""
                SELECT state, revision, through_minute, charges, credits, total, carried, cid, artifact_bytes,
                       arrayStringConcat(`lines.kind`, ' '), arrayStringConcat(arrayMap(x -> toString(x), `lines.price`), ' '),
                       arrayStringConcat(arrayMap(x -> toString(x), `lines.quantity`), ' '),
                       arrayStringConcat(arrayMap(x -> toString(x), `lines.amount`), ' '),
                       arrayStringConcat(arrayMap(x -> if(x = '', '-', toString(x)), `lines.corrects`), ' ')
                FROM invoices WHERE account = '%s' AND month = '%s'
                """.formatted(account, month));
        if (rows.isEmpty()) {
            return Optional.empty();
        }
        List<String> row = rows.get(0);
        List<InvoiceLine> lines = new ArrayList<>();
        if (!row.get(9).isEmpty()) {
            String[] kinds = row.get(9).split(" ", -1);
            String[] prices = row.get(10).split(" ", -1);
            String[] quantities = row.get(11).split(" ", -1);
            String[] amounts = row.get(12).split(" ", -1);
            String[] corrects = row.get(13).split(" ", -1);
            for (int i = 0; i < kinds.length; i++) {
                InvoiceLine line = InvoiceLine.newBuilder()
                        .setKind(InvoiceLineKind.valueOf(kinds[i]))
                        .setPrice(amount(prices[i]))
                        .setQuantity(amount(quantities[i]))
                        .setAmount(amount(amounts[i]))
                        .build();
                if (!corrects[i].equals("-")) {
                    line.setCorrects(corrects[i]);
                }
                lines.add(line);
            }
        }
        Invoice invoice = Invoice.newBuilder()
                .setAccount(AvroValues.avro(account))
                .setMonth(month.toString())
                .setState(InvoiceState.valueOf(row.get(0)))
                .setRevision(Long.parseLong(row.get(1)))
                .setThroughMinute(Long.parseLong(row.get(2)))
                .setLines(lines)
                .setCharges(amount(row.get(3)))
                .setCredits(amount(row.get(4)))
                .setTotal(amount(row.get(5)))
                .setCarried(amount(row.get(6)))
                .setArtifactBytes(Long.parseLong(row.get(8)))
                .build();
        if (!row.get(7).isEmpty()) {
            invoice.setCid(row.get(7));
        }
        return Optional.of(invoice);
    }

    /** An account's usage of a month so far; all zeros when there is none. */
    public Usage usage(Address account, YearMonth month) throws QueryException, InterruptedException {
        String minutes = "FROM usage_minutes WHERE customer = '%s' AND minute >= %d AND minute < %d"
                .formatted(account, Months.firstMinute(month), Months.firstMinute(month.plusMonths(1)));
        String sums =
                "uniqExact(node), count(), toString(sum(toUInt128(cpu_millis))), toString(sum(toUInt128(gpu_millis))), "
                        + "toString(sum(toUInt128(egress_bytes))), toString(sum(amount))";
        List<JobUsage> jobs = clickHouse
                .rows("SELECT job, %s %s GROUP BY job ORDER BY sum(amount) DESC, job LIMIT %d"
                        .formatted(sums, minutes, JOBS))
                .stream()
                .map(UsageReports::job)
                .toList();
        JobUsage all = job(clickHouse.row("SELECT toString(uniqExact(job)), %s %s".formatted(sums, minutes)));
        List<String> storage = clickHouse.row(
                """
                SELECT count(), countIf(flag IN ('REPORTED_MORE', 'REPORTED_LESS')), toString(sum(reported)),
                       toString(sum(billed)), toString(sum(overage)), toString(sum(amount))
                FROM storage_charges WHERE account = '%s' AND hour >= %d AND hour < %d
                """.formatted(account, Months.firstMinute(month) / 60, Months.firstMinute(month.plusMonths(1)) / 60));
        Optional<Quota> quota =
                clickHouse.rows("""
                        SELECT minute_start, kind, used, allowed FROM quota_events WHERE customer = '%s' AND minute < %d
                        ORDER BY minute DESC, kind LIMIT 1
                        """.formatted(account, Months.firstMinute(month.plusMonths(1)))).stream()
                        .map(row -> new Quota(
                                row.get(0), row.get(1), Long.parseLong(row.get(2)), Long.parseLong(row.get(3))))
                        .findFirst();
        return new Usage(
                account,
                month,
                jobs,
                all,
                new Storage(
                        Long.parseLong(storage.get(0)),
                        Long.parseLong(storage.get(1)),
                        new BigInteger(storage.get(2)),
                        new BigInteger(storage.get(3)),
                        new BigInteger(storage.get(4)),
                        new BigInteger(storage.get(5))),
                quota);
    }

    /** A node's uptime in a month, by the minutes that are closed. */
    public Sla sla(Address node, YearMonth month) throws QueryException, InterruptedException {
        // A minute that a window touches is not counted at all in the second figure.
        List<String> row = clickHouse.row(
                """
                SELECT count(), sum(slots), countIf(announced), sumIf(slots, NOT announced)
                FROM (SELECT slots, arrayExists(w -> w.1 < (toInt64(minute) + 1) * 60000 AND w.2 > toInt64(minute) * 60000,
                                                (%s)) AS announced
                      FROM node_minutes WHERE node = '%s' AND minute >= %d AND minute < %d)
                """.formatted(windows(node), node, Months.firstMinute(month), Months.firstMinute(month.plusMonths(1))));
        long minutes = Long.parseLong(row.get(0));
        long maintenance = Long.parseLong(row.get(2));
        return new Sla(
                node,
                month,
                minutes,
                Long.parseLong(row.get(1)),
                minutes * SLOTS_PER_MINUTE,
                maintenance,
                Long.parseLong(row.get(3)),
                (minutes - maintenance) * SLOTS_PER_MINUTE);
    }

    private static String windows(Address node) {
        return ("SELECT groupArray((toUnixTimestamp64Milli(starts_at), toUnixTimestamp64Milli(ends_at)))"
                        + " FROM registry_maintenance WHERE node = '%s'")
                .formatted(node);
    }

    private static JobUsage job(List<String> row) {
        return new JobUsage(
                row.get(0),
                Long.parseLong(row.get(1)),
                Long.parseLong(row.get(2)),
                new BigInteger(row.get(3)),
                new BigInteger(row.get(4)),
                new BigInteger(row.get(5)),
                new BigInteger(row.get(6)));
    }

    private static Uint256 amount(String decimal) {
        return AvroValues.avro(TokenAmount.parse(decimal));
    }
}
