package io.ocos.jobs.cli;

import io.ocos.ingest.config.GatewayConfig;
import io.ocos.ingest.io.Gateway;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code ./ocos gateway}: runs a gateway until it is stopped. */
@Command(
        name = "gateway",
        description = "Takes signed telemetry over HTTP into Kafka; see docs/operations/gateway.md.",
        mixinStandardHelpOptions = true)
final class GatewayCommand implements Callable<Integer> {

    @Mixin
    private ConfigOptions configuration = new ConfigOptions();

    @Override
    public Integer call() {
        return ProcessRunner.run(Gateway.start(configuration.load(GatewayConfig.class)));
    }
}
