package io.ocos.schemas.config;

import java.util.concurrent.CompletableFuture;

/** A running process of the system: started by its factory, stopped by {@link #close()}. */
public interface Service extends AutoCloseable {

    /**
     * Completes when the service has ended by itself: normally when its work is done, exceptionally when it failed and
     * must not go on (the process then ends with exit code 1, and its supervisor starts it anew).
     */
    CompletableFuture<Void> terminated();

    /** Stops cleanly: takes no new work, finishes what was begun, releases what it holds. May be called more than once. */
    @Override
    void close();
}
