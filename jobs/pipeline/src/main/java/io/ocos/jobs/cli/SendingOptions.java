package io.ocos.jobs.cli;

import io.ocos.ingest.io.NodeKeys;
import io.ocos.jobs.settlement.ArtifactStore;
import io.ocos.jobs.stack.LocalAccount;
import io.ocos.jobs.treasury.TreasuryConfig;
import io.ocos.rewardssettlement.io.CallFailedException;
import io.ocos.rewardssettlement.io.OperatorClient;
import io.ocos.rewardssettlement.io.RefusedException;
import io.ocos.rewardssettlement.io.RevertedException;
import io.ocos.schemas.config.ConfigException;
import io.ocos.schemas.config.ConfigLoader;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The options of commands that send a transaction: which chain, and whose key. */
final class SendingOptions {

    /** What a command does once it is connected. */
    interface Work {
        void run(Session session);
    }

    /**
     * A connection with a key.
     *
     * @param out for people; what is sent is told there
     */
    record Session(OperatorClient client, ArtifactStore artifacts, PrintWriter out) {

        /** Says something at once. */
        void say(String line) {
            out.println(line);
            out.flush();
        }
    }

    @Mixin
    private StackDirectoryOption stack = new StackDirectoryOption();

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "YAML file with the keys of docs/operations/treasury.md, instead of a local stack.")
    private @Nullable Path config;

    @Option(
            names = "--keystore",
            paramLabel = "FILE",
            description = "Encrypted keystore of the key that signs; default: the local stack's for this role.")
    private @Nullable Path keystore;

    @Option(names = "--password-file", paramLabel = "FILE", description = "File with the keystore's password.")
    private @Nullable Path passwordFile;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec = CommandSpec.create();

    /**
     * Connects and works.
     *
     * @param role whose key it is in a local stack
     * @return the exit code: 0 done, 1 sent and failed or not known to be done, 2 refused: nothing was sent
     */
    int run(LocalAccount role, Work work) {
        PrintWriter out = spec.commandLine().getOut();
        TreasuryConfig where = where();
        NodeKeys keys = keys(role);
        try (OperatorClient client = OperatorClient.open(
                where.rpcUrl().reveal(),
                where.deployment(),
                keys.privateKey(),
                OperatorClient.Policy.STANDARD,
                Duration.ofMillis(where.rpcTimeoutMillis()))) {
            work.run(new Session(client, ArtifactStore.at(where.artifactDirectory()), out));
            out.flush();
            return spec.exitCodeOnSuccess();
        } catch (RefusedException e) {
            return failed(e, spec.exitCodeOnInvalidInput());
        } catch (RevertedException e) {
            return failed(e, spec.exitCodeOnInvalidInput());
        } catch (CallFailedException e) {
            return failed(e, spec.exitCodeOnExecutionException());
        }
    }

    private int failed(RuntimeException e, int code) {
        spec.commandLine().getOut().flush();
        spec.commandLine().getErr().println("ocos: " + e.getMessage());
        return code;
    }

    private TreasuryConfig where() {
        if (config != null) {
            return ConfigLoader.load(TreasuryConfig.class, config, Map.of());
        }
        try {
            return TreasuryConfig.of(stack.directory(), stack.running());
        } catch (StackDirectoryOption.NoStackException e) {
            throw new ConfigException(String.valueOf(e.getMessage()), e);
        }
    }

    private NodeKeys keys(LocalAccount role) {
        if (keystore != null && passwordFile != null) {
            return NodeKeys.load(keystore, passwordFile);
        }
        if (keystore != null || passwordFile != null || config != null) {
            throw new ConfigException("--keystore and --password-file: one is missing, expected both%s"
                    .formatted(config == null ? "" : " with --config"));
        }
        return role.load(stack.directory());
    }
}
