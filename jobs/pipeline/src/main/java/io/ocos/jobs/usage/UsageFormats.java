package io.ocos.jobs.usage;

import io.ocos.jobs.flink.AddressSerializer;
import io.ocos.jobs.flink.FormatSerializer;
import io.ocos.jobs.flink.FormatSerializer.Format;
import io.ocos.jobs.flink.Hash32Serializer;
import io.ocos.jobs.flink.StateSerializer;
import io.ocos.metering.domain.usage.AccountBook;
import io.ocos.metering.domain.usage.AccountFact;
import io.ocos.metering.domain.usage.AccountFacts;
import io.ocos.metering.domain.usage.JobAssignment;
import io.ocos.metering.domain.usage.JobSeries;
import io.ocos.metering.domain.usage.NodeTime;
import io.ocos.metering.domain.usage.StorageReading;
import io.ocos.metering.domain.usage.StorageSeries;
import io.ocos.metering.domain.usage.UsageEntries;
import io.ocos.schemas.domain.Address;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** How what flows between the operators, and lies in their state, is written. */
public final class UsageFormats {

    static final TypeInformation<NodeFact> NODE_FACT = FormatSerializer.typeOf(NodeFact.class, new NodeFacts());
    static final TypeInformation<AccountFact> ACCOUNT_FACT =
            FormatSerializer.typeOf(AccountFact.class, new AccountFactFormat());
    static final TypeInformation<Dispatch> DISPATCH = FormatSerializer.typeOf(Dispatch.class, new Dispatches());
    static final TypeInformation<Unassigned> UNASSIGNED = FormatSerializer.typeOf(Unassigned.class, new Unassigneds());

    static final StateSerializer<JobSeries> JOB_SERIES = new StateSerializer<>(new JobSeriesFormat());
    static final StateSerializer<StorageSeries> STORAGE_SERIES = new StateSerializer<>(new StorageSeriesFormat());
    static final StateSerializer<NodeTime> NODE_TIME = new StateSerializer<>(new NodeTimeFormat());
    static final StateSerializer<AccountBook> ACCOUNT_BOOK = new StateSerializer<>(new AccountBookFormat());

    private UsageFormats() {}

    private static IOException unknown(String what, int layout) {
        return new IOException("%s with layout %d, which this software does not know: written by a newer one?"
                .formatted(what, layout));
    }

    /** Format of {@link NodeFact}; the first byte names the kind and its layout. */
    public static final class NodeFacts implements Format<NodeFact> {
        private static final long serialVersionUID = 1;
        private static final int REPORT = 1;
        private static final int ASSIGNED = 2;
        private static final int PLACED = 3;

        @Override
        public void write(NodeFact value, DataOutputView target) throws IOException {
            if (value instanceof NodeFact.Report report) {
                target.writeByte(REPORT);
                AddressSerializer.INSTANCE.serialize(report.node(), target);
                target.writeShort(report.entries().jobs().size());
                for (UsageEntries.OfJob entry : report.entries().jobs()) {
                    Hash32Serializer.INSTANCE.serialize(entry.job(), target);
                    JobSeries.write(entry.reading(), target);
                }
                target.writeShort(report.entries().storage().size());
                for (UsageEntries.OfAccount entry : report.entries().storage()) {
                    AddressSerializer.INSTANCE.serialize(entry.account(), target);
                    target.writeLong(entry.reading().at());
                    target.writeLong(entry.reading().bytes());
                    target.writeInt(entry.reading().partition());
                    target.writeLong(entry.reading().offset());
                    target.writeShort(entry.reading().entry());
                }
            } else if (value instanceof NodeFact.Assigned assigned) {
                target.writeByte(ASSIGNED);
                AddressSerializer.INSTANCE.serialize(assigned.node(), target);
                Hash32Serializer.INSTANCE.serialize(assigned.job(), target);
                AddressSerializer.INSTANCE.serialize(assigned.assignment().customer(), target);
                target.writeLong(assigned.assignment().fromMillis());
                target.writeLong(assigned.assignment().untilMillis());
            } else if (value instanceof NodeFact.Placed placed) {
                target.writeByte(PLACED);
                AddressSerializer.INSTANCE.serialize(placed.node(), target);
                target.writeLong(placed.atMillis());
                target.writeLong(placed.sequence());
                target.writeUTF(placed.region());
            } else {
                throw new IllegalArgumentException("no format for " + value);
            }
        }

        @Override
        public NodeFact read(DataInputView source) throws IOException {
            int layout = source.readByte();
            Address node = AddressSerializer.INSTANCE.deserialize(source);
            return switch (layout) {
                case REPORT -> new NodeFact.Report(node, new UsageEntries(jobs(source), storage(source)));
                case ASSIGNED ->
                    new NodeFact.Assigned(
                            node,
                            Hash32Serializer.INSTANCE.deserialize(source),
                            new JobAssignment(
                                    AddressSerializer.INSTANCE.deserialize(source),
                                    source.readLong(),
                                    source.readLong()));
                case PLACED -> new NodeFact.Placed(node, source.readLong(), source.readLong(), source.readUTF());
                default -> throw unknown("fact of a node's usage", layout);
            };
        }

        private static List<UsageEntries.OfJob> jobs(DataInputView source) throws IOException {
            int size = source.readUnsignedShort();
            List<UsageEntries.OfJob> jobs = new ArrayList<>(size);
            for (int i = 0; i < size; i++) {
                jobs.add(new UsageEntries.OfJob(
                        Hash32Serializer.INSTANCE.deserialize(source), JobSeries.reading(source)));
            }
            return jobs;
        }

        private static List<UsageEntries.OfAccount> storage(DataInputView source) throws IOException {
            int size = source.readUnsignedShort();
            List<UsageEntries.OfAccount> storage = new ArrayList<>(size);
            for (int i = 0; i < size; i++) {
                storage.add(new UsageEntries.OfAccount(
                        AddressSerializer.INSTANCE.deserialize(source),
                        new StorageReading(
                                source.readLong(),
                                source.readLong(),
                                source.readInt(),
                                source.readLong(),
                                source.readShort())));
            }
            return storage;
        }
    }

    /** Format of {@link AccountFact}. */
    public static final class AccountFactFormat implements Format<AccountFact> {
        private static final long serialVersionUID = 1;

        @Override
        public void write(AccountFact value, DataOutputView target) throws IOException {
            AccountFacts.write(value, target);
        }

        @Override
        public AccountFact read(DataInputView source) throws IOException {
            return AccountFacts.read(source);
        }
    }

    /** Format of {@link Dispatch}. */
    public static final class Dispatches implements Format<Dispatch> {
        private static final long serialVersionUID = 1;

        @Override
        public void write(Dispatch value, DataOutputView target) throws IOException {
            Hash32Serializer.INSTANCE.serialize(value.job(), target);
            AddressSerializer.INSTANCE.serialize(value.node(), target);
            target.writeLong(value.at());
        }

        @Override
        public Dispatch read(DataInputView source) throws IOException {
            return new Dispatch(
                    Hash32Serializer.INSTANCE.deserialize(source),
                    AddressSerializer.INSTANCE.deserialize(source),
                    source.readLong());
        }
    }

    /** Format of {@link Unassigned}. */
    public static final class Unassigneds implements Format<Unassigned> {
        private static final long serialVersionUID = 1;
        private static final int LAYOUT_1 = 1;

        @Override
        public void write(Unassigned value, DataOutputView target) throws IOException {
            target.writeByte(LAYOUT_1);
            Hash32Serializer.INSTANCE.serialize(value.job(), target);
            AddressSerializer.INSTANCE.serialize(value.node(), target);
            JobSeries.write(value.reading(), target);
        }

        @Override
        public Unassigned read(DataInputView source) throws IOException {
            int layout = source.readByte();
            if (layout != LAYOUT_1) {
                throw unknown("reading without assignment", layout);
            }
            return new Unassigned(
                    Hash32Serializer.INSTANCE.deserialize(source),
                    AddressSerializer.INSTANCE.deserialize(source),
                    JobSeries.reading(source));
        }
    }

    /** Format of {@link JobSeries}. */
    public static final class JobSeriesFormat implements Format<JobSeries> {
        private static final long serialVersionUID = 1;

        @Override
        public void write(JobSeries value, DataOutputView target) throws IOException {
            value.write(target);
        }

        @Override
        public JobSeries read(DataInputView source) throws IOException {
            return JobSeries.read(source);
        }
    }

    /** Format of {@link StorageSeries}. */
    public static final class StorageSeriesFormat implements Format<StorageSeries> {
        private static final long serialVersionUID = 1;

        @Override
        public void write(StorageSeries value, DataOutputView target) throws IOException {
            value.write(target);
        }

        @Override
        public StorageSeries read(DataInputView source) throws IOException {
            return StorageSeries.read(source);
        }
    }

    /** Format of {@link NodeTime}. */
    public static final class NodeTimeFormat implements Format<NodeTime> {
        private static final long serialVersionUID = 1;

        @Override
        public void write(NodeTime value, DataOutputView target) throws IOException {
            value.write(target);
        }

        @Override
        public NodeTime read(DataInputView source) throws IOException {
            return NodeTime.read(source);
        }
    }

    /** Format of {@link AccountBook}. */
    public static final class AccountBookFormat implements Format<AccountBook> {
        private static final long serialVersionUID = 1;

        @Override
        public void write(AccountBook value, DataOutputView target) throws IOException {
            value.write(target);
        }

        @Override
        public AccountBook read(DataInputView source) throws IOException {
            return AccountBook.read(source);
        }
    }
}
