package io.ocos.jobs.rewardpipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.ocos.jobs.reference.ReferenceOutput;
import io.ocos.schemas.avro.MinuteClosed;
import io.ocos.schemas.domain.TokenAmount;
import io.ocos.schemas.io.AvroValues;
import io.ocos.schemas.io.CsvRecords;
import java.util.List;

/** Compares what the job wrote with what the reference did. */
final class PipelineRows {

    private PipelineRows() {}

    static void assertSame(PipelineCluster.Results results, ReferenceOutput expected, Object world) {
        assertThat(results.late()).as("late in %s", world).isEmpty();
        assertThat(results.nodeMinutes().stream().map(CsvRecords::line).toList())
                .as("node-minutes of %s", world)
                .isEqualTo(strings(expected.nodeMinutes()));
        assertThat(results.scores().stream().map(CsvRecords::line).toList())
                .as("reputation of %s", world)
                .isEqualTo(strings(expected.scores()));
        assertThat(results.rewards().stream().map(CsvRecords::line).toList())
                .as("rewards of %s", world)
                .isEqualTo(strings(expected.rewards()));
        assertThat(results.minutesClosed().stream().map(PipelineRows::row).toList())
                .as("minutes closed of %s", world)
                .isEqualTo(
                        expected.closed().stream().map(PipelineRows::saturated).toList());
    }

    private static List<String> strings(List<?> rows) {
        return rows.stream().map(Object::toString).toList();
    }

    private static ReferenceOutput.ClosedRow row(MinuteClosed minute) {
        return new ReferenceOutput.ClosedRow(
                minute.getMinute(),
                minute.getTypes().stream()
                        .map(type -> new ReferenceOutput.TypeRow(
                                type.getType(),
                                type.getNodes(),
                                type.getSlots(),
                                type.getPaid(),
                                AvroValues.amount(type.getRaw()).wei(),
                                AvroValues.amount(type.getCap()).wei(),
                                AvroValues.amount(type.getRewards()).wei()))
                        .toList(),
                minute.getJobRewards(),
                AvroValues.amount(minute.getJobRewardsTotal()).wei(),
                minute.getAdjustments(),
                AvroValues.amount(minute.getAdjustmentsTotal()).wei());
    }

    /** Totals are shown, not paid: they end at 2^256 − 1. */
    private static ReferenceOutput.ClosedRow saturated(ReferenceOutput.ClosedRow row) {
        return new ReferenceOutput.ClosedRow(
                row.minute(),
                row.types().stream()
                        .map(type -> new ReferenceOutput.TypeRow(
                                type.type(),
                                type.nodes(),
                                type.slots(),
                                type.paid(),
                                TokenAmount.saturated(type.raw()).wei(),
                                type.cap(),
                                type.rewards()))
                        .toList(),
                row.jobRewards(),
                TokenAmount.saturated(row.jobRewardsTotal()).wei(),
                row.adjustments(),
                TokenAmount.saturated(row.adjustmentsTotal()).wei());
    }
}
