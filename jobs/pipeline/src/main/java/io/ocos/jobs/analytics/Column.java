package io.ocos.jobs.analytics;

/** A column that rows are written with. */
record Column(String name, ColumnType type) {

    static Column column(String name, ColumnType type) {
        return new Column(name, type);
    }
}
