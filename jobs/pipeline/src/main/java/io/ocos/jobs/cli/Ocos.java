package io.ocos.jobs.cli;

import io.ocos.jobs.archive.ArchiveException;
import io.ocos.rewardssettlement.domain.submission.ChainUnavailableException;
import io.ocos.schemas.config.ConfigException;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The command line: {@code ./ocos COMMAND}. */
@Command(
        name = "ocos",
        description = "Metering, reputation, rewards and settlement for a decentralized cloud.",
        mixinStandardHelpOptions = true,
        version = "0.1.0",
        subcommands = {
            CommandLine.HelpCommand.class,
            AgentCommand.class,
            ArchiveCommand.class,
            BenchCommand.class,
            ChainFollowerCommand.class,
            ClaimCommand.class,
            DaoCommand.class,
            DemoCommand.class,
            DisputeCommand.class,
            FleetCommand.class,
            FlinkCommand.class,
            GatewayCommand.class,
            InvoiceCommand.class,
            JobProgressCommand.class,
            KeysCommand.class,
            MigrateCommand.class,
            ProofCommand.class,
            QueryCommand.class,
            ReconcileCommand.class,
            RegistryCommand.class,
            ReplayCommand.class,
            SlaCommand.class,
            StackCommand.class,
            StatusCommand.class,
            StopCommand.class,
            SubmitterCommand.class,
            TreasuryCommand.class,
            UsageCommand.class,
            VerifyBatchCommand.class
        })
public final class Ocos {

    private Ocos() {}

    public static void main(String[] arguments) {
        ParentPipe.watch();
        System.exit(commandLine().execute(arguments));
    }

    /** The commands; their exit code is 0, 1 after a failure, 2 for what was given wrongly. */
    public static CommandLine commandLine() {
        return new CommandLine(new Ocos()).setExecutionExceptionHandler((e, command, result) -> {
            if (e instanceof ConfigException
                    || e instanceof ArchiveException
                    || e instanceof ChainUnavailableException) {
                command.getErr().println("ocos: " + e.getMessage());
                return command.getCommandSpec().exitCodeOnInvalidInput();
            }
            throw e;
        });
    }
}
