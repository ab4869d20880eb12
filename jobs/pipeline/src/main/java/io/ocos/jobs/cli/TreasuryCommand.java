package io.ocos.jobs.cli;

import picocli.CommandLine.Command;

/** {@code ./ocos treasury}: the DAO treasury's commands. */
@Command(
        name = "treasury",
        description = "What the DAO treasury does with settlement batches; see docs/operations/treasury.md.",
        mixinStandardHelpOptions = true,
        subcommands = {TreasuryListCommand.class})
final class TreasuryCommand {}
