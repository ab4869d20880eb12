package io.ocos.jobs.settlement;

import io.ocos.rewardssettlement.domain.EpochClosing;
import java.io.IOException;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** The binary form of an {@link EpochClosing} within others: four longs. */
final class EpochClosings {

    static final EpochClosing NONE = new EpochClosing(0, 0, 0, 0);

    private EpochClosings() {}

    static void write(EpochClosing closing, DataOutputView target) throws IOException {
        target.writeLong(closing.number());
        target.writeLong(closing.epoch());
        target.writeLong(closing.fromMinute());
        target.writeLong(closing.toMinute());
    }

    static EpochClosing read(DataInputView source) throws IOException {
        return new EpochClosing(source.readLong(), source.readLong(), source.readLong(), source.readLong());
    }
}
