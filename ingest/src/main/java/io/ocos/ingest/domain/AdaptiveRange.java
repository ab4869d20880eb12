package io.ocos.ingest.domain;

/** How much is asked for at once: halved each time that it was too much, grown by a quarter each time that it was not. */
public final class AdaptiveRange {

    private final int max;
    private int size;

    /** @param max what it begins with and never exceeds, ≥ 1 */
    public AdaptiveRange(int max) {
        this.max = max;
        this.size = max;
    }

    /** 1 … max. */
    public int size() {
        return size;
    }

    /** It was too much. */
    public void halve() {
        size = Math.max(1, size / 2);
    }

    /** It was not too much. */
    public void grow() {
        size = Math.min(max, size + Math.max(1, size / 4));
    }
}
