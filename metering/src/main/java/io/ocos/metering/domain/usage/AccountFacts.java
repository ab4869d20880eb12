package io.ocos.metering.domain.usage;

import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hash32;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/** How facts are written, in state and between operators; the first byte names the kind and its layout. */
public final class AccountFacts {

    private static final int JOB_USE = 1;
    private static final int STORAGE_USE = 2;
    private static final int STAKE = 3;
    private static final int SUBSCRIPTION = 4;
    private static final int DECLARATION = 5;

    private AccountFacts() {}

    /** Writes a fact. */
    public static void write(AccountFact fact, DataOutput out) throws IOException {
        if (fact instanceof AccountFact.JobUse use) {
            out.writeByte(JOB_USE);
            StateIo.write(use.account(), out);
            out.write(use.job().toBytes());
            StateIo.write(use.node(), out);
            StateIo.write(use.change().customer(), out);
            out.writeLong(use.change().minute());
            StateIo.write(use.change().before(), out);
            StateIo.write(use.change().after(), out);
            out.writeUTF(use.change().region());
            out.writeInt(use.change().revision());
            out.writeByte(use.nodeMinutes());
        } else if (fact instanceof AccountFact.StorageUse use) {
            out.writeByte(STORAGE_USE);
            StateIo.write(use.account(), out);
            StateIo.write(use.node(), out);
            out.writeLong(use.change().hour());
            StateIo.write(use.change().before(), out);
            StateIo.write(use.change().after(), out);
            out.writeInt(use.change().revision());
        } else if (fact instanceof AccountFact.Stake stake) {
            out.writeByte(STAKE);
            StateIo.write(stake.account(), out);
            out.writeLong(stake.minute());
            out.writeLong(stake.blockNumber());
            out.writeLong(stake.logIndex());
            StateIo.write(stake.stake(), out);
        } else if (fact instanceof AccountFact.Subscription subscription) {
            out.writeByte(SUBSCRIPTION);
            StateIo.write(subscription.account(), out);
            out.writeLong(subscription.blockNumber());
            out.writeLong(subscription.logIndex());
            out.writeUTF(subscription.plan());
            out.writeLong(subscription.fromMillis());
            out.writeLong(subscription.untilMillis());
        } else if (fact instanceof AccountFact.Declaration declaration) {
            out.writeByte(DECLARATION);
            StateIo.write(declaration.account(), out);
            out.writeLong(declaration.atMillis());
            out.writeLong(declaration.sequence());
            Long bytes = declaration.bytes();
            out.writeBoolean(bytes != null);
            out.writeLong(bytes == null ? 0 : bytes);
        } else {
            throw new IllegalArgumentException("no format for " + fact);
        }
    }

    /** Reads what {@link #write} wrote. */
    public static AccountFact read(DataInput in) throws IOException {
        int layout = in.readByte();
        return switch (layout) {
            case JOB_USE ->
                new AccountFact.JobUse(
                        StateIo.address(in), hash32(in), StateIo.address(in), jobChange(in), in.readByte());
            case STORAGE_USE ->
                new AccountFact.StorageUse(
                        StateIo.address(in),
                        StateIo.address(in),
                        new StorageSeries.Change(
                                in.readLong(), StateIo.integer(in), StateIo.integer(in), in.readInt()));
            case STAKE ->
                new AccountFact.Stake(
                        StateIo.address(in), in.readLong(), in.readLong(), in.readLong(), StateIo.integer(in));
            case SUBSCRIPTION ->
                new AccountFact.Subscription(
                        StateIo.address(in), in.readLong(), in.readLong(), in.readUTF(), in.readLong(), in.readLong());
            case DECLARATION -> {
                Address account = StateIo.address(in);
                long at = in.readLong();
                long sequence = in.readLong();
                boolean there = in.readBoolean();
                long bytes = in.readLong();
                yield new AccountFact.Declaration(account, at, sequence, there ? bytes : null);
            }
            default ->
                throw new IOException(
                        "fact of an account with layout %d, which this software does not know: written by a newer one?"
                                .formatted(layout));
        };
    }

    private static JobSeries.Change jobChange(DataInput in) throws IOException {
        return new JobSeries.Change(
                StateIo.address(in),
                in.readLong(),
                StateIo.counters(in),
                StateIo.counters(in),
                in.readUTF(),
                in.readInt());
    }

    private static Hash32 hash32(DataInput in) throws IOException {
        byte[] bytes = new byte[Hash32.BYTES];
        in.readFully(bytes);
        return Hash32.of(bytes);
    }
}
