package io.ocos.jobs.analytics;

import io.ocos.jobs.flink.RawRecord;
import java.util.List;
import org.apache.flink.api.common.typeinfo.TypeInfo;

/**
 * A record with its rows.
 *
 * @param source the record, kept for the case that ClickHouse refuses a row of it
 * @param rows in any number, none for a tick
 */
@TypeInfo(DecodedRecordTypeInfoFactory.class)
record DecodedRecord(RawRecord source, List<Row> rows) {

    static DecodedRecord of(RawRecord source) {
        return new DecodedRecord(source, RowMapper.rows(source));
    }
}
