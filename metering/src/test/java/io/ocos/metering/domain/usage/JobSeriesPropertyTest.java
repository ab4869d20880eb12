package io.ocos.metering.domain.usage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.ocos.metering.domain.usage.JobSeries.Change;
import io.ocos.schemas.domain.Address;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

class JobSeriesPropertyTest {

    private static final Address CUSTOMER = Address.parse("0x00000000000000000000000000000000000000c1");
    private static final long START = 29_000_000L * 60_000;
    private static final JobAssignment ASSIGNMENT = new JobAssignment(CUSTOMER, START, START + 7_200_000);

    /** A reading, and when it arrives. */
    private record Arrival(JobReading reading, long at) {}

    /** Any arrival order within 15 min of delay, duplicates, losses, restarts with and without a new boot, state written in between. */
    @Property(tries = 300)
    void usageIsThatOfThePlainestReference(@ForAll long seed) throws IOException {
        Random random = new Random(seed);
        List<JobReading> readings = readings(random);
        List<Arrival> arrivals = new ArrayList<>();
        for (JobReading reading : readings) {
            int copies = random.nextInt(20) == 0 ? 2 : 1;
            for (int copy = 0; copy < copies; copy++) {
                long delay = random.nextInt(6) == 0 ? random.nextInt(1_800_000) : random.nextInt(9_000);
                arrivals.add(new Arrival(reading, reading.at() + delay));
            }
        }
        arrivals.sort(Comparator.comparingLong(Arrival::at));

        Collected collected = new Collected();
        JobSeries series = new JobSeries();
        if (random.nextBoolean()) {
            series.assign(new JobAssignment(CUSTOMER, START + 600_000, ASSIGNMENT.untilMillis()));
        }
        series.assign(ASSIGNMENT);
        long closed = -1;
        for (Arrival arrival : arrivals) {
            long last = (arrival.at() - 40_000) / 60_000 - 1;
            if (last > closed) {
                closed = last;
                series.close(last, minute -> "eu", collected);
                series = random.nextInt(10) == 0 ? copy(series) : series;
            }
            series.add(arrival.reading(), collected);
        }
        series.close(closed + 100, minute -> "eu", collected);

        assertThat(collected.latest()).isEqualTo(reference(readings));
        assertThat(series.isActive()).isFalse();
        assertThat(series.isOver(ASSIGNMENT.untilMillis() + 3_600_000)).isTrue();
    }

    @Example
    void countersThatFallCountAgainAfterABootAndAreRefusedOtherwise() {
        JobSeries series = new JobSeries();
        series.assign(ASSIGNMENT);
        Collected collected = new Collected();
        series.add(reading(START + 1_000, 500, 7L), collected);
        series.add(reading(START + 11_000, 400, 7L), collected);
        series.add(reading(START + 21_000, 300, 8L), collected);
        series.add(reading(START + 31_000, 350, 8L), collected);
        series.close(START / 60_000, minute -> "", collected);

        assertThat(collected.latest()).containsExactly(Map.entry(START / 60_000, new UsageCounters(850, 0, 0)));
        assertThat(collected.refusals)
                .extracting(UsageRefusal::reason)
                .containsExactly(UsageRefusal.Reason.COUNTER_FELL);
        assertThat(collected.refusals.get(0).detail())
                .contains("cpu 400 ms")
                .contains("cpu 500 ms")
                .contains("boot 7");
    }

    @Example
    void readingsOutsideTheAssignmentAreRefused() {
        JobSeries series = new JobSeries();
        Collected collected = new Collected();
        series.add(reading(START, 1, 7L), collected);
        series.close(START / 60_000, minute -> "", collected);
        series.assign(new JobAssignment(CUSTOMER, START + 120_000, START + 180_000));
        series.add(reading(START + 80_000, 2, 7L), collected);
        series.add(reading(START + 90_000, 3, 7L), collected);
        series.add(reading(START + 210_000, 4, 7L), collected);
        series.add(reading(START + 210_001, 5, 7L), collected);
        series.close(START / 60_000 + 3, minute -> "", collected);
        series.close(START / 60_000 + 100, minute -> "", collected);
        series.add(reading(START + 30_000, 6, 7L), collected);

        assertThat(collected.refusals)
                .extracting(UsageRefusal::reason)
                .containsExactly(
                        UsageRefusal.Reason.NOT_ASSIGNED,
                        UsageRefusal.Reason.BEFORE_DISPATCH,
                        UsageRefusal.Reason.AFTER_DEADLINE,
                        UsageRefusal.Reason.LATE);
        assertThat(collected.latest())
                .containsExactly(
                        Map.entry(START / 60_000 + 1, new UsageCounters(3, 0, 0)),
                        Map.entry(START / 60_000 + 3, new UsageCounters(1, 0, 0)));
    }

    @Example
    void aCorrectionNamesWhatItCorrects() {
        JobSeries series = new JobSeries();
        series.assign(ASSIGNMENT);
        Collected collected = new Collected();
        long minute = START / 60_000;
        series.add(reading(START + 70_000, 700, 7L), collected);
        series.close(minute + 1, each -> "", collected);
        series.add(reading(START + 10_000, 100, 7L), collected);
        series.close(minute + 2, each -> "", collected);

        assertThat(collected.changes)
                .containsExactly(
                        new Change(CUSTOMER, minute + 1, UsageCounters.ZERO, new UsageCounters(700, 0, 0), "", 0),
                        new Change(CUSTOMER, minute, UsageCounters.ZERO, new UsageCounters(100, 0, 0), "", 0),
                        new Change(
                                CUSTOMER,
                                minute + 1,
                                new UsageCounters(700, 0, 0),
                                new UsageCounters(600, 0, 0),
                                "",
                                1));
    }

    @Example
    void aRegionThatIsKnownLateIsACorrection() {
        JobSeries series = new JobSeries();
        series.assign(ASSIGNMENT);
        Collected collected = new Collected();
        long minute = START / 60_000;
        series.add(reading(START + 10_000, 100, 7L), collected);
        series.add(reading(START + 70_000, 200, 7L), collected);
        series.close(minute + 1, each -> "eu", collected);
        series.reopen(minute + 1);
        series.close(minute + 2, each -> each > minute ? "us" : "eu", collected);

        assertThat(collected.changes)
                .extracting(Change::minute, Change::region, Change::revision)
                .containsExactly(tuple(minute, "eu", 0), tuple(minute + 1, "eu", 0), tuple(minute + 1, "us", 1));
    }

    private static JobReading reading(long at, long cpu, long boot) {
        return new JobReading(at, new UsageCounters(cpu, 0, 0), boot, 0, at, 0);
    }

    private static List<JobReading> readings(Random random) {
        List<JobReading> readings = new ArrayList<>();
        long cpu = 0;
        long gpu = 0;
        long egress = 0;
        long boot = 1;
        int size = 1 + random.nextInt(240);
        for (int i = 0; i < size; i++) {
            cpu += random.nextInt(10_000);
            gpu += random.nextInt(3) == 0 ? random.nextInt(5_000) : 0;
            egress += random.nextInt(1_000_000);
            int event = random.nextInt(40);
            if (event == 0) {
                boot++;
                cpu = random.nextInt(1_000);
                gpu = 0;
                egress = 0;
            } else if (event == 1) {
                cpu = cpu / 2; // falls without a boot
            }
            if (random.nextInt(10) > 0) {
                readings.add(new JobReading(
                        START + i * 10_000L + random.nextInt(10_000),
                        new UsageCounters(cpu, gpu, egress),
                        random.nextInt(15) == 0 ? null : boot,
                        0,
                        i,
                        0));
            }
        }
        return readings;
    }

    /** All readings in order, one loop. */
    private static Map<Long, UsageCounters> reference(List<JobReading> readings) {
        List<JobReading> ordered = new ArrayList<>(readings);
        ordered.sort(Comparator.comparingLong(JobReading::at)
                .thenComparingLong(reading -> reading.counters().cpuMillis()));
        Map<Long, long[]> used = new TreeMap<>();
        long[] max = new long[3];
        Long boot = null;
        for (JobReading reading : ordered) {
            if (reading.at() > ASSIGNMENT.untilMillis() + 30_000) {
                continue;
            }
            long[] now = {
                reading.counters().cpuMillis(),
                reading.counters().gpuMillis(),
                reading.counters().egressBytes()
            };
            boolean fell = now[0] < max[0] || now[1] < max[1] || now[2] < max[2];
            if (fell) {
                if (boot == null || reading.bootId() == null || boot.equals(reading.bootId())) {
                    continue;
                }
                max = new long[3];
            }
            long[] minute = used.computeIfAbsent(reading.at() / 60_000, key -> new long[3]);
            for (int i = 0; i < 3; i++) {
                minute[i] += now[i] - max[i];
            }
            max = now;
            boot = reading.bootId() == null ? boot : reading.bootId();
        }
        Map<Long, UsageCounters> result = new TreeMap<>();
        used.forEach((minute, sums) -> {
            if (sums[0] + sums[1] + sums[2] > 0) {
                result.put(minute, new UsageCounters(sums[0], sums[1], sums[2]));
            }
        });
        return result;
    }

    private static JobSeries copy(JobSeries series) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        series.write(new DataOutputStream(bytes));
        return JobSeries.read(new DataInputStream(new ByteArrayInputStream(bytes.toByteArray())));
    }

    private static final class Collected implements JobSeries.Results {

        private final List<Change> changes = new ArrayList<>();
        private final List<UsageRefusal> refusals = new ArrayList<>();
        private final Map<Long, Change> newest = new TreeMap<>();

        @Override
        public void changed(Change change) {
            Change before = newest.put(change.minute(), change);
            assertThat(change.revision()).isEqualTo(before == null ? 0 : before.revision() + 1);
            assertThat(change.before()).isEqualTo(before == null ? UsageCounters.ZERO : before.after());
            changes.add(change);
        }

        @Override
        public void refused(JobReading reading, UsageRefusal refusal) {
            refusals.add(refusal);
        }

        Map<Long, UsageCounters> latest() {
            Map<Long, UsageCounters> latest = new TreeMap<>();
            newest.forEach((minute, change) -> {
                if (!change.after().isZero()) {
                    latest.put(minute, change.after());
                }
            });
            return latest;
        }
    }
}
