package io.ocos.jobs.cli;

import io.ocos.jobs.bench.SettlementBench;
import io.ocos.jobs.bench.SettlementBench.Result;
import io.ocos.schemas.config.ConfigException;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code ./ocos bench settlement}: see {@link SettlementBench}. */
@Command(
        name = "settlement",
        description =
                "Claims per second on the local chain, beside the bare transaction rate of the same node; gas of claims.",
        mixinStandardHelpOptions = true)
final class BenchSettlementCommand implements Callable<Integer> {

    private static final int LEAST_CLAIMS = 200;

    @Option(
            names = "--claims",
            paramLabel = "N",
            defaultValue = "2000",
            description = "Payees that claim in each round; default: ${DEFAULT-VALUE}.")
    private int claims;

    @Option(
            names = "--rounds",
            paramLabel = "N",
            defaultValue = "5",
            description = "Measured of each, in turns; default: ${DEFAULT-VALUE}.")
    private int rounds;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws Exception {
        if (claims < LEAST_CLAIMS || claims > SettlementBench.MAX_CLAIMS || rounds < 1) {
            throw new ConfigException("--claims %d --rounds %d, expected %d … %d claims and at least 1 round"
                    .formatted(claims, rounds, LEAST_CLAIMS, SettlementBench.MAX_CLAIMS));
        }
        Result result = SettlementBench.run(claims, rounds);
        PrintWriter out = spec.commandLine().getOut();
        out.printf(
                "settlement on a local chain, %d cores, %,d claims, median of %d rounds%n",
                Runtime.getRuntime().availableProcessors(), claims, rounds);
        out.printf("  bare transactions: %,9.0f a second%n", result.bareTransactionsPerSecond());
        out.printf("  claims:            %,9.0f a second, 100 in a transaction%n", result.claimsPerSecond());
        result.gasPerClaim()
                .forEach((chunk, gas) -> out.printf(
                        "  gas of a claim:    %,9d %s%n", gas, chunk == 1 ? "alone" : "in chunks of " + chunk));
        out.printf(
                "  %,d waiting batches: caught up by %d transactions%n",
                result.waiting(), result.catchUpTransactions());
        out.printf("ratio: %.2f%n", result.claimsPerSecond() / result.bareTransactionsPerSecond());
        out.flush();
        return 0;
    }
}
