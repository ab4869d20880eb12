package io.ocos.jobs.cli;

import io.ocos.jobs.submitter.SubmitterConfig;
import io.ocos.jobs.submitter.SubmitterService;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code ./ocos submitter}: runs a submitter until it is stopped. */
@Command(
        name = "submitter",
        description = "Proposes settlement batches on chain, and finalizes them; see docs/operations/submitter.md.",
        mixinStandardHelpOptions = true)
final class SubmitterCommand implements Callable<Integer> {

    @Mixin
    private ConfigOptions configuration = new ConfigOptions();

    @Override
    public Integer call() {
        return ProcessRunner.run(SubmitterService.start(configuration.load(SubmitterConfig.class)));
    }
}
