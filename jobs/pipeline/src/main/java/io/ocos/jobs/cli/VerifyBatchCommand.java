package io.ocos.jobs.cli;

import io.ocos.jobs.archive.ArchiveInput;
import io.ocos.jobs.verify.BatchVerification;
import io.ocos.jobs.verify.BatchVerification.Agrees;
import io.ocos.jobs.verify.BatchVerification.Verdict;
import io.ocos.jobs.verify.Recomputation;
import io.ocos.rewardssettlement.io.Deployment;
import io.ocos.rewardssettlement.io.ProposedBatches;
import io.ocos.rewardssettlement.io.ProposedBatches.ProposedBatch;
import io.ocos.schemas.config.ConfigException;
import io.ocos.schemas.domain.Address;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.LongFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code ./ocos verify-batch}: recomputes a batch from the archive; see {@link BatchVerification}. */
@Command(
        name = "verify-batch",
        description = "Recomputes batches from the archived inputs and compares them with what was published; see"
                + " docs/operations/replay.md. What is not given is taken from the local stack.",
        mixinStandardHelpOptions = true,
        exitCodeListHeading = "Exit codes:%n",
        exitCodeList = {
            "0:root, total, payees, artifact and inputs agree",
            "1:something differs; it is named",
            "2:the batch or its archive cannot be read"
        })
final class VerifyBatchCommand implements Callable<Integer> {

    /** The first and the last that are wanted. */
    private record Numbers(long from, long to) {

        private static final Pattern FORM = Pattern.compile("(\\d{1,18})(?:-(\\d{1,18}))?");

        static Numbers of(String text) {
            Matcher form = FORM.matcher(text);
            if (form.matches()) {
                long from = Long.parseLong(form.group(1));
                long to = form.group(2) == null ? from : Long.parseLong(form.group(2));
                if (from <= to) {
                    return new Numbers(from, to);
                }
            }
            throw new ConfigException("batch '%s', expected a number, or a range such as 1-34".formatted(text));
        }
    }

    @Parameters(paramLabel = "N", arity = "0..1", description = "Number of the batch, or FROM-TO for several.")
    private @Nullable String numbers;

    @Option(names = "--all", description = "Every batch there is.")
    private boolean all;

    @Mixin
    private BatchSourceOptions source = new BatchSourceOptions();

    @Option(names = "--archive", paramLabel = "URI", description = "Archive; a directory, or a URI.")
    private @Nullable String archive;

    @Option(names = "--chain-id", paramLabel = "N", description = "Chain id under which nodes sign.")
    private @Nullable Long chainId;

    @Option(names = "--registry", paramLabel = "ADDRESS", description = "NodeRegistry under which nodes sign.")
    private @Nullable String registry;

    @Option(
            names = "--epoch-minutes",
            paramLabel = "E",
            description = "Length of an epoch, which must be the archive's; default: the archive's.")
    private @Nullable Integer epochMinutes;

    @Option(
            names = "--rpc",
            paramLabel = "URL",
            description = "EVM node, whose contract is asked as well; default: the local stack's, else none.")
    private @Nullable URI rpc;

    @Option(names = "--settlement", paramLabel = "ADDRESS", description = "RewardsSettlement, with --rpc.")
    private @Nullable String settlement;

    @Option(
            names = "--from-block",
            paramLabel = "N",
            description = "Block before which the contract has no event, with --rpc; default: 0.")
    private long fromBlock;

    @Option(names = "--parallelism", paramLabel = "N", description = "Default: the number of processors.")
    private int parallelism = Runtime.getRuntime().availableProcessors();

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        if (all == (numbers != null)) {
            throw new ConfigException("expected the number of a batch, a range such as 1-34, or --all");
        }
        Numbers wanted = numbers == null ? null : Numbers.of(numbers);
        ArchiveInput input = ArchiveInput.open(
                archive != null ? archive : source.stack().directory().archive().toString());
        if (epochMinutes != null && epochMinutes != input.epochMinutes()) {
            throw new ConfigException("--epoch-minutes %d, but the archive has epochs of %d minutes"
                    .formatted(epochMinutes, input.epochMinutes()));
        }
        Recomputation.Setup setup = new Recomputation.Setup(
                chainId != null ? chainId : deployment("--chain-id").chainId(),
                registry != null
                        ? address("--registry", registry)
                        : deployment("--registry").registry(),
                parallelism);
        List<Verdict> verdicts;
        try (ProgressLine progress = ProgressLine.of("recomputing", input.bytes());
                ProposedBatches contract = contract()) {
            LongFunction<Optional<ProposedBatch>> chain =
                    contract == null ? number -> Optional.empty() : contract::find;
            BatchVerification verification = new BatchVerification(
                    new BatchVerification.Sources(
                            input, source.artifacts(), source.kafka(), source.kafkaProperties(), chain),
                    setup,
                    progress);
            verdicts = wanted == null ? verification.verifyAll() : verification.verify(wanted.from(), wanted.to());
        } catch (UncheckedIOException | StackDirectoryOption.NoStackException e) {
            throw new ConfigException(String.valueOf(e.getMessage()), e);
        }
        PrintWriter out = spec.commandLine().getOut();
        verdicts.forEach(out::println);
        out.flush();
        return verdicts.stream().allMatch(Agrees.class::isInstance) ? 0 : spec.exitCodeOnExecutionException();
    }

    /** Null: nobody to ask. */
    private @Nullable ProposedBatches contract() {
        if (rpc != null) {
            return settlement != null
                    ? new ProposedBatches(rpc, address("--settlement", settlement), fromBlock)
                    : new ProposedBatches(
                            rpc,
                            deployment("--settlement").settlement(),
                            deployment("--settlement").deploymentBlock());
        }
        if (!source.isLocal()) {
            return null;
        }
        Deployment local = deployment("--rpc");
        return source.stack()
                .running()
                .url("anvil")
                .map(url -> new ProposedBatches(URI.create(url), local.settlement(), local.deploymentBlock()))
                .orElse(null);
    }

    /** The local stack's. */
    private Deployment deployment(String option) {
        Path file = source.stack().directory().deploymentFile();
        if (!Files.exists(file)) {
            throw new ConfigException("%s is missing, and there is no local stack in %s"
                    .formatted(option, source.stack().directory().root()));
        }
        try {
            return Deployment.read(file);
        } catch (IllegalArgumentException e) {
            throw new ConfigException(String.valueOf(e.getMessage()), e);
        }
    }

    private static Address address(String option, String text) {
        try {
            return Address.parse(text);
        } catch (IllegalArgumentException e) {
            throw new ConfigException("%s: %s".formatted(option, e.getMessage()), e);
        }
    }
}
