package io.ocos.ingest.domain;

import io.ocos.schemas.domain.Address;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/** The sequence windows of all nodes, for use by several threads. */
public final class SequenceBook {

    private final ConcurrentHashMap<Address, SequenceWindow> windows = new ConcurrentHashMap<>();

    /** Works on the window of a node, alone: nobody else sees or changes it meanwhile. */
    public <T> T with(Address node, Function<SequenceWindow, T> work) {
        SequenceWindow window = windows.computeIfAbsent(node, key -> new SequenceWindow());
        synchronized (window) {
            return work.apply(window);
        }
    }
}
