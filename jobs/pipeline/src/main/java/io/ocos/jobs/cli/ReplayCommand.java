package io.ocos.jobs.cli;

import io.ocos.jobs.archive.ArchiveInput;
import io.ocos.jobs.replay.ArchivedInput;
import io.ocos.jobs.replay.JsonLinesInput;
import io.ocos.jobs.replay.PayeeDifferences;
import io.ocos.jobs.replay.Replay;
import io.ocos.jobs.replay.ReplayInput;
import io.ocos.jobs.replay.ReplaySettings;
import io.ocos.schemas.config.ConfigException;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.HeldParameter;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code ./ocos replay}: recomputes everything from the inputs. */
@Command(
        name = "replay",
        description = "Recomputes uptime, reputation, rewards and batches from files of the inputs (SPEC 13).",
        mixinStandardHelpOptions = true)
final class ReplayCommand implements Callable<Integer> {

    @Option(
            names = "--in",
            required = true,
            paramLabel = "DIR",
            description =
                    "Directory with telemetry.jsonl, chain-events.jsonl and job-events.jsonl; a missing file is empty; or an archive.")
    private Path in = Path.of("");

    @Option(
            names = "--out",
            required = true,
            paramLabel = "DIR",
            description = "Directory of the output, missing or empty; it appears when it is whole.")
    private Path out = Path.of("");

    @Option(names = "--chain-id", required = true, paramLabel = "N", description = "Chain id under which nodes sign.")
    private long chainId;

    @Option(
            names = "--registry",
            required = true,
            paramLabel = "ADDRESS",
            description = "NodeRegistry under which nodes sign.")
    private String registry = "";

    @Option(names = "--epoch-minutes", required = true, paramLabel = "E", description = "Length of an epoch.")
    private long epochMinutes;

    @Option(
            names = "--until",
            required = true,
            paramLabel = "MS",
            description = "Every minute that ends by then is closed; ms since the epoch.")
    private long untilMillis;

    @Option(names = "--no-verify-signatures", description = "Skips rule E1.")
    private boolean noVerifySignatures;

    @Option(
            names = "--skip-bad-lines",
            description =
                    "Keeps unreadable lines in rejected.jsonl and goes on; without it the first ends the replay with exit code 2.")
    private boolean skipBadLines;

    @Option(
            names = "--set",
            paramLabel = "KEY[@MINUTE]=VALUE",
            description =
                    "What if the DAO had set this: a second set of files in OUT/what-if, in which the parameter has this"
                            + " value from the minute (index) on, whatever was voted before or after, and OUT/difference.csv with"
                            + " what each payee would have earned. Without a minute: from the start. Repeatable.")
    private List<String> held = List.of();

    @Option(names = "--parallelism", paramLabel = "N", description = "Default: the number of processors.")
    private int parallelism = Runtime.getRuntime().availableProcessors();

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws IOException {
        ReplaySettings settings = new ReplaySettings(
                out, chainId, address(), epochMinutes, untilMillis, !noVerifySignatures, skipBadLines, parallelism);
        ReplayInput input = ArchiveInput.isArchive(in.toString())
                ? new ArchivedInput(ArchiveInput.open(in.toString()))
                : JsonLinesInput.in(in);
        List<HeldParameter> whatIf = held.stream().map(ReplayCommand::held).toList();
        PrintWriter console = spec.commandLine().getOut();
        try (ProgressLine progress = ProgressLine.of("reading", input.bytes())) {
            if (whatIf.isEmpty()) {
                Replay.run(input, settings, progress);
            } else {
                PayeeDifferences differences = Replay.whatIf(input, settings, whatIf, progress);
                PayeeDifferences.Amounts total = differences.total();
                console.printf(
                        "what if: %d of %d payees would have another amount; all together %d wei, as it is %d wei, difference %d wei%n",
                        differences.changed(),
                        differences.payees().size(),
                        total.whatIf(),
                        total.cumulative(),
                        total.difference());
            }
            progress.done();
        }
        console.println("replayed into " + out);
        console.flush();
        return 0;
    }

    private static HeldParameter held(String text) {
        try {
            return HeldParameter.parse(text);
        } catch (IllegalArgumentException e) {
            throw new ConfigException("--set: " + e.getMessage(), e);
        }
    }

    private Address address() {
        try {
            return Address.parse(registry);
        } catch (IllegalArgumentException e) {
            throw new ConfigException("--registry: " + e.getMessage(), e);
        }
    }
}
