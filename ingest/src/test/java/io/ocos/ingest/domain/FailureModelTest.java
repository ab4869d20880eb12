package io.ocos.ingest.domain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.ocos.ingest.domain.Availability.Uptime;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class FailureModelTest {

    private static final long START = 1_790_000_000_000L;

    @Test
    void anyTimeCanBeAskedInAnyOrder() {
        FailureModel forwards = new FailureModel(3, 150, 10);
        FailureModel other = new FailureModel(3, 150, 10);
        for (long t = START; t < START + 86_400_000L * 2; t += 3_600_000) {
            Optional<Uptime> expected = forwards.uptime(4, t);
            other.uptime(4, t + 86_400_000L * 3);
            assertThat(other.uptime(4, t)).isEqualTo(expected);
        }
    }

    @Test
    void aBootLastsUntilTheNextOutage() {
        FailureModel model = new FailureModel(3, 2_000, 10);
        int outages = 0;
        for (int node = 0; node < 20; node++) {
            Optional<Uptime> before = model.uptime(node, START);
            for (long t = START + 1_000; t < START + 3_600_000; t += 1_000) {
                Optional<Uptime> now = model.uptime(node, t);
                if (before.isPresent() && now.isEmpty()) {
                    outages++;
                } else if (before.isPresent()
                        && now.get().bootId() == before.get().bootId()) {
                    assertThat(now.get().millis()).isEqualTo(before.get().millis() + 1_000);
                } else if (now.isPresent()) {
                    assertThat(now.get().millis()).isLessThan(1_000);
                }
                before = now;
            }
        }
        assertThat(outages).isPositive();
    }

    @Test
    void longRunShareOfNodesUpIsTheModels() {
        FailureModel model = new FailureModel(5, 150, 10);
        long up = 0;
        long asked = 0;
        for (int node = 0; node < 2_000; node++) {
            for (int hour = 0; hour < 24; hour += 4) {
                up += model.uptime(node, START + hour * 3_600_000L).isPresent() ? 1 : 0;
                asked++;
            }
        }
        assertThat(model.shareUp()).isCloseTo(0.952, within(0.001));
        assertThat((double) up / asked).isCloseTo(model.shareUp(), within(0.015));
    }
}
