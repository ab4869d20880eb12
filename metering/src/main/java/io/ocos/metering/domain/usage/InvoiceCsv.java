package io.ocos.metering.domain.usage;

import io.ocos.schemas.avro.Invoice;
import io.ocos.schemas.avro.InvoiceLine;
import io.ocos.schemas.io.AvroValues;
import java.nio.charset.StandardCharsets;

/**
 * The artifact of an invoice: UTF-8 CSV, one line per line of the invoice in its order, then its totals; {@code \n} line ends.
 * Amounts and prices are wei, quantities ms, bytes or byte-milliseconds (SPEC 1: decimal, without sign).
 */
public final class InvoiceCsv {

    /** First line. */
    public static final String HEADER = "account,month,line,corrects,price,quantity,amount";

    private InvoiceCsv() {}

    /** The artifact's bytes. */
    public static byte[] bytes(Invoice invoice) {
        return text(invoice).getBytes(StandardCharsets.UTF_8);
    }

    /** The artifact's text. */
    public static String text(Invoice invoice) {
        StringBuilder csv = new StringBuilder(HEADER).append('\n');
        String start = "%s,%s,".formatted(AvroValues.address(invoice.getAccount()), invoice.getMonth());
        for (InvoiceLine line : invoice.getLines()) {
            csv.append(start)
                    .append("%s,%s,%s,%s,%s\n"
                            .formatted(
                                    line.getKind(),
                                    line.getCorrects() == null ? "" : line.getCorrects(),
                                    AvroValues.amount(line.getPrice()),
                                    AvroValues.amount(line.getQuantity()),
                                    AvroValues.amount(line.getAmount())));
        }
        csv.append(start)
                .append("TOTAL,,,,")
                .append(AvroValues.amount(invoice.getTotal()))
                .append('\n');
        csv.append(start)
                .append("CARRIED_ON,,,,")
                .append(AvroValues.amount(invoice.getCarried()))
                .append('\n');
        return csv.toString();
    }
}
