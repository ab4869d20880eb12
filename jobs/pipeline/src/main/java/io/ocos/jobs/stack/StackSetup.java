package io.ocos.jobs.stack;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.ocos.schemas.config.ConfigException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a directory's stack was made with ({@code setup.json}): a later run goes on with the same.
 *
 * @param nodes number of simulated nodes; 0 = none
 * @param historyMinutes minutes of the past that were loaded; 0 = none
 * @param seed what the nodes are drawn from
 * @param nodesCsv file of nodes; null = drawn
 * @param outagesCsv file of outages; null = the failure model
 * @param complete whether contracts, registrations and history are all there; if not, the next start begins anew
 */
record StackSetup(
        int nodes,
        int historyMinutes,
        long seed,
        @Nullable String nodesCsv,
        @Nullable String outagesCsv,
        boolean complete) {

    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    static Optional<StackSetup> read(StackDirectory directory) {
        if (!Files.exists(directory.setupFile())) {
            return Optional.empty();
        }
        try {
            return Optional.of(JSON.readValue(Files.readAllBytes(directory.setupFile()), StackSetup.class));
        } catch (IOException e) {
            throw new ConfigException(
                    "%s cannot be read: %s; give another --dir".formatted(directory.setupFile(), e.getMessage()), e);
        }
    }

    void write(StackDirectory directory) {
        try {
            StackDirectory.write(directory.setupFile(), JSON.writeValueAsBytes(this));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    StackSetup completed() {
        return new StackSetup(nodes, historyMinutes, seed, nodesCsv, outagesCsv, true);
    }

    /** Refuses an option that says something else than what the directory was made with. */
    void requireSame(StackOptions options, StackDirectory directory) {
        same(directory, "--nodes", options.nodes(), nodes);
        same(directory, "--history", options.historyMinutes(), historyMinutes);
        same(directory, "--nodes-csv", options.nodesCsv(), nodesCsv);
        same(directory, "--outages-csv", options.outagesCsv(), outagesCsv);
    }

    private static void same(StackDirectory directory, String option, @Nullable Object given, @Nullable Object made) {
        if (given != null && !given.toString().equals(String.valueOf(made))) {
            throw new ConfigException(
                    "%s %s: the stack in %s was made with %s; leave the option out, give another --dir, or delete that one"
                            .formatted(option, given, directory.root(), made == null ? "none" : made));
        }
    }
}
