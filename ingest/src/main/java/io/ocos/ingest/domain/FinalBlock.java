package io.ocos.ingest.domain;

import io.ocos.ingest.domain.RefusedLogException.Reason;
import java.util.List;
import java.util.Map;

/**
 * A block at least {@code confirmations} deep, and what it holds of the followed contracts.
 *
 * @param events in the order of their log indexes
 * @param refused logs that are kept with a reason
 * @param ignored logs that are not of a followed contract, or of none of its events that are taken
 * @param outOfOrder logs that came before one with a smaller index
 */
public record FinalBlock(BlockHeader header, List<Event> events, List<Refused> refused, int ignored, int outOfOrder) {

    /**
     * A decoded log.
     *
     * @param args by name, as {@link AbiType} writes them
     */
    public record Event(EvmLog log, String name, Map<String, String> args) {

        public Event {
            args = Map.copyOf(args);
        }
    }

    /** A log that is no event, and why. */
    public record Refused(EvmLog log, Reason reason, String detail) {}

    public FinalBlock {
        events = List.copyOf(events);
        refused = List.copyOf(refused);
    }
}
