package io.ocos.jobs.cli;

import io.ocos.jobs.stack.ClickHouseHttp.QueryException;
import io.ocos.jobs.usage.UsageReports;
import io.ocos.schemas.domain.Address;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code ./ocos sla}: a node's uptime in a month, with and without announced maintenance. */
@Command(
        name = "sla",
        description =
                "Prints a node's uptime in a month, with and without its maintenance windows; exit code 1 when the"
                        + " node was not registered.",
        mixinStandardHelpOptions = true)
final class SlaCommand extends ReportCommand {

    /** How the report is printed. */
    enum Format {
        text,
        json
    }

    @Parameters(paramLabel = "NODE", description = "0x and 40 hex digits.")
    private String node = "";

    @Option(names = "--format", paramLabel = "FORMAT", description = "${COMPLETION-CANDIDATES}; default: text.")
    private Format format = Format.text;

    @Override
    int print(UsageReports reports, PrintWriter out) throws QueryException, InterruptedException {
        Address address = address("NODE", node);
        UsageReports.Sla sla = reports.sla(address, month.month());
        if (sla.minutes() == 0) {
            return fail(
                    "node %s was not registered in %s, as far as minutes are closed".formatted(address, month.month()));
        }
        if (format == Format.json) {
            Map<String, Object> object = new LinkedHashMap<>();
            object.put("node", sla.node().toString());
            object.put("month", sla.month().toString());
            object.put("minutes", sla.minutes());
            object.put("slotsUp", sla.slots());
            object.put("slots", sla.possible());
            object.put("maintenanceMinutes", sla.maintenanceMinutes());
            object.put("slotsUpOutsideMaintenance", sla.slotsOutside());
            object.put("slotsOutsideMaintenance", sla.possibleOutside());
            out.println(json(object));
            return 0;
        }
        out.printf("node %s, %s (UTC): %d minutes registered%n", sla.node(), sla.month(), sla.minutes());
        out.printf(
                "  uptime                      %d of %d slots  %s%n",
                sla.slots(), sla.possible(), percent(sla.slots(), sla.possible()));
        out.printf(
                "  outside maintenance windows %d of %d slots  %s  (%d minutes of maintenance)%n",
                sla.slotsOutside(),
                sla.possibleOutside(),
                percent(sla.slotsOutside(), sla.possibleOutside()),
                sla.maintenanceMinutes());
        return 0;
    }
}
