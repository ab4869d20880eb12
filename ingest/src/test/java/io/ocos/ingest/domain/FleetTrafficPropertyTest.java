package io.ocos.ingest.domain;

import static org.assertj.core.api.Assertions.assertThat;

import io.ocos.ingest.domain.FleetTraffic.Disturbances;
import io.ocos.ingest.domain.FleetTraffic.Emission;
import io.ocos.ingest.domain.FleetTraffic.Kind;
import io.ocos.metering.domain.TelemetryPayload.Sample;
import io.ocos.schemas.domain.Minutes;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;

class FleetTrafficPropertyTest {

    private static final int NODES = 12;

    @Property(tries = 40)
    void everyEmissionStaysInItsSlotAndIsRepeatable(
            @ForAll @LongRange(min = 0, max = 1_000) long seed,
            @ForAll @LongRange(min = 100_000_000, max = 400_000_000) long slot,
            @ForAll @IntRange(max = 1_000_000) int share) {
        Disturbances disturbances = new Disturbances(share, 60_000, share, share, share);
        FleetTraffic traffic = traffic(seed, disturbances);
        long start = slot * Minutes.SLOT_MILLIS;

        List<Emission> emissions = traffic.slot(start);

        assertThat(emissions).isEqualTo(traffic(seed, disturbances).slot(start));
        assertThat(emissions).isSortedAccordingTo((a, b) -> Long.compare(a.writtenAt(), b.writtenAt()));
        Set<Integer> genuine = new HashSet<>();
        for (Emission emission : emissions) {
            assertThat(emission.signedAt()).isBetween(start + 3_000, start + 7_000);
            assertThat(emission.receivedAt()).isBetween(emission.signedAt(), start + Minutes.SLOT_MILLIS - 1);
            assertThat(emission.writtenAt()).isBetween(emission.receivedAt(), start + Minutes.SLOT_MILLIS - 1);
            if (emission.kind() == Kind.GENUINE) {
                assertThat(genuine.add(emission.node())).isTrue();
            }
        }
        assertThat(genuine).hasSizeLessThanOrEqualTo(NODES);
    }

    @Property(tries = 10)
    void sequencesGrowAndCountersOfABootNeverFall(@ForAll @LongRange(min = 0, max = 1_000) long seed) {
        FleetTraffic traffic = traffic(seed, Disturbances.NONE);
        Map<Integer, Long> sequences = new HashMap<>();
        Map<List<Long>, Long> received = new HashMap<>();
        for (long slot = 180_000_000; slot < 180_000_500; slot++) {
            for (Emission emission : traffic.slot(slot * Minutes.SLOT_MILLIS)) {
                Long before = sequences.put(emission.node(), emission.sequence());
                assertThat(before == null || before < emission.sequence()).isTrue();
                Sample sample = traffic.sample(emission);
                Long bytes = received.put(List.of((long) emission.node(), sample.bootId()), sample.rxBytes());
                assertThat(bytes == null || bytes <= sample.rxBytes()).isTrue();
            }
        }
        assertThat(sequences).isNotEmpty();
    }

    private static FleetTraffic traffic(long seed, Disturbances disturbances) {
        return new FleetTraffic(FleetPlan.of(seed, NODES), new FailureModel(seed, 3_000, 10), disturbances);
    }
}
