package io.ocos.jobs.cli;

import io.ocos.jobs.archive.ArchiveInput;
import io.ocos.jobs.archive.Dispute;
import io.ocos.jobs.archive.Dispute.Finding;
import io.ocos.jobs.archive.Dispute.Outcome;
import io.ocos.schemas.config.ConfigException;
import io.ocos.schemas.domain.Address;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code ./ocos dispute}: receipts of gateways against the archive. */
@Command(
        name = "dispute",
        description = "Shows which envelopes that gateways gave receipts for the archive lacks; see"
                + " docs/operations/archive.md.",
        mixinStandardHelpOptions = true,
        exitCodeListHeading = "Exit codes:%n",
        exitCodeList = {
            "0:no accepted envelope is missing",
            "1:some are missing or differ; the evidence is written",
            "2:a receipt is none or is not proven, or the archive cannot be read"
        })
final class DisputeCommand implements Callable<Integer> {

    @Parameters(paramLabel = "RECEIPTS", description = "Receipts as gateways answer, one JSON object a line.")
    private Path receipts = Path.of("");

    @Option(
            names = "--archive",
            paramLabel = "DIR",
            description = "Directory or URI of the archive; default: ${DEFAULT-VALUE}.")
    private String archive = ".ocos/data/archive";

    @Option(names = "--chain-id", required = true, paramLabel = "N", description = "Chain id of the deployment.")
    private long chainId;

    @Option(
            names = "--registry",
            required = true,
            paramLabel = "ADDRESS",
            description = "NodeRegistry contract of the deployment.")
    private String registry = "";

    @Option(
            names = "--gateway",
            arity = "1..*",
            paramLabel = "ADDRESS",
            description = "Gateways whose receipts are evidence; default: all.")
    private List<String> gateways = List.of();

    @Option(
            names = "--out",
            paramLabel = "FILE",
            description = "Where evidence is written, if there is any; default: ${DEFAULT-VALUE}.")
    private Path out = Path.of("dispute.json");

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        if (chainId < 1) {
            throw new ConfigException("--chain-id %d, expected at least 1".formatted(chainId));
        }
        Set<Address> signers =
                gateways.stream().map(gateway -> address("--gateway", gateway)).collect(Collectors.toSet());
        Dispute dispute = new Dispute(ArchiveInput.open(archive), chainId, address("--registry", registry), signers);
        Dispute.Result result = dispute.judge(receipts);

        PrintWriter err = spec.commandLine().getErr();
        result.unusable().forEach(line -> err.println("ocos: " + line));
        PrintWriter print = spec.commandLine().getOut();
        for (Finding finding : result.disputes()) {
            print.printf(
                    "%s line %d: node %s sequence %d, telemetry-%d offset %d, receipt of gateway %s%s%n",
                    finding.outcome(),
                    finding.line(),
                    finding.node(),
                    finding.sequence(),
                    finding.partition(),
                    finding.offset(),
                    finding.signer(),
                    finding.found() == null ? "" : "; the archive has " + finding.found());
        }
        Map<Outcome, Long> counts = result.counts();
        print.printf(
                "%d receipts: %d present, %d missing, %d differ, %d not yet archived, %d before the archive; %d unusable lines%n",
                result.findings().size(),
                counts.get(Outcome.PRESENT),
                counts.get(Outcome.MISSING),
                counts.get(Outcome.DIFFERS),
                counts.get(Outcome.NOT_YET_ARCHIVED),
                counts.get(Outcome.BEFORE_ARCHIVE),
                result.unusable().size());
        if (!result.disputes().isEmpty()) {
            dispute.writeEvidence(result, out);
            print.println("evidence: " + out);
        }
        print.flush();
        err.flush();
        if (!result.unusable().isEmpty()) {
            return spec.exitCodeOnInvalidInput();
        }
        return result.disputes().isEmpty() ? 0 : spec.exitCodeOnExecutionException();
    }

    private static Address address(String option, String text) {
        try {
            return Address.parse(text);
        } catch (IllegalArgumentException e) {
            throw new ConfigException("%s: %s".formatted(option, e.getMessage()), e);
        }
    }
}
