package io.ocos.schemas.domain;

import java.math.BigInteger;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Every value a parameter ever had, looked up by minute and never "as current" (SPEC 4, DESIGN 2). Changes may be added in
 * any order. Not safe for use by several threads.
 */
public final class ParameterHistory {

    /**
     * A {@code ParameterSet} event.
     *
     * @param minute its effective minute
     */
    public record Change(long minute, long blockNumber, long logIndex, Hash32 key, BigInteger value) {}

    private record Position(long blockNumber, long logIndex) {}

    private static final Comparator<Position> CHAIN_ORDER =
            Comparator.comparingLong(Position::blockNumber).thenComparingLong(Position::logIndex);

    private final NavigableMap<Position, Change> changes = new TreeMap<>(CHAIN_ORDER);
    private final List<HeldParameter> held;
    private @Nullable NavigableMap<Long, Parameters> byMinute;

    /** Values as they were voted. */
    public ParameterHistory() {
        this(List.of());
    }

    /** Values as they were voted, but for some that are held. */
    public ParameterHistory(List<HeldParameter> held) {
        this.held = held.stream().sorted().toList();
    }

    /** Adds a change; one that is known already changes nothing. */
    public void add(Change change) {
        changes.put(new Position(change.blockNumber(), change.logIndex()), change);
        byMinute = null;
    }

    /** The parameters as at a minute: every change with an effective minute up to it, in chain order; then what is held. */
    public Parameters at(long minute) {
        Map.Entry<Long, Parameters> entry = index().floorEntry(minute);
        return entry == null ? Parameters.DEFAULTS : entry.getValue();
    }

    private NavigableMap<Long, Parameters> index() {
        NavigableMap<Long, Parameters> index = byMinute;
        if (index == null) {
            index = held(voted());
            byMinute = index;
        }
        return index;
    }

    /** A change counts from its minute on unless a later one of its key does already: block times may go back. */
    private NavigableMap<Long, Parameters> voted() {
        NavigableMap<Long, Parameters> index = new TreeMap<>();
        Map<Hash32, Position> newest = new HashMap<>();
        Parameters current = Parameters.DEFAULTS;
        for (Change change : changes.values().stream()
                .sorted(Comparator.comparingLong(Change::minute))
                .toList()) {
            Position position = new Position(change.blockNumber(), change.logIndex());
            Position before = newest.get(change.key());
            if (before == null || CHAIN_ORDER.compare(position, before) > 0) {
                newest.put(change.key(), position);
                current = current.with(change.key(), change.value());
            }
            index.put(change.minute(), current);
        }
        return index;
    }

    private NavigableMap<Long, Parameters> held(NavigableMap<Long, Parameters> voted) {
        if (held.isEmpty()) {
            return voted;
        }
        NavigableMap<Long, Parameters> index = new TreeMap<>(voted);
        held.forEach(each -> index.put(each.fromMinute(), Parameters.DEFAULTS));
        index.replaceAll((minute, replaced) -> {
            Map.Entry<Long, Parameters> entry = voted.floorEntry(minute);
            Parameters parameters = entry == null ? Parameters.DEFAULTS : entry.getValue();
            for (HeldParameter each : held) {
                parameters = each.fromMinute() <= minute ? parameters.with(each.key(), each.value()) : parameters;
            }
            return parameters;
        });
        return index;
    }
}
