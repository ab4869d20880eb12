package io.ocos.metering.domain.usage;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

class StorageSeriesPropertyTest {

    private static final long START = 483_000L * 3_600_000;
    private static final long LAST_HOUR = 483_003;

    private record Value(long at, long bytes) {}

    private record Arrival(Value value, long at) {}

    /** Times are whole seconds, so that the reference may go from second to second. */
    @Property(tries = 100)
    void usageIsThatOfThePlainestReference(@ForAll long seed) throws IOException {
        Random random = new Random(seed);
        List<Arrival> arrivals = new ArrayList<>();
        List<Value> values = new ArrayList<>();
        long at = START + 1_000L * random.nextInt(3_600);
        while (at < START + 3 * 3_600_000) {
            Value value = new Value(at, random.nextInt(5) == 0 ? 0 : random.nextLong(1L << 50));
            values.add(value);
            long delay = random.nextInt(5) == 0 ? random.nextInt(1_800_000) : random.nextInt(9_000);
            arrivals.add(new Arrival(value, at + delay));
            if (random.nextInt(10) == 0) {
                arrivals.add(new Arrival(value, at + random.nextInt(1_800_000)));
            }
            at += random.nextInt(12) == 0 ? 1_000L * random.nextInt(1_500) : 1_000L * random.nextInt(60);
        }
        arrivals.sort(Comparator.comparingLong(Arrival::at));

        Map<Long, StorageSeries.Change> newest = new TreeMap<>();
        StorageSeries.Results results = change -> {
            StorageSeries.Change before = newest.put(change.hour(), change);
            assertThat(change.revision()).isEqualTo(before == null ? 0 : before.revision() + 1);
            assertThat(change.before()).isEqualTo(before == null ? BigInteger.ZERO : before.after());
        };
        StorageSeries series = new StorageSeries();
        long closed = -1;
        for (Arrival arrival : arrivals) {
            long last = (arrival.at() - 40_000) / 60_000 - 1;
            if (last > closed) {
                closed = last;
                series.close(last, results);
                series = random.nextInt(10) == 0 ? copy(series) : series;
            }
            assertThat(series.add(arrival.value().at(), arrival.value().bytes()))
                    .isEmpty();
        }
        series.close((LAST_HOUR + 3) * 60, results);

        Map<Long, BigInteger> latest = new TreeMap<>();
        newest.forEach((hour, change) -> {
            if (change.after().signum() > 0) {
                latest.put(hour, change.after());
            }
        });
        assertThat(latest).isEqualTo(reference(values));
        assertThat(series.isActive()).isFalse();
    }

    @Example
    void aValueOfAFinalTimeIsLate() {
        StorageSeries series = new StorageSeries();
        series.add(START, 1);
        series.close(START / 60_000 + 40, change -> {});
        assertThat(series.add(START + 1, 2))
                .hasValueSatisfying(refusal -> assertThat(refusal.reason()).isEqualTo(UsageRefusal.Reason.LATE));
    }

    private static Map<Long, BigInteger> reference(List<Value> values) {
        TreeMap<Long, Long> smallest = new TreeMap<>();
        values.forEach(value -> smallest.merge(value.at(), value.bytes(), Math::min));
        Map<Long, BigInteger> used = new TreeMap<>();
        for (long at = START; at < START + 4 * 3_600_000; at += 1_000) {
            Map.Entry<Long, Long> value = smallest.floorEntry(at);
            if (value != null && at - value.getKey() < 600_000 && value.getValue() > 0) {
                used.merge(at / 3_600_000, BigInteger.valueOf(value.getValue() * 1_000), BigInteger::add);
            }
        }
        return used;
    }

    private static StorageSeries copy(StorageSeries series) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        series.write(new DataOutputStream(bytes));
        return StorageSeries.read(new DataInputStream(new ByteArrayInputStream(bytes.toByteArray())));
    }
}
