/**
 * The ClickHouse engine of the local stack: libchdb in a process of its own, behind an HTTP endpoint that the ClickHouse
 * clients talk to as to a server (DESIGN section 4).
 */
package io.ocos.jobs.clickhouse;
