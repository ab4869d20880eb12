package io.ocos.jobs.cli;

import io.ocos.jobs.treasury.BatchList;
import io.ocos.jobs.treasury.BatchListText;
import io.ocos.jobs.treasury.Treasury;
import io.ocos.schemas.config.ConfigException;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code ./ocos treasury list}. */
@Command(
        name = "list",
        description =
                "Shows the batches: how far each is on chain, its total, and whether the treasury can pay for it.",
        mixinStandardHelpOptions = true)
final class TreasuryListCommand implements Callable<Integer> {

    /** How it is printed. */
    enum Format {
        text,
        json
    }

    @Mixin
    private TreasuryOptions options = new TreasuryOptions();

    @Option(
            names = "--last",
            paramLabel = "N",
            defaultValue = "50",
            description = "At most so many, the newest; default: ${DEFAULT-VALUE}.")
    private int last = 50;

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            defaultValue = "text",
            description = "text or json; default: ${DEFAULT-VALUE}.")
    private Format format = Format.text;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        if (last < 1) {
            throw new ConfigException("--last %d, expected at least 1".formatted(last));
        }
        PrintWriter out = spec.commandLine().getOut();
        try (Treasury treasury = options.open()) {
            BatchList list = BatchList.newest(treasury, last);
            if (format == Format.json) {
                out.println(BatchListText.json(list));
            } else {
                BatchListText.write(list, out);
            }
        }
        return out.checkError() ? 1 : 0;
    }
}
