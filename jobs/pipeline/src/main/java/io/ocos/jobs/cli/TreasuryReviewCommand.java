package io.ocos.jobs.cli;

import io.ocos.jobs.archive.ArchiveInput;
import io.ocos.jobs.treasury.BatchReview;
import io.ocos.jobs.treasury.ReviewText;
import io.ocos.jobs.treasury.Treasury;
import io.ocos.schemas.config.ConfigException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code ./ocos treasury review}; see {@link BatchReview}. */
@Command(
        name = "review",
        description = "Prints the review pack of a batch, and writes it as review-N.md and review-N.json. Asks archive,"
                + " artifacts, topic and chain; ClickHouse is not needed.",
        mixinStandardHelpOptions = true,
        exitCodeListHeading = "Exit codes:%n",
        exitCodeList = {
            "0:the review was made; the batch was recomputed and agrees, or --no-recompute was given",
            "1:the review was made; the batch differs from what was recomputed",
            "2:something that it needs cannot be read"
        })
final class TreasuryReviewCommand implements Callable<Integer> {

    @Parameters(paramLabel = "N", description = "Number of the batch.")
    private long number;

    @Mixin
    private TreasuryOptions options = new TreasuryOptions();

    @Option(
            names = "--no-recompute",
            description = "Does not compute the batch again, which takes as long as a replay.")
    private boolean noRecompute;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            defaultValue = ".",
            description = "Directory of the files; default: ${DEFAULT-VALUE}.")
    private Path out = Path.of(".");

    @Option(names = "--parallelism", paramLabel = "N", description = "Default: the number of processors.")
    private int parallelism = Runtime.getRuntime().availableProcessors();

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        BatchReview review;
        try (Treasury treasury = options.open();
                ProgressLine progress = ProgressLine.of(
                        "recomputing",
                        ArchiveInput.open(treasury.config().archiveDirectory()).bytes())) {
            review = BatchReview.of(treasury, number, new BatchReview.Options(!noRecompute, parallelism, progress));
        }
        String markdown = ReviewText.markdown(review);
        Path text = out.resolve("review-%d.md".formatted(number));
        Path json = out.resolve("review-%d.json".formatted(number));
        try {
            Files.createDirectories(out);
            Files.writeString(text, markdown);
            Files.writeString(json, ReviewText.json(review));
        } catch (IOException e) {
            throw new ConfigException("--out %s: cannot be written: %s".formatted(out, e), e);
        }
        PrintWriter console = spec.commandLine().getOut();
        console.println(markdown);
        console.printf("written to %s and %s%n", text, json);
        console.flush();
        return review.verdict().isEmpty() || review.isVerified() ? 0 : spec.exitCodeOnExecutionException();
    }
}
