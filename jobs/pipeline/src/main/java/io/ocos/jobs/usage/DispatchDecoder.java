package io.ocos.jobs.usage;

import io.ocos.jobs.flink.RawRecord;
import io.ocos.metering.domain.JobEvidence;
import io.ocos.schemas.avro.JobEvent;
import io.ocos.schemas.avro.JobEventType;
import io.ocos.schemas.io.AvroValues;
import io.ocos.schemas.io.MalformedRecordException;
import io.ocos.schemas.io.RecordCodec;
import org.apache.flink.api.common.functions.FlatMapFunction;
import org.apache.flink.util.Collector;

/**
 * Records of {@code job-events} to what gives a job to a node: DISPATCHED and STARTED that pass J1. What is refused, the
 * RewardPipelineJob keeps.
 */
final class DispatchDecoder implements FlatMapFunction<RawRecord, Dispatch> {

    private static final long serialVersionUID = 1;

    @Override
    public void flatMap(RawRecord record, Collector<Dispatch> out) {
        byte[] value = record.value();
        if (value == null) {
            return;
        }
        JobEvent event;
        try {
            event = RecordCodec.decode(value, JobEvent.class);
        } catch (MalformedRecordException e) {
            return;
        }
        boolean gives = event.getType() == JobEventType.DISPATCHED || event.getType() == JobEventType.STARTED;
        if (gives && event.getAt() >= 0 && JobEvidence.isTimely(event.getAt(), event.getRecordedAt())) {
            out.collect(new Dispatch(
                    AvroValues.hash32(event.getJobId()), AvroValues.address(event.getNode()), event.getAt()));
        }
    }
}
