package io.ocos.jobs.cli;

import io.ocos.jobs.archive.ArchiveInput;
import io.ocos.jobs.settlement.ArtifactStore;
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
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.LongFunction;
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
        description = "Recomputes a batch from the archived inputs and compares it with what was published; see"
                + " docs/operations/replay.md. What is not given is taken from the local stack.",
        mixinStandardHelpOptions = true,
        exitCodeListHeading = "Exit codes:%n",
        exitCodeList = {
            "0:root, total, payees, artifact and inputs agree",
            "1:something differs; it is named",
            "2:the batch or its archive cannot be read"
        })
final class VerifyBatchCommand implements Callable<Integer> {

    @Parameters(paramLabel = "N", description = "Number of the batch.")
    private long number;

    @Mixin
    private StackDirectoryOption stack = new StackDirectoryOption();

    @Option(names = "--archive", paramLabel = "URI", description = "Archive; a directory, or a URI.")
    private @Nullable String archive;

    @Option(names = "--artifacts", paramLabel = "URI", description = "Artifact store; a directory, or a URI.")
    private @Nullable String artifacts;

    @Option(names = "--kafka", paramLabel = "HOST:PORT", description = "Kafka.")
    private @Nullable String kafka;

    @Option(
            names = "--kafka-properties",
            paramLabel = "FILE",
            description = "Further properties of the Kafka consumers (security).")
    private @Nullable Path kafkaProperties;

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
        ArchiveInput input = ArchiveInput.open(
                archive != null ? archive : stack.directory().archive().toString());
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
        ArtifactStore store = ArtifactStore.at(
                artifacts != null
                        ? artifacts
                        : stack.directory().artifacts().toUri().toString());
        Verdict verdict;
        try (ProgressLine progress = ProgressLine.of("recomputing", input.bytes());
                ProposedBatches contract = contract()) {
            LongFunction<Optional<ProposedBatch>> chain =
                    contract == null ? number -> Optional.empty() : contract::find;
            verdict = new BatchVerification(
                            new BatchVerification.Sources(input, store, kafka(), kafkaProperties, chain),
                            setup,
                            progress)
                    .verify(number);
        } catch (UncheckedIOException | StackDirectoryOption.NoStackException e) {
            throw new ConfigException(String.valueOf(e.getMessage()), e);
        }
        PrintWriter out = spec.commandLine().getOut();
        out.println(verdict);
        out.flush();
        return verdict instanceof Agrees ? 0 : spec.exitCodeOnExecutionException();
    }

    private String kafka() {
        return kafka != null
                ? kafka
                : stack.running()
                        .url("broker")
                        .orElseThrow(() -> new ConfigException("the broker of the stack is not started yet"));
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
        if (kafka != null) {
            return null;
        }
        Deployment local = deployment("--rpc");
        return stack.running()
                .url("anvil")
                .map(url -> new ProposedBatches(URI.create(url), local.settlement(), local.deploymentBlock()))
                .orElse(null);
    }

    /** The local stack's. */
    private Deployment deployment(String option) {
        Path file = stack.directory().deploymentFile();
        if (!Files.exists(file)) {
            throw new ConfigException("%s is missing, and there is no local stack in %s"
                    .formatted(option, stack.directory().root()));
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
