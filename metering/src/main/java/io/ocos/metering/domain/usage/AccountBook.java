package io.ocos.metering.domain.usage;

import io.ocos.metering.domain.usage.AccountFact.Declaration;
import io.ocos.metering.domain.usage.AccountFact.JobUse;
import io.ocos.metering.domain.usage.AccountFact.Stake;
import io.ocos.metering.domain.usage.AccountFact.StorageUse;
import io.ocos.metering.domain.usage.AccountFact.Subscription;
import io.ocos.metering.domain.usage.StoragePlans.Position;
import io.ocos.schemas.avro.Invoice;
import io.ocos.schemas.avro.InvoiceLineKind;
import io.ocos.schemas.avro.InvoiceState;
import io.ocos.schemas.avro.QuotaEvent;
import io.ocos.schemas.avro.QuotaEventKind;
import io.ocos.schemas.avro.StorageCharge;
import io.ocos.schemas.avro.StorageFlag;
import io.ocos.schemas.avro.StorageHour;
import io.ocos.schemas.avro.UsageMinute;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.domain.Minutes;
import io.ocos.schemas.domain.ParameterHistory;
import io.ocos.schemas.domain.Parameters;
import io.ocos.schemas.io.AvroValues;
import io.ocos.schemas.io.MalformedRecordException;
import io.ocos.schemas.io.RecordCodec;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.math.BigInteger;
import java.time.YearMonth;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.apache.avro.specific.SpecificRecord;
import org.jspecify.annotations.Nullable;

/**
 * An account's prices, quota, storage bill and invoices (SPEC 12). Minutes are closed in order; facts may come in any order as
 * long as they come before their minute is closed, and usage also later, as corrections.
 *
 * <p>An invoice is closed {@code graceMinutes} after the last minute of its month; what changes of a closed month is a line of
 * the next invoice. State: about 1 KB, 250 bytes per usage of an unclosed minute, and, beside it, {@link NodeMinuteCounts}.
 * Not safe for use by several threads.
 */
public final class AccountBook {

    /** Where results of closing go. */
    public interface Results {

        /** A record of usage, quota or invoice. */
        void record(SpecificRecord value);

        /** Keeps an artifact before its invoice is closed, and says its content identifier. */
        String keep(byte[] artifact);
    }

    private static final Comparator<AccountFact.Use> ORDER = Comparator.comparingLong(AccountFact.Use::minute)
            .thenComparingInt(use -> use instanceof JobUse ? 0 : 1)
            .thenComparing(AccountBook::node)
            .thenComparing(use -> use instanceof JobUse job ? job.job() : Hash32.ZERO)
            .thenComparingInt(AccountBook::revision);

    /** Minutes after its end in which an hour's storage may still change. */
    private static final int HOUR_FINAL_AFTER_MINUTES = JobSeries.FINAL_AFTER_MINUTES + 2;

    private static final class ChargedHour {
        BigInteger reported = BigInteger.ZERO;
        boolean changed;

        @Nullable
        StorageCharge written;
    }

    private record Moment(long atMillis, long sequence) implements Comparable<Moment> {
        @Override
        public int compareTo(Moment other) {
            return atMillis == other.atMillis
                    ? Long.compare(sequence, other.sequence)
                    : Long.compare(atMillis, other.atMillis);
        }
    }

    private static final long NOTHING_DECLARED = -1;
    private static final long NEVER = -1;

    private final Address account;
    private long lastClosed = NEVER;
    private final List<AccountFact.Use> uses = new ArrayList<>();
    private final NavigableMap<Position, Stake> stakes = new TreeMap<>();
    private final NavigableMap<Position, Subscription> subscriptions = StoragePlans.none();
    private final NavigableMap<Moment, Long> declared = new TreeMap<>();
    private final NavigableMap<Long, ChargedHour> hours = new TreeMap<>();
    private final NavigableMap<YearMonth, MonthBook> months = new TreeMap<>();
    private long usedNodeMinutes;
    private Quota.Level level = Quota.Level.BELOW;

    /** An account of which nothing is known. */
    public AccountBook(Address account) {
        this.account = account;
    }

    /** Takes a fact; a duplicate of a chain event or declaration changes nothing. */
    public void add(AccountFact fact) {
        if (fact instanceof AccountFact.Use use) {
            uses.add(use);
        } else if (fact instanceof Stake stake) {
            stakes.put(new Position(stake.blockNumber(), stake.logIndex()), stake);
        } else if (fact instanceof Subscription subscription) {
            subscriptions.put(new Position(subscription.blockNumber(), subscription.logIndex()), subscription);
            hours.values().forEach(hour -> hour.changed = true);
        } else if (fact instanceof Declaration declaration) {
            Long bytes = declaration.bytes();
            declared.put(
                    new Moment(declaration.atMillis(), declaration.sequence()),
                    bytes == null ? NOTHING_DECLARED : bytes);
            hours.values().forEach(hour -> hour.changed = true);
        }
    }

    /** Whether there is something to close in the next minute: usage in the quota's window, an open invoice, new usage. */
    public boolean isActive() {
        return isOpen() || !uses.isEmpty();
    }

    private boolean isOpen() {
        return usedNodeMinutes != 0 || level != Quota.Level.BELOW || !hours.isEmpty() || !months.isEmpty();
    }

    /**
     * Closes minutes.
     *
     * @param last last minute that is closed
     * @param parameters every change of a parameter up to it
     * @param counts of this account; changed by this method alone
     * @param graceMinutes minutes after the end of a month at which its invoice is closed, ≥ 0
     */
    public void close(
            long last, ParameterHistory parameters, NodeMinuteCounts counts, int graceMinutes, Results results) {
        uses.sort(ORDER);
        long minute = lastClosed + 1;
        while (minute <= last) {
            if (!isOpen()) {
                // Nothing changes from minute to minute: go on where something does.
                long next = uses.isEmpty() ? Long.MAX_VALUE : uses.get(0).minute();
                minute = Math.max(minute, Math.min(next, last));
            }
            closeMinute(minute, parameters, counts, graceMinutes, results);
            minute++;
        }
        lastClosed = Math.max(lastClosed, last);
        months.forEach((month, book) -> {
            if (book.isChanged()) {
                results.record(book.invoice(account, month.toString(), InvoiceState.DRAFT, lastClosed));
            }
        });
        forget();
    }

    private void closeMinute(
            long minute, ParameterHistory parameters, NodeMinuteCounts counts, int graceMinutes, Results results) {
        int due = 0;
        while (due < uses.size() && uses.get(due).minute() <= minute) {
            AccountFact.Use use = uses.get(due++);
            if (use instanceof JobUse job) {
                charge(job, parameters.at(job.minute()), minute, graceMinutes, results);
                if (job.nodeMinutes() != 0) {
                    counts.add(job.minute(), job.nodeMinutes());
                    usedNodeMinutes += job.nodeMinutes();
                }
            } else if (use instanceof StorageUse storage) {
                store(storage, results);
            }
        }
        uses.subList(0, due).clear();
        for (Map.Entry<Long, ChargedHour> entry :
                hours.headMap(StorageSeries.lastHour(minute), true).entrySet()) {
            if (entry.getValue().changed) {
                charge(entry.getKey(), entry.getValue(), parameters, minute, graceMinutes, results);
            }
        }
        leave(minute - Quota.WINDOW_MINUTES, counts);
        watchQuota(minute, parameters.at(minute), results);
        while (!months.isEmpty() && minute >= lastMinute(months.firstKey(), graceMinutes)) {
            closeMonth(minute, results);
        }
    }

    private void charge(JobUse use, Parameters prices, long now, int graceMinutes, Results results) {
        UsageCounters before = use.change().before();
        UsageCounters after = use.change().after();
        BigInteger cpuPrice = prices.cpuMinutePrice();
        BigInteger gpuPrice = prices.gpuMinutePrice();
        BigInteger egressPrice = prices.egressGbPrice();
        BigInteger cpu = Prices.time(after.cpuMillis(), cpuPrice);
        BigInteger gpu = Prices.time(after.gpuMillis(), gpuPrice);
        BigInteger egress = Prices.egress(after.egressBytes(), egressPrice);
        int revision = use.change().revision();
        UsageMinute row = new UsageMinute();
        row.setJob(AvroValues.avro(use.job()));
        row.setNode(AvroValues.avro(use.node()));
        row.setCustomer(AvroValues.avro(account));
        row.setMinute(use.minute());
        row.setCpuMillis(after.cpuMillis());
        row.setGpuMillis(after.gpuMillis());
        row.setEgressBytes(after.egressBytes());
        row.setCpuPrice(AvroValues.avro(Prices.amount(cpuPrice)));
        row.setGpuPrice(AvroValues.avro(Prices.amount(gpuPrice)));
        row.setEgressPrice(AvroValues.avro(Prices.amount(egressPrice)));
        row.setCpuAmount(AvroValues.avro(Prices.amount(cpu)));
        row.setGpuAmount(AvroValues.avro(Prices.amount(gpu)));
        row.setEgressAmount(AvroValues.avro(Prices.amount(egress)));
        row.setRegion(use.change().region());
        row.setRevision(revision);
        if (revision > 0) {
            row.setCorrects(revision - 1);
        }
        results.record(row);
        YearMonth month = Months.of(use.minute());
        bill(
                month,
                InvoiceLineKind.CPU,
                cpuPrice,
                difference(after.cpuMillis(), before.cpuMillis()),
                cpu.subtract(Prices.time(before.cpuMillis(), cpuPrice)),
                now,
                graceMinutes);
        bill(
                month,
                InvoiceLineKind.GPU,
                gpuPrice,
                difference(after.gpuMillis(), before.gpuMillis()),
                gpu.subtract(Prices.time(before.gpuMillis(), gpuPrice)),
                now,
                graceMinutes);
        bill(
                month,
                InvoiceLineKind.EGRESS,
                egressPrice,
                difference(after.egressBytes(), before.egressBytes()),
                egress.subtract(Prices.egress(before.egressBytes(), egressPrice)),
                now,
                graceMinutes);
    }

    private void store(StorageUse use, Results results) {
        StorageSeries.Change change = use.change();
        StorageHour row = new StorageHour();
        row.setAccount(AvroValues.avro(account));
        row.setNode(AvroValues.avro(use.node()));
        row.setHour(change.hour());
        row.setByteMillis(AvroValues.avro(Prices.amount(change.after())));
        row.setRevision(change.revision());
        if (change.revision() > 0) {
            row.setCorrects(change.revision() - 1);
        }
        results.record(row);
        ChargedHour hour = hours.computeIfAbsent(change.hour(), key -> new ChargedHour());
        hour.reported = hour.reported.add(change.after()).subtract(change.before());
        hour.changed = true;
    }

    private void charge(
            long hour, ChargedHour charged, ParameterHistory parameters, long now, int graceMinutes, Results results) {
        charged.changed = false;
        long from = hour * StorageSeries.HOUR_MILLIS;
        long until = from + StorageSeries.HOUR_MILLIS;
        BigInteger price = parameters.at(hour * StorageSeries.HOUR_MINUTES).storageGbMonthPrice();
        BigInteger allDeclared = declared(from, until);
        BigInteger billed = allDeclared == null ? charged.reported : charged.reported.min(allDeclared);
        BigInteger allowance = StoragePlans.allowance(subscriptions, from, until);
        BigInteger overage = billed.subtract(allowance).max(BigInteger.ZERO);
        BigInteger amount = Prices.storage(overage, price);
        Subscription plan = StoragePlans.at(subscriptions, until - 1);
        StorageCharge before = charged.written;
        int revision = before == null ? 0 : before.getRevision() + 1;
        StorageCharge charge = new StorageCharge();
        charge.setAccount(AvroValues.avro(account));
        charge.setHour(hour);
        charge.setReported(AvroValues.avro(Prices.amount(charged.reported)));
        charge.setBilled(AvroValues.avro(Prices.amount(billed)));
        charge.setPlan(plan == null ? "" : plan.plan());
        charge.setAllowance(AvroValues.avro(Prices.amount(allowance)));
        charge.setOverage(AvroValues.avro(Prices.amount(overage)));
        charge.setPrice(AvroValues.avro(Prices.amount(price)));
        charge.setAmount(AvroValues.avro(Prices.amount(amount)));
        charge.setFlag(flag(charged.reported, allDeclared));
        charge.setRevision(revision);
        if (allDeclared != null) {
            charge.setDeclared(AvroValues.avro(Prices.amount(allDeclared)));
        }
        if (revision > 0) {
            charge.setCorrects(revision - 1);
        }
        if (before != null && sameButRevision(before, charge)) {
            return;
        }
        results.record(charge);
        charged.written = charge;
        bill(
                Months.of(hour * StorageSeries.HOUR_MINUTES),
                InvoiceLineKind.STORAGE,
                price,
                overage.subtract(
                        before == null
                                ? BigInteger.ZERO
                                : AvroValues.amount(before.getOverage()).wei()),
                amount.subtract(
                        before == null
                                ? BigInteger.ZERO
                                : AvroValues.amount(before.getAmount()).wei()),
                now,
                graceMinutes);
    }

    private static boolean sameButRevision(StorageCharge before, StorageCharge after) {
        StorageCharge same = StorageCharge.newBuilder(after)
                .setRevision(before.getRevision())
                .setCorrects(before.getCorrects())
                .build();
        return same.equals(before);
    }

    /** Byte-milliseconds declared between two times; null when nothing is declared for some of it. */
    private @Nullable BigInteger declared(long fromMillis, long untilMillis) {
        Map.Entry<Moment, Long> first = declared.lowerEntry(new Moment(fromMillis + 1, Long.MIN_VALUE));
        if (first == null) {
            return null;
        }
        BigInteger sum = BigInteger.ZERO;
        long at = fromMillis;
        long bytes = first.getValue();
        for (Map.Entry<Moment, Long> entry : declared.tailMap(first.getKey(), false)
                .headMap(new Moment(untilMillis, Long.MIN_VALUE), false)
                .entrySet()) {
            long next = entry.getKey().atMillis();
            if (bytes == NOTHING_DECLARED && next > at) {
                return null;
            }
            sum = sum.add(BigInteger.valueOf(bytes).multiply(BigInteger.valueOf(next - at)));
            at = next;
            bytes = entry.getValue();
        }
        return bytes == NOTHING_DECLARED
                ? null
                : sum.add(BigInteger.valueOf(bytes).multiply(BigInteger.valueOf(untilMillis - at)));
    }

    private static StorageFlag flag(BigInteger reported, @Nullable BigInteger declared) {
        if (declared == null) {
            return StorageFlag.UNDECLARED;
        }
        int compared = reported.compareTo(declared);
        return compared == 0
                ? StorageFlag.AGREES
                : compared > 0 ? StorageFlag.REPORTED_MORE : StorageFlag.REPORTED_LESS;
    }

    /** Adds to the invoice of a month, or, when that is closed, to the first that is not. */
    private void bill(
            YearMonth month,
            InvoiceLineKind kind,
            BigInteger price,
            BigInteger quantity,
            BigInteger amount,
            long now,
            int graceMinutes) {
        if (now <= lastMinute(month, graceMinutes)) {
            months.computeIfAbsent(month, key -> new MonthBook()).use(kind, price, quantity, amount);
        } else if (amount.signum() != 0) {
            YearMonth open = month.plusMonths(1);
            while (now > lastMinute(open, graceMinutes)) {
                open = open.plusMonths(1);
            }
            months.computeIfAbsent(open, key -> new MonthBook()).correct(month.toString(), amount);
        }
    }

    /** The minute at whose close the invoice of a month is closed. */
    private static long lastMinute(YearMonth month, int graceMinutes) {
        return Months.firstMinute(month.plusMonths(1)) - 1 + graceMinutes;
    }

    private void closeMonth(long minute, Results results) {
        Map.Entry<YearMonth, MonthBook> first = months.pollFirstEntry();
        YearMonth month = first.getKey();
        Invoice invoice = first.getValue()
                .invoice(
                        account,
                        month.toString(),
                        InvoiceState.CLOSED,
                        Math.min(minute, Months.firstMinute(month.plusMonths(1)) - 1));
        byte[] artifact = InvoiceCsv.bytes(invoice);
        invoice.setCid(results.keep(artifact));
        invoice.setArtifactBytes(artifact.length);
        results.record(invoice);
        BigInteger carried = AvroValues.amount(invoice.getCarried()).wei();
        if (carried.signum() > 0) {
            months.computeIfAbsent(month.plusMonths(1), key -> new MonthBook()).carry(month.toString(), carried);
        }
    }

    private void leave(long minute, NodeMinuteCounts counts) {
        if (usedNodeMinutes > 0 && minute >= 0) {
            usedNodeMinutes -= counts.get(minute);
            counts.forget(minute);
        }
    }

    private void watchQuota(long minute, Parameters parameters, Results results) {
        if (usedNodeMinutes == 0 && level == Quota.Level.BELOW) {
            return;
        }
        BigInteger stake = stakeAt(minute);
        Quota.Level now = Quota.level(usedNodeMinutes, stake, parameters);
        for (QuotaEventKind kind : Quota.events(level, now)) {
            BigInteger allowed = parameters.stakePerNodeMinute().signum() == 0
                    ? BigInteger.valueOf(Long.MAX_VALUE)
                    : Quota.allowed(stake, parameters).min(BigInteger.valueOf(Long.MAX_VALUE));
            results.record(new QuotaEvent(
                    AvroValues.avro(account),
                    minute,
                    kind,
                    usedNodeMinutes,
                    allowed.longValueExact(),
                    AvroValues.avro(Prices.amount(stake)),
                    AvroValues.avro(Prices.amount(parameters.stakePerNodeMinute()))));
        }
        level = now;
    }

    private BigInteger stakeAt(long minute) {
        BigInteger stake = BigInteger.ZERO;
        for (Stake each : stakes.values()) {
            if (each.minute() > minute) {
                break;
            }
            stake = each.stake();
        }
        return stake;
    }

    /** Forgets what nothing can depend on any more. */
    private void forget() {
        long before = lastClosed - HOUR_FINAL_AFTER_MINUTES;
        hours.headMap(StorageSeries.lastHour(before), true).clear();
        Position held = null;
        for (Map.Entry<Position, Stake> entry : stakes.entrySet()) {
            held = entry.getValue().minute() <= lastClosed ? entry.getKey() : held;
        }
        if (held != null) {
            stakes.headMap(held, false).clear();
        }
        // The hour before the last may still change.
        long needed = Minutes.startMillis(Math.max(0, before - StorageSeries.HOUR_MINUTES));
        StoragePlans.forget(subscriptions, needed);
        Moment first = declared.lowerKey(new Moment(needed + 1, Long.MIN_VALUE));
        if (first != null) {
            declared.headMap(first, false).clear();
        }
    }

    private static BigInteger difference(long after, long before) {
        return BigInteger.valueOf(after).subtract(BigInteger.valueOf(before));
    }

    private static Address node(AccountFact.Use use) {
        return use instanceof JobUse job ? job.node() : ((StorageUse) use).node();
    }

    private static int revision(AccountFact.Use use) {
        return use instanceof JobUse job
                ? job.change().revision()
                : ((StorageUse) use).change().revision();
    }

    /** Writes the whole state. */
    public void write(DataOutput out) throws IOException {
        out.writeByte(StateIo.LAYOUT_1);
        StateIo.write(account, out);
        out.writeLong(lastClosed);
        out.writeLong(usedNodeMinutes);
        out.writeUTF(level.name());
        out.writeInt(uses.size());
        for (AccountFact.Use use : uses) {
            AccountFacts.write(use, out);
        }
        out.writeInt(stakes.size());
        for (Stake stake : stakes.values()) {
            AccountFacts.write(stake, out);
        }
        out.writeInt(subscriptions.size());
        for (Subscription subscription : subscriptions.values()) {
            AccountFacts.write(subscription, out);
        }
        out.writeInt(declared.size());
        for (Map.Entry<Moment, Long> entry : declared.entrySet()) {
            out.writeLong(entry.getKey().atMillis());
            out.writeLong(entry.getKey().sequence());
            out.writeLong(entry.getValue());
        }
        out.writeInt(hours.size());
        for (Map.Entry<Long, ChargedHour> entry : hours.entrySet()) {
            out.writeLong(entry.getKey());
            StateIo.write(entry.getValue().reported, out);
            out.writeBoolean(entry.getValue().changed);
            StorageCharge written = entry.getValue().written;
            byte[] encoded = written == null ? new byte[0] : RecordCodec.encode(written);
            out.writeInt(encoded.length);
            out.write(encoded);
        }
        out.writeInt(months.size());
        for (Map.Entry<YearMonth, MonthBook> entry : months.entrySet()) {
            out.writeUTF(entry.getKey().toString());
            entry.getValue().write(out);
        }
    }

    /** Reads what {@link #write} wrote. */
    public static AccountBook read(DataInput in) throws IOException {
        StateIo.expectLayout1("book of an account", in);
        AccountBook book = new AccountBook(StateIo.address(in));
        book.lastClosed = in.readLong();
        book.usedNodeMinutes = in.readLong();
        book.level = Quota.Level.valueOf(in.readUTF());
        for (int left = in.readInt(); left > 0; left--) {
            book.add(AccountFacts.read(in));
        }
        for (int left = in.readInt(); left > 0; left--) {
            book.add(AccountFacts.read(in));
        }
        for (int left = in.readInt(); left > 0; left--) {
            book.add(AccountFacts.read(in));
        }
        for (int left = in.readInt(); left > 0; left--) {
            book.declared.put(new Moment(in.readLong(), in.readLong()), in.readLong());
        }
        for (int left = in.readInt(); left > 0; left--) {
            ChargedHour hour = new ChargedHour();
            book.hours.put(in.readLong(), hour);
            hour.reported = StateIo.integer(in);
            hour.changed = in.readBoolean();
            byte[] encoded = new byte[in.readInt()];
            in.readFully(encoded);
            if (encoded.length > 0) {
                try {
                    hour.written = RecordCodec.decode(encoded, StorageCharge.class);
                } catch (MalformedRecordException e) {
                    throw new IOException("no charge in state: " + e.detail(), e);
                }
            }
        }
        for (int left = in.readInt(); left > 0; left--) {
            book.months.put(YearMonth.parse(in.readUTF()), MonthBook.read(in));
        }
        return book;
    }
}
