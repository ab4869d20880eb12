package io.ocos.jobs.rewardpipeline;

import io.ocos.schemas.avro.ChainEvent;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;

/** Chains whose block times do not rise with their numbers: blocks of a world that have swapped their numbers. */
final class BlockTimes {

    private BlockTimes() {}

    /** Any block has any number: no stream could be of this chain, since most events would be late. */
    static List<ChainEvent> shuffled(List<ChainEvent> events, Random random) {
        List<Long> numbers = new ArrayList<>(byNumber(events).keySet());
        List<Long> others = new ArrayList<>(numbers);
        Collections.shuffle(others, random);
        Map<Long, Long> renumbered = new HashMap<>();
        for (int i = 0; i < numbers.size(); i++) {
            renumbered.put(numbers.get(i), others.get(i));
        }
        return renumbered(events, renumbered);
    }

    /** Neighbours are swapped, as far as none of their events comes after its minute is closed (SPEC 13). */
    static List<ChainEvent> disordered(List<ChainEvent> events, Random random) {
        NavigableMap<Long, Long> times = byNumber(events);
        List<Long> numbers = new ArrayList<>(times.keySet());
        Map<Long, Long> renumbered = new HashMap<>();
        numbers.forEach(number -> renumbered.put(number, number));
        for (int i = 0; i + 1 < numbers.size(); i++) {
            Long early = numbers.get(i);
            Long late = numbers.get(i + 1);
            long effectiveMinute = (Objects.requireNonNull(times.get(early)) + 59) / 60;
            if (Objects.requireNonNull(times.get(late)) <= 60 * (effectiveMinute + 1) && random.nextBoolean()) {
                renumbered.put(early, late);
                renumbered.put(late, early);
                i++;
            }
        }
        return renumbered(events, renumbered);
    }

    private static NavigableMap<Long, Long> byNumber(List<ChainEvent> events) {
        TreeMap<Long, Long> times = new TreeMap<>();
        events.forEach(event -> times.put(event.getBlockNumber(), event.getBlockTime()));
        return times;
    }

    private static List<ChainEvent> renumbered(List<ChainEvent> events, Map<Long, Long> numbers) {
        return events.stream()
                .map(event -> ChainEvent.newBuilder(event)
                        .setBlockNumber(numbers.getOrDefault(event.getBlockNumber(), event.getBlockNumber()))
                        .build())
                .toList();
    }
}
