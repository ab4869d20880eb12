package io.ocos.jobs.cli;

import io.ocos.jobs.archive.ArchiveInput;
import io.ocos.jobs.treasury.BatchReview;
import io.ocos.jobs.treasury.Treasury;
import io.ocos.jobs.verify.BatchVerification.Agrees;
import io.ocos.jobs.verify.BatchVerification.Verdict;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code ./ocos treasury verify}: {@code verify-batch} with the treasury's configuration. */
@Command(
        name = "verify",
        description =
                "Recomputes a batch from the archived inputs and compares it with what was published and with what"
                        + " is proposed on chain: number, epoch, root, total, artifact, inputs.",
        mixinStandardHelpOptions = true,
        exitCodeListHeading = "Exit codes:%n",
        exitCodeList = {"0:everything agrees", "1:something differs; it is named", "2:something cannot be read"})
final class TreasuryVerifyCommand implements Callable<Integer> {

    @Parameters(paramLabel = "N", description = "Number of the batch.")
    private long number;

    @Mixin
    private TreasuryOptions options = new TreasuryOptions();

    @Option(names = "--parallelism", paramLabel = "N", description = "Default: the number of processors.")
    private int parallelism = Runtime.getRuntime().availableProcessors();

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        Verdict verdict;
        try (Treasury treasury = options.open();
                ProgressLine progress = ProgressLine.of(
                        "recomputing",
                        ArchiveInput.open(treasury.config().archiveDirectory()).bytes())) {
            verdict = BatchReview.verify(treasury, number, new BatchReview.Options(true, parallelism, progress));
        }
        PrintWriter out = spec.commandLine().getOut();
        out.println(verdict);
        if (verdict instanceof Agrees agrees && agrees.chain().isEmpty()) {
            out.println("it is not proposed on chain yet");
        }
        out.flush();
        return verdict instanceof Agrees ? 0 : spec.exitCodeOnExecutionException();
    }
}
