package io.ocos.jobs.analytics;

/** The ClickHouse types that rows are made of, each with its name there. */
enum ColumnType {
    BOOL("Bool"),
    UINT8("UInt8"),
    UINT16("UInt16"),
    UINT32("UInt32"),
    UINT64("UInt64"),
    UINT256("UInt256"),
    INT32("Int32"),
    INT64("Int64"),
    /** Any bytes. */
    STRING("String"),
    /** Text of few different values. */
    LABEL("LowCardinality(String)"),
    NULLABLE_STRING("Nullable(String)"),
    /** Seconds, 1970 … 2106. */
    DATE_TIME("DateTime('UTC')"),
    /** Milliseconds, here 1970 … 2299. */
    DATE_TIME_MILLIS("DateTime64(3, 'UTC')"),
    LABELS("Array(LowCardinality(String))"),
    UINT32S("Array(UInt32)"),
    UINT64S("Array(UInt64)"),
    UINT256S("Array(UInt256)"),
    TEXT_MAP("Map(LowCardinality(String), String)");

    private final String clickHouseName;

    ColumnType(String clickHouseName) {
        this.clickHouseName = clickHouseName;
    }

    /** As {@code system.columns} writes it. */
    String clickHouseName() {
        return clickHouseName;
    }
}
