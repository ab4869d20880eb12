package io.ocos.jobs.cli;

import io.ocos.jobs.runtime.FlinkRuntime;
import io.ocos.jobs.runtime.FlinkRuntimeConfig;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code ocos flink}. */
@Command(
        name = "flink",
        description = "Runs the Flink jobs of the configuration in a cluster in this process.",
        mixinStandardHelpOptions = true)
final class FlinkCommand implements Callable<Integer> {

    @Mixin
    private ConfigOptions config = new ConfigOptions();

    @Override
    public Integer call() {
        return ProcessRunner.run(FlinkRuntime.start(config.load(FlinkRuntimeConfig.class)));
    }
}
