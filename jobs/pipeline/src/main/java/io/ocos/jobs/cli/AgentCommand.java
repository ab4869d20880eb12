package io.ocos.jobs.cli;

import io.ocos.ingest.config.AgentConfig;
import io.ocos.ingest.io.Agent;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code ./ocos agent}: runs the agent of this machine until it is stopped. */
@Command(
        name = "agent",
        description = "Measures this machine and sends signed telemetry; see docs/operations/agent.md.",
        mixinStandardHelpOptions = true)
final class AgentCommand implements Callable<Integer> {

    @Mixin
    private ConfigOptions configuration = new ConfigOptions();

    @Override
    public Integer call() {
        return ProcessRunner.run(Agent.start(configuration.load(AgentConfig.class)));
    }
}
