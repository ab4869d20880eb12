package io.ocos.jobs.cli;

import picocli.CommandLine.Command;

/** {@code ./ocos bench NAME}: measures speed on this machine. */
@Command(
        name = "bench",
        description = "Measures speed on this machine.",
        mixinStandardHelpOptions = true,
        subcommands = {
            BenchGatewayCommand.class,
            BenchMerkleCommand.class,
            BenchReplayCommand.class,
            BenchSettlementCommand.class,
            BenchUsageCommand.class
        })
final class BenchCommand {}
