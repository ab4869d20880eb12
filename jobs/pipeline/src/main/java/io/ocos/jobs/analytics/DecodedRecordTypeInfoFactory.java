package io.ocos.jobs.analytics;

import io.ocos.jobs.flink.ValueTypeInfo;
import java.lang.reflect.Type;
import java.util.Map;
import org.apache.flink.api.common.typeinfo.TypeInfoFactory;
import org.apache.flink.api.common.typeinfo.TypeInformation;

/** Gives Flink the serializer of {@link DecodedRecord}. */
public final class DecodedRecordTypeInfoFactory extends TypeInfoFactory<DecodedRecord> {

    @Override
    public TypeInformation<DecodedRecord> createTypeInfo(Type type, Map<String, TypeInformation<?>> parameters) {
        return ValueTypeInfo.of(DecodedRecord.class, DecodedRecordSerializer.INSTANCE);
    }
}
