package io.ocos.jobs.replay;

import io.ocos.schemas.config.ConfigException;
import io.ocos.schemas.domain.Address;
import java.nio.file.Path;

/**
 * What a replay is asked for (SPEC 13).
 *
 * @param out directory of the output; missing, or empty
 * @param chainId EIP-155 chain id under which nodes sign
 * @param registry NodeRegistry contract under which nodes sign
 * @param epochMinutes length of an epoch, at least 1
 * @param untilMillis every minute that ends by then is closed, ms ≥ 0
 * @param verifySignatures false skips all of E1
 * @param skipUnreadable keeps unreadable lines in {@code rejected.jsonl} and goes on
 * @param parallelism subtasks of each operator, at least 1
 */
public record ReplaySettings(
        Path out,
        long chainId,
        Address registry,
        long epochMinutes,
        long untilMillis,
        boolean verifySignatures,
        boolean skipUnreadable,
        int parallelism) {

    public ReplaySettings {
        require("--chain-id", chainId, 0);
        require("--epoch-minutes", epochMinutes, 1);
        require("--until", untilMillis, 0);
        require("--parallelism", parallelism, 1);
    }

    private static void require(String option, long value, long min) {
        if (value < min) {
            throw new ConfigException("%s %d, expected at least %d".formatted(option, value, min));
        }
    }
}
