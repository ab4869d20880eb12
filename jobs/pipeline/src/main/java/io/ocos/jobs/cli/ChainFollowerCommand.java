package io.ocos.jobs.cli;

import io.ocos.ingest.config.ChainFollowerConfig;
import io.ocos.ingest.io.ChainFollower;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code ./ocos chain-follower}: follows the contracts on the chain until it is stopped. */
@Command(
        name = "chain-follower",
        description =
                "Writes the contracts' events of confirmed blocks to Kafka; see docs/operations/chain-follower.md.",
        mixinStandardHelpOptions = true)
final class ChainFollowerCommand implements Callable<Integer> {

    @Mixin
    private ConfigOptions options = new ConfigOptions();

    @Override
    public Integer call() {
        return ProcessRunner.run(ChainFollower.start(options.load(ChainFollowerConfig.class)));
    }
}
