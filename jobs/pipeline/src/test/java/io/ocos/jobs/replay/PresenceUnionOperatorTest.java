package io.ocos.jobs.replay;

import static org.assertj.core.api.Assertions.assertThat;

import io.ocos.jobs.rewardpipeline.domain.NodeFact;
import io.ocos.schemas.domain.Address;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PresenceUnionOperatorTest {

    /** Few, so that slots are missing. */
    private static final int ENVELOPES = 40;

    private static final int NODES = 5;
    private static final int MINUTES = 7;

    @SuppressWarnings("try") // The harness declares any exception; nothing interrupts it.
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 10, NODES * MINUTES, 1_000})
    void theSlotsOfEveryMinuteStayWhatTheyAre(int maxMinutes) throws Exception {
        Random random = new Random(maxMinutes);
        List<NodeFact> all = new ArrayList<>();
        for (int i = 0; i < ENVELOPES; i++) {
            all.add(new NodeFact.Presence(
                    new Address(0, 0, random.nextInt(NODES)), random.nextInt(MINUTES), 1 << random.nextInt(6), 0, i));
        }
        List<NodeFact> united;
        try (OneInputStreamOperatorTestHarness<NodeFact, NodeFact> harness =
                new OneInputStreamOperatorTestHarness<>(new PresenceUnion(maxMinutes))) {
            harness.open();
            for (NodeFact fact : all) {
                harness.processElement(fact, 0);
            }
            harness.endInput();
            united = harness.extractOutputValues();
        }

        assertThat(slots(united)).isEqualTo(slots(all));
        assertThat(united.size()).isLessThanOrEqualTo(ENVELOPES);
        if (maxMinutes >= NODES * MINUTES) {
            assertThat(united).hasSameSizeAs(slots(all).keySet());
        }
    }

    private static Map<String, Integer> slots(List<NodeFact> facts) {
        Map<String, Integer> slots = new HashMap<>();
        for (NodeFact fact : facts) {
            slots.merge(fact.node() + " " + fact.minute(), ((NodeFact.Presence) fact).bits(), (a, b) -> a | b);
        }
        return slots;
    }
}
