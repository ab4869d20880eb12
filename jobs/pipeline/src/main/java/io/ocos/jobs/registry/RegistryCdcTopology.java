package io.ocos.jobs.registry;

import io.ocos.jobs.flink.RecordTypeInfo;
import io.ocos.schemas.avro.RegistryChange;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.datastream.DataStream;

/** The graph of the RegistryCdcJob: one chain of single tasks, so that changes keep the order of their commits. */
final class RegistryCdcTopology {

    static final String SOURCE_UID = "registry-source";
    static final String SEQUENCE_UID = "registry-sequence";
    static final String SINK_UID = "registry-changes-sink";

    private RegistryCdcTopology() {}

    /** Each change once, in the order of commits; the source's uid is {@link #SOURCE_UID}, the sink's {@link #SINK_UID}. */
    static DataStream<RegistryChange> build(DataStream<RegistryChange> read, ChangeSequence sequence) {
        return read.keyBy(ChangeSequence::row, Types.STRING)
                .process(sequence, RecordTypeInfo.of(RegistryChange.class))
                .name("sequence")
                .uid(SEQUENCE_UID)
                .setParallelism(1);
    }
}
