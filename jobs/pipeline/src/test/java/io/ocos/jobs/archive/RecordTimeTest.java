package io.ocos.jobs.archive;

import static org.assertj.core.api.Assertions.assertThat;

import io.ocos.jobs.flink.RawRecord;
import io.ocos.schemas.avro.Bytes20;
import io.ocos.schemas.avro.Bytes32;
import io.ocos.schemas.avro.ChainEvent;
import io.ocos.schemas.avro.JobEvent;
import io.ocos.schemas.avro.JobEventType;
import io.ocos.schemas.avro.SignedEnvelope;
import io.ocos.schemas.avro.TelemetryTick;
import io.ocos.schemas.io.RecordCodec;
import io.ocos.schemas.io.Topic;
import java.nio.ByteBuffer;
import java.util.Map;
import org.apache.avro.specific.SpecificRecord;
import org.junit.jupiter.api.Test;

class RecordTimeTest {

    private static final Bytes32 NO_HASH = new Bytes32(new byte[32]);
    private static final Bytes20 NO_NODE = new Bytes20(new byte[20]);

    @Test
    void telemetryBringsItsOwnTimeButNeverMoreThanTheBrokerLetIn() {
        assertThat(time(Topic.TELEMETRY, 5_000, envelope(5_000))).isEqualTo(5_000);
        assertThat(time(Topic.TELEMETRY, 5_000, new TelemetryTick("g", 5_000L))).isEqualTo(5_000);
        assertThat(time(Topic.TELEMETRY, 5_000, envelope(Long.MAX_VALUE))).isEqualTo(5_000);
        assertThat(time(Topic.TELEMETRY, 9_000, envelope(5_000))).isEqualTo(5_000);
        assertThat(time(Topic.TELEMETRY, -1, envelope(5_000))).isEqualTo(5_000);
        assertThat(time(Topic.TELEMETRY, 9_000, envelope(-5_000))).isEqualTo(RecordTime.NONE);
    }

    @Test
    void theChainBringsTheTimeOfFinalizedBlocksAlone() {
        assertThat(time(Topic.CHAIN_EVENTS, 1, chain("BlockFinalized", 70))).isEqualTo(70_000);
        assertThat(time(Topic.CHAIN_EVENTS, 1, chain("StakeChanged", 70))).isEqualTo(RecordTime.NONE);
        assertThat(time(Topic.CHAIN_EVENTS, 1, chain("BlockFinalized", Long.MAX_VALUE)))
                .isEqualTo(RecordTime.NONE);
    }

    @Test
    void jobEventsBringTheirWritersTime() {
        assertThat(time(Topic.JOB_EVENTS, 1, new JobEvent(JobEventType.FAILED, NO_HASH, NO_NODE, 3L, 4L)))
                .isEqualTo(4);
    }

    @Test
    void whatCannotBeReadOrBelongsElsewhereBringsNone() {
        assertThat(RecordTime.of(new RawRecord("telemetry", 0, 0, 7, null, null)))
                .isEqualTo(RecordTime.NONE);
        assertThat(RecordTime.of(new RawRecord("telemetry", 0, 0, 7, null, new byte[] {1})))
                .isEqualTo(RecordTime.NONE);
        assertThat(time(Topic.TELEMETRY, 7, chain("BlockFinalized", 70))).isEqualTo(RecordTime.NONE);
        assertThat(time(Topic.JOB_EVENTS, 7, new TelemetryTick("g", 5L))).isEqualTo(RecordTime.NONE);
        assertThat(time(Topic.CHAIN_EVENTS, 7, envelope(5))).isEqualTo(RecordTime.NONE);
    }

    /** SPEC 13, to the millisecond. */
    @Test
    void anEpochIsClosedBehindItsLastMinuteAndWhatMayStillCome() {
        ArchiveLayout layout = ArchiveLayout.ofEpochMinutes(60);
        long end = 3_600_000L * 8;
        assertThat(layout.closedEpoch(Topic.TELEMETRY, end + 10_000)).isEqualTo(6);
        assertThat(layout.closedEpoch(Topic.TELEMETRY, end + 10_001)).isEqualTo(7);
        assertThat(layout.closedEpoch(Topic.CHAIN_EVENTS, end)).isEqualTo(6);
        assertThat(layout.closedEpoch(Topic.CHAIN_EVENTS, end + 1_000)).isEqualTo(7);
        assertThat(layout.closedEpoch(Topic.JOB_EVENTS, end + 60_000)).isEqualTo(6);
        assertThat(layout.closedEpoch(Topic.JOB_EVENTS, end + 60_001)).isEqualTo(7);
        assertThat(layout.closedEpoch(Topic.TELEMETRY, 3_600_000)).isEqualTo(-1);
    }

    private static long time(Topic topic, long timestamp, SpecificRecord value) {
        return RecordTime.of(new RawRecord(topic.topicName(), 0, 0, timestamp, null, RecordCodec.encode(value)));
    }

    private static SignedEnvelope envelope(long receivedAt) {
        return new SignedEnvelope(
                NO_NODE, 1L, 2L, 3L, NO_HASH, ByteBuffer.allocate(0), ByteBuffer.allocate(0), receivedAt, "g");
    }

    private static ChainEvent chain(String name, long seconds) {
        return new ChainEvent(1L, NO_HASH, seconds, NO_HASH, 0L, NO_NODE, name, Map.of());
    }
}
