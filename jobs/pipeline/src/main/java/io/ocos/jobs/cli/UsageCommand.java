package io.ocos.jobs.cli;

import io.ocos.jobs.stack.ClickHouseHttp.QueryException;
import io.ocos.jobs.usage.UsageReports;
import io.ocos.jobs.usage.UsageReports.JobUsage;
import io.ocos.metering.domain.usage.Prices;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code ./ocos usage}: what an account used in a month. */
@Command(
        name = "usage",
        description = "Prints what an account's jobs and storage used in a month, and how its quota stands.",
        mixinStandardHelpOptions = true)
final class UsageCommand extends ReportCommand {

    /** How the report is printed. */
    enum Format {
        text,
        json
    }

    @Parameters(paramLabel = "ACCOUNT", description = "0x and 40 hex digits.")
    private String account = "";

    @Option(names = "--format", paramLabel = "FORMAT", description = "${COMPLETION-CANDIDATES}; default: text.")
    private Format format = Format.text;

    @Override
    int print(UsageReports reports, PrintWriter out) throws QueryException, InterruptedException {
        UsageReports.Usage usage = reports.usage(address("ACCOUNT", account), month.month());
        if (format == Format.json) {
            out.println(json(object(usage)));
            return 0;
        }
        out.printf("account %s, %s (UTC)%n", usage.account(), usage.month());
        out.printf(
                "%-66s %6s %9s %12s %12s %12s  %s%n", "job", "nodes", "minutes", "CPU min", "GPU min", "GB sent", "");
        usage.jobs().forEach(job -> out.println(line(job, job.job())));
        out.println(line(usage.all(), "all %s jobs".formatted(usage.all().job())));
        UsageReports.Storage storage = usage.storage();
        out.printf(
                "storage: %s GB-months reported, %s billed, %s over the plan, %s; %d of %d hours differ from what is declared%n",
                by(storage.reported(), Prices.BYTE_MILLIS_PER_GB_MONTH),
                by(storage.billed(), Prices.BYTE_MILLIS_PER_GB_MONTH),
                by(storage.overage(), Prices.BYTE_MILLIS_PER_GB_MONTH),
                ocos(storage.amount()),
                storage.flagged(),
                storage.hours());
        out.println(usage.quota()
                .map(quota -> "quota: %s at %s UTC, %d of %d node-minutes in 30 days"
                        .formatted(quota.kind(), quota.minuteStart(), quota.used(), quota.allowed()))
                .orElse("quota: no line was crossed"));
        return 0;
    }

    private static String line(JobUsage job, String name) {
        return "%-66s %6d %9d %12s %12s %12s  %s"
                .formatted(
                        name,
                        job.nodes(),
                        job.nodeMinutes(),
                        by(job.cpuMillis(), Prices.MILLIS_PER_MINUTE),
                        by(job.gpuMillis(), Prices.MILLIS_PER_MINUTE),
                        by(job.egressBytes(), Prices.BYTES_PER_GB),
                        ocos(job.amount()));
    }

    private static Map<String, Object> object(UsageReports.Usage usage) {
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("account", usage.account().toString());
        object.put("month", usage.month().toString());
        List<Map<String, Object>> jobs = usage.jobs().stream()
                .map(job -> {
                    Map<String, Object> each = new LinkedHashMap<>();
                    each.put("job", job.job());
                    put(each, job);
                    return each;
                })
                .toList();
        object.put("jobs", jobs);
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("jobs", Long.parseLong(usage.all().job()));
        put(all, usage.all());
        object.put("all", all);
        Map<String, Object> storage = new LinkedHashMap<>();
        storage.put("hours", usage.storage().hours());
        storage.put("hoursThatDiffer", usage.storage().flagged());
        storage.put("reportedByteMillis", usage.storage().reported().toString());
        storage.put("billedByteMillis", usage.storage().billed().toString());
        storage.put("overageByteMillis", usage.storage().overage().toString());
        storage.put("amount", usage.storage().amount().toString());
        object.put("storage", storage);
        usage.quota().ifPresent(quota -> {
            Map<String, Object> each = new LinkedHashMap<>();
            each.put("kind", quota.kind());
            each.put("minuteStart", quota.minuteStart());
            each.put("used", quota.used());
            each.put("allowed", quota.allowed());
            object.put("quota", each);
        });
        return object;
    }

    private static void put(Map<String, Object> object, JobUsage job) {
        object.put("nodes", job.nodes());
        object.put("nodeMinutes", job.nodeMinutes());
        object.put("cpuMillis", job.cpuMillis().toString());
        object.put("gpuMillis", job.gpuMillis().toString());
        object.put("egressBytes", job.egressBytes().toString());
        object.put("amount", job.amount().toString());
    }
}
