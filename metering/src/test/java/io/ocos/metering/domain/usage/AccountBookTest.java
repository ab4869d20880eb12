package io.ocos.metering.domain.usage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.ocos.metering.domain.usage.AccountFact.Declaration;
import io.ocos.metering.domain.usage.AccountFact.JobUse;
import io.ocos.metering.domain.usage.AccountFact.Stake;
import io.ocos.metering.domain.usage.AccountFact.StorageUse;
import io.ocos.metering.domain.usage.AccountFact.Subscription;
import io.ocos.schemas.avro.Invoice;
import io.ocos.schemas.avro.InvoiceLine;
import io.ocos.schemas.avro.InvoiceLineKind;
import io.ocos.schemas.avro.InvoiceState;
import io.ocos.schemas.avro.QuotaEvent;
import io.ocos.schemas.avro.QuotaEventKind;
import io.ocos.schemas.avro.StorageCharge;
import io.ocos.schemas.avro.StorageFlag;
import io.ocos.schemas.avro.UsageMinute;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.domain.ParameterHistory;
import io.ocos.schemas.io.AvroValues;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.YearMonth;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.specific.SpecificFixed;
import org.apache.avro.specific.SpecificRecord;
import org.junit.jupiter.api.Test;

class AccountBookTest {

    private static final Address ACCOUNT = Address.parse("0x00000000000000000000000000000000000000c1");
    private static final Address NODE = Address.parse("0x00000000000000000000000000000000000000a1");
    private static final Hash32 JOB = Hash32.ofName("job");
    private static final YearMonth JANUARY = YearMonth.of(2026, 1);
    private static final long FEBRUARY = Months.firstMinute(JANUARY.plusMonths(1));
    private static final int GRACE = 5;

    private final ParameterHistory parameters = new ParameterHistory();
    private final Counts counts = new Counts();
    private final List<SpecificRecord> records = new ArrayList<>();
    private final List<String> artifacts = new ArrayList<>();
    private AccountBook book = new AccountBook(ACCOUNT);

    @Test
    void aMinuteCostsWhatItsPriceSaysAndIsFloored() throws IOException {
        price(0, "price.cpuMinute", 100);
        price(FEBRUARY + 2, "price.cpuMinute", 200);
        price(0, "price.egressGb", 3);
        use(FEBRUARY + 1, UsageCounters.ZERO, new UsageCounters(59_999, 0, 999_999_999), 0);
        use(FEBRUARY + 2, UsageCounters.ZERO, new UsageCounters(60_000, 0, 0), 0);
        close(FEBRUARY + 2);

        assertThat(all(UsageMinute.class))
                .extracting(row -> wei(row.getCpuAmount()), row -> wei(row.getEgressAmount()))
                .containsExactly(tuple(99L, 2L), tuple(200L, 0L));
        Invoice draft = last(Invoice.class);
        assertThat(draft.getState()).isEqualTo(InvoiceState.DRAFT);
        assertThat(draft.getMonth()).isEqualTo("2026-02");
        assertThat(draft.getThroughMinute()).isEqualTo(FEBRUARY + 2);
        assertThat(draft.getLines())
                .extracting(InvoiceLine::getKind, line -> wei(line.getPrice()), line -> wei(line.getAmount()))
                .containsExactly(
                        tuple(InvoiceLineKind.CPU, 100L, 99L),
                        tuple(InvoiceLineKind.CPU, 200L, 200L),
                        tuple(InvoiceLineKind.EGRESS, 3L, 2L));
        assertThat(wei(draft.getTotal())).isEqualTo(301);
    }

    @Test
    void aClosedInvoiceIsFrozenAndItsCorrectionsAreLinesOfTheNext() throws IOException {
        price(0, "price.cpuMinute", 60_000);
        use(FEBRUARY - 1, UsageCounters.ZERO, new UsageCounters(1_000, 0, 0), 0);
        close(FEBRUARY - 1 + GRACE - 1);
        assertThat(last(Invoice.class).getState()).isEqualTo(InvoiceState.DRAFT);
        close(FEBRUARY - 1 + GRACE);
        Invoice january = last(Invoice.class);
        assertThat(january.getState()).isEqualTo(InvoiceState.CLOSED);
        assertThat(january.getThroughMinute()).isEqualTo(FEBRUARY - 1);
        assertThat(january.getCid()).isEqualTo("cid-0");
        assertThat(january.getArtifactBytes()).isEqualTo(artifacts.get(0).getBytes(StandardCharsets.UTF_8).length);
        assertThat(artifacts.get(0))
                .isEqualTo("account,month,line,corrects,price,quantity,amount\n"
                        + ACCOUNT + ",2026-01,CPU,,60000,1000,1000\n"
                        + ACCOUNT + ",2026-01,TOTAL,,,,1000\n"
                        + ACCOUNT + ",2026-01,CARRIED_ON,,,,0\n");

        records.clear();
        use(FEBRUARY - 1, new UsageCounters(1_000, 0, 0), new UsageCounters(400, 0, 0), 1);
        close(FEBRUARY + 20);
        assertThat(all(Invoice.class)).hasSize(1);
        Invoice february = last(Invoice.class);
        assertThat(february.getMonth()).isEqualTo("2026-02");
        assertThat(february.getLines())
                .extracting(InvoiceLine::getKind, InvoiceLine::getCorrects, line -> wei(line.getAmount()))
                .containsExactly(tuple(InvoiceLineKind.CREDIT, "2026-01", 600L));
        assertThat(wei(february.getTotal())).isZero();
        assertThat(wei(february.getCarried())).isEqualTo(600);

        use(FEBRUARY + 21, UsageCounters.ZERO, new UsageCounters(100, 0, 0), 0);
        close(Months.firstMinute(JANUARY.plusMonths(2)) + GRACE);
        use(FEBRUARY + 40_300, UsageCounters.ZERO, new UsageCounters(700, 0, 0), 0);
        close(Months.firstMinute(JANUARY.plusMonths(2)) + GRACE + 1);
        assertThat(last(Invoice.class).getLines())
                .extracting(InvoiceLine::getKind, InvoiceLine::getCorrects, line -> wei(line.getAmount()))
                .containsExactly(
                        tuple(InvoiceLineKind.DEBIT, "2026-02", 700L), tuple(InvoiceLineKind.CARRIED, "2026-02", 500L));
        assertThat(wei(last(Invoice.class).getTotal())).isEqualTo(200);
    }

    @Test
    void linesOfAQuotaAreCrossedOnceAndReleased() throws IOException {
        price(0, "stakePerNodeMinute", 10);
        book.add(new Stake(ACCOUNT, FEBRUARY, 1, 1, BigInteger.valueOf(59)));
        for (int i = 0; i < 8; i++) {
            use(FEBRUARY + i, UsageCounters.ZERO, new UsageCounters(1, 0, 0), 0);
        }
        close(FEBRUARY + 10);
        book.add(new Stake(ACCOUNT, FEBRUARY + 12, 2, 1, BigInteger.valueOf(1_000)));
        close(FEBRUARY + 13);
        book.add(new Stake(ACCOUNT, FEBRUARY + 14, 3, 1, BigInteger.valueOf(99)));
        close(FEBRUARY + 15);
        close(FEBRUARY + 50_000);

        assertThat(all(QuotaEvent.class))
                .extracting(QuotaEvent::getKind, event -> event.getMinute() - FEBRUARY, QuotaEvent::getUsed)
                .containsExactly(
                        tuple(QuotaEventKind.WARNING, 3L, 4L),
                        tuple(QuotaEventKind.EXHAUSTED, 4L, 5L),
                        tuple(QuotaEventKind.RELEASED, 12L, 8L),
                        tuple(QuotaEventKind.WARNING, 14L, 8L));
        assertThat(counts.minutes).isEmpty();
    }

    @Test
    void quotaIsReleasedWhenUsageLeavesTheWindow() throws IOException {
        price(0, "stakePerNodeMinute", 10);
        book.add(new Stake(ACCOUNT, 0, 1, 1, BigInteger.valueOf(20)));
        use(FEBRUARY, UsageCounters.ZERO, new UsageCounters(1, 0, 0), 0);
        use(FEBRUARY + 5, UsageCounters.ZERO, new UsageCounters(1, 0, 0), 0);
        close(FEBRUARY + 50_000);

        assertThat(all(QuotaEvent.class))
                .extracting(QuotaEvent::getKind, event -> event.getMinute() - FEBRUARY, QuotaEvent::getUsed)
                .containsExactly(
                        tuple(QuotaEventKind.WARNING, 5L, 2L),
                        tuple(QuotaEventKind.EXHAUSTED, 5L, 2L),
                        tuple(QuotaEventKind.RELEASED, 43_200L, 1L));
    }

    /** The plan that was bought last stands in place of the others from its beginning on, also when it ends first. */
    @Test
    void overlappingSubscriptions() throws IOException {
        long hour = FEBRUARY / 60;
        long from = hour * 3_600_000;
        price(0, "price.storageGbMonth", 2_592_000);
        book.add(new Subscription(ACCOUNT, 1, 0, "STANDARD", from - 1_000_000, from + 100_000_000));
        book.add(new Subscription(ACCOUNT, 2, 0, "VIP", from + 1_800_000, from + 3_600_000 + 900_000));
        store(hour, 0, 10_000_000_000_000L);
        store(hour + 1, 0, 10_000_000_000_000L);
        store(hour + 2, 0, 500_000_000_000L);
        close(FEBRUARY + 180);

        List<StorageCharge> charges = all(StorageCharge.class);
        assertThat(charges)
                .extracting(StorageCharge::getPlan, StorageCharge::getFlag)
                .containsExactly(
                        tuple("VIP", StorageFlag.UNDECLARED),
                        tuple("", StorageFlag.UNDECLARED),
                        tuple("", StorageFlag.UNDECLARED));
        assertThat(charges)
                .extracting(row -> amount(row.getAllowance()))
                .containsExactly(
                        byteMillis(1_000_000_000_000L, 1_800_000).add(byteMillis(7_000_000_000_000L, 1_800_000)),
                        byteMillis(7_000_000_000_000L, 900_000),
                        BigInteger.ZERO);
        // 10^9 byte-ms · 2 592 000 wei / (10^9 · 2 592 000 000 byte-ms) = 1 wei per 10^12 byte-ms
        assertThat(charges)
                .extracting(row -> wei(row.getAmount()))
                .containsExactly(21_600_000L, 29_700_000L, 1_800_000L);
    }

    @Test
    void storageIsBilledOnTheSmallerOfReportedAndDeclared() throws IOException {
        long hour = FEBRUARY / 60;
        price(0, "price.storageGbMonth", 2_592_000);
        book.add(new Declaration(ACCOUNT, hour * 3_600_000 - 5, 1, 1_000L));
        store(hour, 0, 3_000);
        store(hour + 1, 0, 400);
        store(hour + 2, 0, 1_000);
        close(FEBRUARY + 180);
        assertThat(all(StorageCharge.class))
                .extracting(row -> amount(row.getBilled()), StorageCharge::getFlag)
                .containsExactly(
                        tuple(byteMillis(1_000, 3_600_000), StorageFlag.REPORTED_MORE),
                        tuple(byteMillis(400, 3_600_000), StorageFlag.REPORTED_LESS),
                        tuple(byteMillis(1_000, 3_600_000), StorageFlag.AGREES));

        records.clear();
        // A declaration that comes late counts from when it was made: a correction, not "as of now".
        book.add(new Declaration(ACCOUNT, (hour + 2) * 3_600_000 + 1_800_000, 2, 500L));
        close(FEBRUARY + 190);
        assertThat(all(StorageCharge.class))
                .extracting(row -> amount(row.getBilled()), StorageCharge::getRevision, StorageCharge::getCorrects)
                .containsExactly(tuple(byteMillis(750, 3_600_000), 1, 0));
    }

    @Test
    void aSubscriptionThatEndsBeforeItBeginsIsRefused() {
        assertThatThrownBy(() -> AccountFact.ofEvent(
                        "Subscribed",
                        Map.of(
                                "account", ACCOUNT.toString(),
                                "plan", Hash32.ofName("VIP").toString(),
                                "validFrom", "100",
                                "validUntil", "100",
                                "paid", "1"),
                        1,
                        2,
                        3))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("valid from 100 until 100, expected an end after the beginning");
    }

    private void price(long minute, String key, long value) {
        parameters.add(new ParameterHistory.Change(
                minute, minute, 0L + key.hashCode(), Hash32.ofName(key), BigInteger.valueOf(value)));
    }

    private void use(long minute, UsageCounters before, UsageCounters after, int revision) {
        int nodeMinutes = before.isZero() && !after.isZero() ? 1 : 0;
        book.add(new JobUse(
                ACCOUNT, JOB, NODE, new JobSeries.Change(ACCOUNT, minute, before, after, "", revision), nodeMinutes));
    }

    private void store(long hour, long before, long bytes) {
        book.add(new StorageUse(
                ACCOUNT,
                NODE,
                new StorageSeries.Change(hour, byteMillis(before, 3_600_000), byteMillis(bytes, 3_600_000), 0)));
    }

    private static BigInteger byteMillis(long bytes, long millis) {
        return BigInteger.valueOf(bytes).multiply(BigInteger.valueOf(millis));
    }

    /** Closes, with the state written and read before. */
    private void close(long last) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        book.write(new DataOutputStream(bytes));
        book = AccountBook.read(new DataInputStream(new ByteArrayInputStream(bytes.toByteArray())));
        book.close(last, parameters, counts, GRACE, new AccountBook.Results() {
            @Override
            public void record(SpecificRecord value) {
                records.add(value);
            }

            @Override
            public String keep(byte[] artifact) {
                artifacts.add(new String(artifact, StandardCharsets.UTF_8));
                return "cid-" + (artifacts.size() - 1);
            }
        });
    }

    private <T extends SpecificRecord> List<T> all(Class<T> type) {
        return records.stream().filter(type::isInstance).map(type::cast).toList();
    }

    private <T extends SpecificRecord> T last(Class<T> type) {
        List<T> all = all(type);
        return all.get(all.size() - 1);
    }

    private static long wei(SpecificFixed amount) {
        return amount(amount).longValueExact();
    }

    private static BigInteger amount(SpecificFixed amount) {
        return AvroValues.amount(new io.ocos.schemas.avro.Uint256(amount.bytes()))
                .wei();
    }

    private static final class Counts implements NodeMinuteCounts {

        private final Map<Long, Integer> minutes = new HashMap<>();

        @Override
        public int get(long minute) {
            return minutes.getOrDefault(minute, 0);
        }

        @Override
        public void add(long minute, int change) {
            minutes.merge(minute, change, Integer::sum);
        }

        @Override
        public void forget(long minute) {
            minutes.remove(minute);
        }
    }
}
