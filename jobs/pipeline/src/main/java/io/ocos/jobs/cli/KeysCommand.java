package io.ocos.jobs.cli;

import io.ocos.ingest.io.NodeKeys;
import io.ocos.ingest.io.NodeKeys.Strength;
import io.ocos.schemas.config.ConfigException;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hex;
import java.io.Console;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code ./ocos keys}: keys in encrypted Web3 Secret Storage files. */
@Command(
        name = "keys",
        description = "Makes, imports and shows keys in encrypted keystore files (Web3 Secret Storage).",
        mixinStandardHelpOptions = true)
final class KeysCommand {

    /** The file and its password. */
    static final class KeystoreOptions {

        @Parameters(paramLabel = "KEYSTORE", description = "The keystore file.")
        private Path keystore = Path.of("");

        @Option(
                names = "--password-file",
                paramLabel = "FILE",
                description = "File that holds the password; asked for when absent.")
        private @Nullable Path passwordFile;

        String password(boolean isNew) {
            if (passwordFile != null) {
                return NodeKeys.readPassword(passwordFile);
            }
            String password = ask("Password: ");
            if (isNew && !password.equals(ask("Again: "))) {
                throw new ConfigException("the two passwords differ");
            }
            return password;
        }

        @SuppressWarnings(
                "SystemConsoleNull") // The build and the launcher take JDK 17 only, where null means no terminal.
        private static String ask(String prompt) {
            Console console = System.console();
            char[] typed = console == null ? null : console.readPassword("%s", prompt);
            if (typed == null) {
                throw new ConfigException("there is no terminal to ask for the password at: give --password-file");
            }
            if (typed.length == 0) {
                throw new ConfigException("the password is empty, expected at least one character");
            }
            String password = new String(typed);
            Arrays.fill(typed, ' ');
            return password;
        }
    }

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Command(name = "new", description = "Makes a new key and prints its address.", mixinStandardHelpOptions = true)
    int create(
            @Mixin KeystoreOptions options,
            @Option(
                            names = "--light",
                            description =
                                    "Opens with little memory and time, easier to guess: for simulated nodes only.")
                    boolean light) {
        return save(NodeKeys.generate(), options, light);
    }

    @Command(
            name = "import",
            description = "Takes over a private key and prints its address.",
            mixinStandardHelpOptions = true)
    int importKey(
            @Mixin KeystoreOptions options,
            @Option(
                            names = "--key-file",
                            required = true,
                            paramLabel = "FILE",
                            description = "File that holds the private key: 64 hex digits, with or without 0x.")
                    Path keyFile,
            @Option(names = "--light", description = "As for new.") boolean light) {
        return save(readKey(keyFile), options, light);
    }

    @Command(
            name = "show",
            description = "Prints the address of a keystore; with --password-file it opens it first, which proves it.",
            mixinStandardHelpOptions = true)
    int show(@Mixin KeystoreOptions options) {
        Address address = options.passwordFile == null
                ? NodeKeys.addressOf(options.keystore)
                : NodeKeys.load(options.keystore, options.passwordFile).address();
        return print(address);
    }

    private int save(NodeKeys keys, KeystoreOptions options, boolean light) {
        keys.save(options.keystore, options.password(true), light ? Strength.LIGHT : Strength.STANDARD);
        return print(keys.address());
    }

    private int print(Address address) {
        spec.commandLine().getOut().println(address.toChecksummed());
        spec.commandLine().getOut().flush();
        return 0;
    }

    private static NodeKeys readKey(Path file) {
        try {
            String text = Files.readString(file).strip();
            return NodeKeys.of(Hex.parse(text.startsWith("0x") ? text : "0x" + text));
        } catch (IOException e) {
            throw new ConfigException("--key-file %s: no such file, or it cannot be read".formatted(file), e);
        } catch (IllegalArgumentException e) {
            // The parser's message may quote the key.
            throw new ConfigException(
                    "--key-file %s: expected 64 hex digits, a number in 1 … n − 1 of secp256k1".formatted(file),
                    new IllegalArgumentException(e.getClass().getName()));
        }
    }
}
