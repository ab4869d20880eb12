package io.ocos.jobs.cli;

import io.ocos.ingest.config.JobProgressConfig;
import io.ocos.ingest.io.JobProgress;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code ./ocos job-progress}: the writer of job-events while there is no dispatcher. */
@Command(
        name = "job-progress",
        description = "Writes a PROGRESS record to topic job-events each second.",
        mixinStandardHelpOptions = true)
final class JobProgressCommand implements Callable<Integer> {

    @Mixin
    private ConfigOptions options = new ConfigOptions();

    @Override
    public Integer call() {
        return ProcessRunner.run(JobProgress.start(options.load(JobProgressConfig.class)));
    }
}
