package io.ocos.jobs.cli;

import io.ocos.jobs.treasury.Reconciler;
import io.ocos.jobs.treasury.Treasury;
import io.ocos.schemas.config.ConfigException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code ./ocos reconcile}; see {@link Reconciler}. */
@Command(
        name = "reconcile",
        description = "Holds rewards, batches, artifacts and the chain against each other, to the wei; see"
                + " docs/operations/treasury.md.",
        mixinStandardHelpOptions = true,
        exitCodeListHeading = "Exit codes:%n",
        exitCodeList = {
            "0:prints 'equal': every source says the same",
            "1:prints what differs, where, and both values",
            "2:a source cannot be read"
        })
final class ReconcileCommand implements Callable<Integer> {

    @Mixin
    private TreasuryOptions options = new TreasuryOptions();

    @Option(
            names = "--wait",
            paramLabel = "SECONDS",
            defaultValue = "60",
            description = "How long to wait for what is on its way to ClickHouse; default: ${DEFAULT-VALUE}.")
    private int waitSeconds = 60;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws InterruptedException {
        if (waitSeconds < 0) {
            throw new ConfigException("--wait %d, expected at least 0".formatted(waitSeconds));
        }
        Reconciler.Result result;
        try (Treasury treasury = options.open()) {
            result = new Reconciler(treasury).reconcile(Duration.ofSeconds(waitSeconds));
        }
        PrintWriter out = spec.commandLine().getOut();
        result.lines().forEach(out::println);
        out.flush();
        return result.isEqual() ? 0 : spec.exitCodeOnExecutionException();
    }
}
