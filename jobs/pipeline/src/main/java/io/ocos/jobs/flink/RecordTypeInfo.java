package io.ocos.jobs.flink;

import org.apache.avro.specific.SpecificRecord;
import org.apache.flink.api.common.typeinfo.TypeInformation;

/** The Flink types of the Avro records, so that they flow between operators and lie in state without Kryo. */
public final class RecordTypeInfo {

    private RecordTypeInfo() {}

    /** The type of a record; never a key. A record that was handed on must not be changed. */
    public static <T extends SpecificRecord> TypeInformation<T> of(Class<T> type) {
        return ValueTypeInfo.of(type, new RecordSerializer<>(type));
    }

    /** The type of records of any kind in one stream; never a key. */
    public static TypeInformation<SpecificRecord> any() {
        return of(SpecificRecord.class);
    }
}
