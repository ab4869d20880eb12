package io.ocos.jobs.flink;

import java.lang.reflect.Type;
import java.util.Map;
import org.apache.flink.api.common.typeinfo.TypeInfoFactory;
import org.apache.flink.api.common.typeinfo.TypeInformation;

/** Gives Flink the serializer of {@link RawRecord}. */
public final class RawRecordTypeInfoFactory extends TypeInfoFactory<RawRecord> {

    @Override
    public TypeInformation<RawRecord> createTypeInfo(Type type, Map<String, TypeInformation<?>> parameters) {
        return ValueTypeInfo.of(RawRecord.class, RawRecordSerializer.INSTANCE);
    }
}
