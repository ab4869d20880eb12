package io.ocos.jobs.cli;

import io.ocos.ingest.config.FleetConfig;
import io.ocos.ingest.io.Fleet;
import io.ocos.ingest.io.FleetHistory;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code ./ocos fleet}: simulated nodes, live through the gateway or as history straight into the topics. */
@Command(
        name = "fleet",
        description = "Runs simulated nodes that sign like real ones.",
        mixinStandardHelpOptions = true)
final class FleetCommand implements Callable<Integer> {

    @Mixin
    private ConfigOptions options = new ConfigOptions();

    @Option(names = "--nodes", paramLabel = "N", description = "Number of nodes (key nodes; default 200).")
    private @Nullable Integer nodes;

    @Option(names = "--seed", paramLabel = "N", description = "What everything is drawn from (key seed; default 1).")
    private @Nullable Long seed;

    @Option(
            names = "--nodes-csv",
            paramLabel = "FILE",
            description = "Nodes in the Alibaba openb format (key nodesCsv).")
    private @Nullable Path nodesCsv;

    @Option(
            names = "--outages-csv",
            paramLabel = "FILE",
            description = "Outages in the LANL format, .csv or .csv.xz (key outagesCsv).")
    private @Nullable Path outagesCsv;

    @Option(
            names = "--history",
            paramLabel = "MIN",
            description = "Writes this many minutes of the past straight into the topics, and ends.")
    private @Nullable Integer historyMinutes;

    @Option(names = "--until", paramLabel = "MS", description = "Where history ends, ms since the epoch; default: now.")
    private @Nullable Long untilMillis;

    @Option(names = "--progress", description = "With --history: a line `history MINUTES` after each minute done.")
    private boolean progress;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        FleetConfig config = options.load(FleetConfig.class, keys());
        return historyMinutes == null ? ProcessRunner.run(Fleet.start(config)) : writeHistory(config, historyMinutes);
    }

    private int writeHistory(FleetConfig config, int minutes) {
        long until = untilMillis == null ? System.currentTimeMillis() : untilMillis;
        PrintWriter out = spec.commandLine().getOut();
        FleetHistory.Summary summary = FleetHistory.load(config, minutes, until, minute -> {
            if (progress) {
                out.println("history " + minute);
                out.flush();
            }
        });
        out.printf(
                "wrote %d envelopes, %d ticks and %d progress records of %d min until %d%n",
                summary.envelopes(), summary.ticks(), summary.progress(), minutes, until);
        out.flush();
        return 0;
    }

    private Map<String, String> keys() {
        Map<String, String> keys = new LinkedHashMap<>();
        put(keys, "nodes", nodes);
        put(keys, "seed", seed);
        put(keys, "nodesCsv", nodesCsv);
        put(keys, "outagesCsv", outagesCsv);
        return keys;
    }

    private static void put(Map<String, String> keys, String key, @Nullable Object value) {
        if (value != null) {
            keys.put(key, value.toString());
        }
    }
}
