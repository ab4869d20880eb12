package io.ocos.jobs.cli;

import io.ocos.jobs.treasury.Correction;
import io.ocos.jobs.treasury.Treasury;
import io.ocos.schemas.config.ConfigException;
import io.ocos.schemas.domain.TokenAmount;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code ./ocos treasury correct}; see {@link Correction}. */
@Command(
        name = "correct",
        description = "Prepares the guardian's withhold and adjust transactions from the difference of two replays."
                + " Sends nothing.",
        mixinStandardHelpOptions = true)
final class TreasuryCorrectCommand implements Callable<Integer> {

    @Mixin
    private TreasuryOptions options = new TreasuryOptions();

    @Option(
            names = "--before",
            required = true,
            paramLabel = "DIR",
            description = "Output of the replay that gives what was paid.")
    private Path before = Path.of("");

    @Option(
            names = "--after",
            required = true,
            paramLabel = "DIR",
            description = "Output of the replay of the same minutes that gives what is right.")
    private Path after = Path.of("");

    @Option(
            names = "--reason",
            required = true,
            paramLabel = "TEXT",
            description = "For people, kept on chain: the evidence, or where it is found.")
    private String reason = "";

    @Option(
            names = "--out",
            paramLabel = "FILE",
            defaultValue = "correction.json",
            description =
                    "The transactions, for the transaction builder of a Safe multisig; default: ${DEFAULT-VALUE}.")
    private Path out = Path.of("correction.json");

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        if (reason.isBlank()) {
            throw new ConfigException("--reason is empty, expected the evidence, or where it is found");
        }
        PrintWriter console = spec.commandLine().getOut();
        try (Treasury treasury = options.open()) {
            TokenAmount largest =
                    treasury.chain().state(treasury.chain().head()).contract().epochCap();
            Correction correction = Correction.between(before, after, largest, reason);
            if (correction.steps().isEmpty()) {
                console.println("no payee has another amount: nothing to correct");
                console.flush();
                return 0;
            }
            write(correction.json(treasury.deployment(), reason));
            correction
                    .steps()
                    .forEach(step -> console.printf(
                            "%-8s %s %30s OCOS  %s%n",
                            step.action(), step.payee(), step.amount().toOcos(), step.data()));
            console.printf(
                    "%d transactions to %s: withhold %s wei, adjust %s wei; written to %s, nothing was sent%n",
                    correction.steps().size(),
                    treasury.deployment().settlement(),
                    correction.total(Correction.Action.WITHHOLD),
                    correction.total(Correction.Action.ADJUST),
                    out);
        }
        console.flush();
        return 0;
    }

    private void write(String json) {
        try {
            Files.writeString(out, json);
        } catch (IOException e) {
            throw new ConfigException("--out %s: cannot be written: %s".formatted(out, e), e);
        }
    }
}
