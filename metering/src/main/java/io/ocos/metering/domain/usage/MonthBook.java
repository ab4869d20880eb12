package io.ocos.metering.domain.usage;

import io.ocos.schemas.avro.Invoice;
import io.ocos.schemas.avro.InvoiceLine;
import io.ocos.schemas.avro.InvoiceLineKind;
import io.ocos.schemas.avro.InvoiceState;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.io.AvroValues;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/** The lines of an open invoice: usage of each kind at each price, and what earlier invoices were wrong by. */
final class MonthBook {

    private record Key(InvoiceLineKind kind, BigInteger price, String corrects) implements Comparable<Key> {
        private static final Comparator<Key> ORDER =
                Comparator.comparing(Key::kind).thenComparing(Key::price).thenComparing(Key::corrects);

        @Override
        public int compareTo(Key other) {
            return ORDER.compare(this, other);
        }
    }

    private record Sum(BigInteger quantity, BigInteger amount) {
        static final Sum NOTHING = new Sum(BigInteger.ZERO, BigInteger.ZERO);

        Sum plus(BigInteger moreQuantity, BigInteger moreAmount) {
            return new Sum(quantity.add(moreQuantity), amount.add(moreAmount));
        }
    }

    private static final String NO_MONTH = "";

    private final NavigableMap<Key, Sum> sums = new TreeMap<>();
    private long revision;
    private boolean changed;

    /** Adds usage, or takes away what was corrected; changes may be negative, sums never are. */
    void use(InvoiceLineKind kind, BigInteger price, BigInteger quantity, BigInteger amount) {
        add(new Key(kind, price, NO_MONTH), quantity, amount);
    }

    /** Adds what a closed invoice was too low (above 0) or too high by. */
    void correct(String month, BigInteger amount) {
        InvoiceLineKind kind = amount.signum() > 0 ? InvoiceLineKind.DEBIT : InvoiceLineKind.CREDIT;
        add(new Key(kind, BigInteger.ZERO, month), BigInteger.ZERO, amount.abs());
    }

    /** Adds credit that is left over from an invoice. */
    void carry(String month, BigInteger amount) {
        add(new Key(InvoiceLineKind.CARRIED, BigInteger.ZERO, month), BigInteger.ZERO, amount);
    }

    private void add(Key key, BigInteger quantity, BigInteger amount) {
        if (quantity.signum() == 0 && amount.signum() == 0) {
            return;
        }
        Sum sum = sums.getOrDefault(key, Sum.NOTHING).plus(quantity, amount);
        if (sum.equals(Sum.NOTHING)) {
            sums.remove(key);
        } else {
            sums.put(key, sum);
        }
        changed = true;
    }

    /** Whether a line changed since the last invoice was made. */
    boolean isChanged() {
        return changed;
    }

    /** The invoice as it is now, without artifact. */
    Invoice invoice(Address account, String month, InvoiceState state, long throughMinute) {
        revision++;
        changed = false;
        List<InvoiceLine> lines = new ArrayList<>(sums.size());
        BigInteger charges = BigInteger.ZERO;
        BigInteger credits = BigInteger.ZERO;
        for (Map.Entry<Key, Sum> entry : sums.entrySet()) {
            Key key = entry.getKey();
            Sum sum = entry.getValue();
            boolean credit = key.kind() == InvoiceLineKind.CREDIT || key.kind() == InvoiceLineKind.CARRIED;
            charges = credit ? charges : charges.add(sum.amount());
            credits = credit ? credits.add(sum.amount()) : credits;
            InvoiceLine line = InvoiceLine.newBuilder()
                    .setKind(key.kind())
                    .setPrice(AvroValues.avro(Prices.amount(key.price())))
                    .setQuantity(AvroValues.avro(Prices.amount(sum.quantity())))
                    .setAmount(AvroValues.avro(Prices.amount(sum.amount())))
                    .build();
            if (!key.corrects().isEmpty()) {
                line.setCorrects(key.corrects());
            }
            lines.add(line);
        }
        BigInteger difference = charges.subtract(credits);
        return Invoice.newBuilder()
                .setAccount(AvroValues.avro(account))
                .setMonth(month)
                .setState(state)
                .setRevision(revision)
                .setThroughMinute(throughMinute)
                .setLines(lines)
                .setCharges(AvroValues.avro(Prices.amount(charges)))
                .setCredits(AvroValues.avro(Prices.amount(credits)))
                .setTotal(AvroValues.avro(Prices.amount(difference.max(BigInteger.ZERO))))
                .setCarried(AvroValues.avro(Prices.amount(difference.negate().max(BigInteger.ZERO))))
                .setArtifactBytes(0)
                .build();
    }

    void write(DataOutput out) throws IOException {
        out.writeLong(revision);
        out.writeBoolean(changed);
        out.writeInt(sums.size());
        for (Map.Entry<Key, Sum> entry : sums.entrySet()) {
            out.writeUTF(entry.getKey().kind().name());
            StateIo.write(entry.getKey().price(), out);
            out.writeUTF(entry.getKey().corrects());
            StateIo.write(entry.getValue().quantity(), out);
            StateIo.write(entry.getValue().amount(), out);
        }
    }

    static MonthBook read(DataInput in) throws IOException {
        MonthBook book = new MonthBook();
        book.revision = in.readLong();
        book.changed = in.readBoolean();
        for (int left = in.readInt(); left > 0; left--) {
            Key key = new Key(InvoiceLineKind.valueOf(in.readUTF()), StateIo.integer(in), in.readUTF());
            book.sums.put(key, new Sum(StateIo.integer(in), StateIo.integer(in)));
        }
        return book;
    }
}
