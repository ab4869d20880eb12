package io.ocos.jobs.stack;

import io.ocos.schemas.config.ConfigException;
import org.jspecify.annotations.Nullable;

/**
 * What a run is asked for; null where the command line does not say, so that a directory's own values hold.
 *
 * @param demo whether simulated nodes and this machine's own agent take part; else the stack alone
 * @param nodes simulated nodes, 1 … 100 000; default 200, or all of {@code nodesCsv}
 * @param historyMinutes minutes of the past to load, 0 … 1 440; default 60
 * @param exitAfterMinutes when to stop by itself, ≥ 1; null = when stopped
 * @param nodesCsv nodes in the Alibaba openb format, absolute
 * @param outagesCsv outages in the LANL format, absolute
 */
public record StackOptions(
        boolean demo,
        @Nullable Integer nodes,
        @Nullable Integer historyMinutes,
        @Nullable Integer exitAfterMinutes,
        @Nullable String nodesCsv,
        @Nullable String outagesCsv) {

    static final int DEFAULT_NODES = 200;
    static final int DEFAULT_HISTORY_MINUTES = 60;

    public StackOptions {
        range("--nodes", nodes, 1, 100_000);
        range("--history", historyMinutes, 0, 1_440);
        range("--exit-after", exitAfterMinutes, 1, 1_000_000);
    }

    private static void range(String option, @Nullable Integer value, int least, int most) {
        if (value != null && (value < least || value > most)) {
            throw new ConfigException("%s %d, expected %d … %d".formatted(option, value, least, most));
        }
    }
}
