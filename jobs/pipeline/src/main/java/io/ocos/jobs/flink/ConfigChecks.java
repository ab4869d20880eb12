package io.ocos.jobs.flink;

import org.jspecify.annotations.Nullable;

/** What the configurations of jobs check in their constructors; each failure is one line that names the key. */
public final class ConfigChecks {

    private ConfigChecks() {}

    /**
     * Refuses a key that is not set.
     *
     * @throws IllegalArgumentException when it is not
     */
    public static void required(String key, @Nullable Object value) {
        if (value == null) {
            throw new IllegalArgumentException("%s is missing".formatted(key));
        }
    }

    /**
     * A value, or the default where it is not set.
     *
     * @throws IllegalArgumentException when it is not in {@code min} … {@code max}
     */
    public static int inRange(String key, @Nullable Integer value, int absent, int min, int max) {
        int given = value == null ? absent : value;
        if (given < min || given > max) {
            throw new IllegalArgumentException("%s %d, expected %d … %d".formatted(key, given, min, max));
        }
        return given;
    }
}
