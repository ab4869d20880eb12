package io.ocos.ingest.domain;

import static org.assertj.core.api.Assertions.assertThat;

import io.ocos.ingest.domain.SequenceWindow.Verdict;
import io.ocos.schemas.domain.Hash32;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;

/** The window against the plainest model of E4: a sorted map of everything accepted, of which the 1 024 highest count. */
class SequenceWindowPropertyTest {

    private enum Action {
        OFFER,
        LEARN,
        WITHDRAW
    }

    private record Step(Action action, long sequence, Hash32 digest) {}

    /** Keeps all that was ever accepted. */
    private static final class Model {

        private final TreeMap<Long, Hash32> accepted = new TreeMap<>();
        private long forgotten = -1;

        Verdict offer(long sequence, Hash32 digest) {
            Verdict verdict = look(sequence, digest);
            if (verdict == Verdict.FRESH) {
                accept(sequence, digest);
            }
            return verdict;
        }

        Verdict look(long sequence, Hash32 digest) {
            Hash32 before = accepted.get(sequence);
            if (before != null) {
                return before.equals(digest) ? Verdict.REPEATED : Verdict.EQUIVOCATION;
            }
            if (isBelow(sequence)) {
                return Verdict.TOO_LOW;
            }
            long highest = accepted.isEmpty() ? forgotten : accepted.lastKey();
            long bound = highest < 0
                    ? SequenceWindow.MAX_FIRST
                    : highest > Long.MAX_VALUE - SequenceWindow.MAX_JUMP
                            ? Long.MAX_VALUE
                            : highest + SequenceWindow.MAX_JUMP;
            return sequence > bound ? Verdict.TOO_HIGH : Verdict.FRESH;
        }

        void learn(long sequence, Hash32 digest) {
            if (!accepted.containsKey(sequence) && !isBelow(sequence)) {
                accept(sequence, digest);
            }
        }

        void withdraw(long sequence, Hash32 digest) {
            accepted.remove(sequence, digest);
        }

        private boolean isBelow(long sequence) {
            return sequence <= forgotten || (accepted.size() == SequenceWindow.SIZE && sequence < accepted.firstKey());
        }

        private void accept(long sequence, Hash32 digest) {
            accepted.put(sequence, digest);
            if (accepted.size() > SequenceWindow.SIZE) {
                forgotten = accepted.pollFirstEntry().getKey();
            }
        }
    }

    @Property(tries = 300)
    void answersAsTheModel(@ForAll("steps") List<Step> steps) {
        SequenceWindow window = new SequenceWindow();
        Model model = new Model();
        for (Step step : steps) {
            switch (step.action()) {
                case OFFER ->
                    assertThat(window.offer(step.sequence(), step.digest()))
                            .isEqualTo(model.offer(step.sequence(), step.digest()));
                case LEARN -> {
                    window.learn(step.sequence(), step.digest());
                    model.learn(step.sequence(), step.digest());
                }
                case WITHDRAW -> {
                    window.withdraw(step.sequence(), step.digest());
                    model.withdraw(step.sequence(), step.digest());
                }
            }
            assertThat(window.contains(step.sequence())).isEqualTo(model.accepted.containsKey(step.sequence()));
        }
        for (Map.Entry<Long, Hash32> entry : model.accepted.entrySet()) {
            assertThat(window.look(entry.getKey(), entry.getValue())).isEqualTo(Verdict.REPEATED);
        }
    }

    @Example
    void keepsThe1024Highest() {
        SequenceWindow window = new SequenceWindow();
        for (long sequence = 0; sequence <= SequenceWindow.SIZE; sequence++) {
            assertThat(window.offer(sequence, Hash32.ZERO)).isEqualTo(Verdict.FRESH);
        }
        assertThat(window.look(0, Hash32.ZERO)).isEqualTo(Verdict.TOO_LOW);
        assertThat(window.look(1, Hash32.ZERO)).isEqualTo(Verdict.REPEATED);
        assertThat(window.look(SequenceWindow.SIZE + SequenceWindow.MAX_JUMP, Hash32.ZERO))
                .isEqualTo(Verdict.FRESH);
        assertThat(window.look(SequenceWindow.SIZE + SequenceWindow.MAX_JUMP + 1, Hash32.ZERO))
                .isEqualTo(Verdict.TOO_HIGH);
    }

    /** Mostly neighbours, so that the window fills, wraps and is hit again; now and then the edges of the range. */
    @Provide
    Arbitrary<List<Step>> steps() {
        Arbitrary<Long> sequences = Arbitraries.frequencyOf(
                Tuple.of(40, Arbitraries.longs().between(0, 2_600)),
                Tuple.of(1, Arbitraries.longs().between(0, Long.MAX_VALUE)),
                Tuple.of(1, Arbitraries.of(0L, 1L << 32, (1L << 32) + 1, Long.MAX_VALUE)));
        Arbitrary<Action> actions = Arbitraries.frequency(
                Tuple.of(20, Action.OFFER), Tuple.of(4, Action.LEARN), Tuple.of(1, Action.WITHDRAW));
        Arbitrary<Hash32> digests = Arbitraries.of(Hash32.ZERO, new Hash32(0, 0, 0, 1));
        return Combinators.combine(actions, sequences, digests)
                .as(Step::new)
                .list()
                .ofMinSize(0)
                .ofMaxSize(4_000);
    }
}
