package io.ocos.jobs.cli;

import io.ocos.jobs.stack.ClickHouseHttp.QueryException;
import io.ocos.jobs.usage.UsageReports;
import io.ocos.metering.domain.usage.InvoiceCsv;
import io.ocos.metering.domain.usage.Prices;
import io.ocos.schemas.avro.Invoice;
import io.ocos.schemas.avro.InvoiceLine;
import io.ocos.schemas.avro.InvoiceState;
import io.ocos.schemas.avro.Uint256;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Minutes;
import io.ocos.schemas.io.AvroValues;
import java.io.PrintWriter;
import java.math.BigInteger;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code ./ocos invoice}: an account's invoice of a month, draft or closed. */
@Command(
        name = "invoice",
        description = "Prints an account's invoice of a month; exit code 1 when there is none.",
        mixinStandardHelpOptions = true)
final class InvoiceCommand extends ReportCommand {

    /** How the invoice is printed. */
    enum Format {
        text,
        json,
        /** The artifact: of a closed invoice, byte for byte. */
        csv
    }

    @Parameters(paramLabel = "ACCOUNT", description = "0x and 40 hex digits.")
    private String account = "";

    @Option(names = "--format", paramLabel = "FORMAT", description = "${COMPLETION-CANDIDATES}; default: text.")
    private Format format = Format.text;

    @Override
    int print(UsageReports reports, PrintWriter out) throws QueryException, InterruptedException {
        Address payer = address("ACCOUNT", account);
        Optional<Invoice> found = reports.invoice(payer, month.month());
        if (found.isEmpty()) {
            return fail("no invoice of %s for %s".formatted(payer, month.month()));
        }
        Invoice invoice = found.get();
        switch (format) {
            case csv -> out.print(InvoiceCsv.text(invoice));
            case json -> out.println(json(object(invoice)));
            default -> text(invoice, out);
        }
        return 0;
    }

    private static void text(Invoice invoice, PrintWriter out) {
        boolean closed = invoice.getState() == InvoiceState.CLOSED;
        out.printf(
                "%s of %s, %s (UTC), through %s%n",
                closed ? "Invoice" : "Draft invoice",
                AvroValues.address(invoice.getAccount()),
                invoice.getMonth(),
                Instant.ofEpochMilli(Minutes.startMillis(invoice.getThroughMinute() + 1)));
        for (InvoiceLine line : invoice.getLines()) {
            out.println(
                    switch (line.getKind()) {
                        case CPU -> usage("CPU time", line, Prices.MILLIS_PER_MINUTE, "min");
                        case GPU -> usage("GPU time", line, Prices.MILLIS_PER_MINUTE, "min");
                        case EGRESS -> usage("egress", line, Prices.BYTES_PER_GB, "GB");
                        case STORAGE ->
                            usage("storage over the plan", line, Prices.BYTE_MILLIS_PER_GB_MONTH, "GB-months");
                        case DEBIT -> other("correction of " + line.getCorrects(), "", line);
                        case CREDIT -> other("correction of " + line.getCorrects(), "-", line);
                        case CARRIED -> other("credit left over from " + line.getCorrects(), "-", line);
                    });
        }
        out.printf("  %-62s %s%n", "total", ocos(wei(invoice.getTotal())));
        if (wei(invoice.getCarried()).signum() > 0) {
            out.printf("  %-62s %s%n", "credit for the next invoice", ocos(wei(invoice.getCarried())));
        }
        if (closed) {
            out.printf("artifact %s, %d bytes%n", invoice.getCid(), invoice.getArtifactBytes());
        }
    }

    private static String usage(String name, InvoiceLine line, BigInteger unit, String unitName) {
        return "  %-22s %16s %-9s at %-20s %s"
                .formatted(
                        name,
                        by(wei(line.getQuantity()), unit),
                        unitName,
                        ocos(wei(line.getPrice())),
                        ocos(wei(line.getAmount())));
    }

    private static String other(String name, String sign, InvoiceLine line) {
        return "  %-62s %s%s".formatted(name, sign, ocos(wei(line.getAmount())));
    }

    private static Map<String, Object> object(Invoice invoice) {
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("account", AvroValues.address(invoice.getAccount()).toString());
        object.put("month", invoice.getMonth());
        object.put("state", invoice.getState().name());
        object.put("revision", invoice.getRevision());
        object.put("throughMinute", invoice.getThroughMinute());
        List<Map<String, Object>> lines = new ArrayList<>();
        for (InvoiceLine line : invoice.getLines()) {
            Map<String, Object> each = new LinkedHashMap<>();
            each.put("kind", line.getKind().name());
            if (line.getCorrects() != null) {
                each.put("corrects", line.getCorrects());
            }
            each.put("price", wei(line.getPrice()).toString());
            each.put("quantity", wei(line.getQuantity()).toString());
            each.put("amount", wei(line.getAmount()).toString());
            lines.add(each);
        }
        object.put("lines", lines);
        object.put("charges", wei(invoice.getCharges()).toString());
        object.put("credits", wei(invoice.getCredits()).toString());
        object.put("total", wei(invoice.getTotal()).toString());
        object.put("carried", wei(invoice.getCarried()).toString());
        if (invoice.getCid() != null) {
            object.put("cid", invoice.getCid());
            object.put("artifactBytes", invoice.getArtifactBytes());
        }
        return object;
    }

    private static BigInteger wei(Uint256 amount) {
        return AvroValues.amount(amount).wei();
    }
}
