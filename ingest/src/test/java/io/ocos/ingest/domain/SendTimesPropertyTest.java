package io.ocos.ingest.domain;

import static org.assertj.core.api.Assertions.assertThat;

import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Minutes;
import java.nio.ByteBuffer;
import java.util.stream.LongStream;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;

class SendTimesPropertyTest {

    @Property
    void onceInEachSlotNearItsMiddle(
            @ForAll long node,
            @ForAll @IntRange(max = SendTimes.MAX_SPREAD_MILLIS) int spread,
            @ForAll @LongRange(min = 0, max = 4_000_000_000_000L) long now) {
        SendTimes times = SendTimes.of(address(node), spread);

        long first = times.after(now);
        long second = times.after(first);

        assertThat(first).isGreaterThan(now).isLessThanOrEqualTo(now + Minutes.SLOT_MILLIS);
        assertThat(second - first).isEqualTo(Minutes.SLOT_MILLIS);
        assertThat(first % Minutes.SLOT_MILLIS).isBetween(5_000L - spread, 5_000L + spread);
        assertThat(SendTimes.endOfSlot(first) - first).isBetween(5_000L - spread, 5_000L + spread);
    }

    @Example
    void nodesAreSpreadOverTheirRange() {
        long distinct = LongStream.range(0, 1_000)
                .map(node -> SendTimes.of(address(node), 1_000).offsetMillis())
                .distinct()
                .count();
        assertThat(distinct).isGreaterThan(500);
        assertThat(LongStream.range(0, 10)
                        .map(node -> SendTimes.of(address(node), 0).offsetMillis()))
                .containsOnly(5_000L);
    }

    private static Address address(long node) {
        return Address.of(ByteBuffer.allocate(Address.BYTES).putLong(node).array(), 0);
    }
}
