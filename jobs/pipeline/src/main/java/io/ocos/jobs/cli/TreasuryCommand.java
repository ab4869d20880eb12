package io.ocos.jobs.cli;

import picocli.CommandLine.Command;

/** {@code ./ocos treasury}: the DAO treasury's commands. */
@Command(
        name = "treasury",
        description = "What the DAO treasury does with settlement batches; see docs/operations/treasury.md.",
        mixinStandardHelpOptions = true,
        subcommands = {
            TreasuryCorrectCommand.class,
            TreasuryListCommand.class,
            TreasuryReviewCommand.class,
            TreasurySending.Adjust.class,
            TreasurySending.Finalize.class,
            TreasurySending.Fund.class,
            TreasurySending.Pause.class,
            TreasurySending.Release.class,
            TreasurySending.Resume.class,
            TreasurySending.Sweep.class,
            TreasurySending.Veto.class,
            TreasurySending.Withhold.class,
            TreasuryVerifyCommand.class
        })
final class TreasuryCommand {}
