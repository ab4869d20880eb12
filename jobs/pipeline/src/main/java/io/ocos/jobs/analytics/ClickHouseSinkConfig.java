package io.ocos.jobs.analytics;

import io.ocos.schemas.config.Secret;
import java.io.Serializable;

/**
 * How rows reach ClickHouse.
 *
 * @param url {@code http://host:port} or {@code https://host:port}
 * @param user needs INSERT on {@code ocos.*} and SELECT on {@code system.columns}
 * @param password of the user
 * @param flushIntervalMillis a row waits no longer than this for others to be inserted with it
 * @param maxBlockRows rows of one insert
 * @param maxBufferedBytes rows of all tables that wait in one subtask
 * @param insertTimeoutMillis silence of the server after which an insert is tried again
 * @param retryMillis how long an insert is tried before the job restarts from its last checkpoint
 */
record ClickHouseSinkConfig(
        String url,
        String user,
        Secret password,
        int flushIntervalMillis,
        int maxBlockRows,
        int maxBufferedBytes,
        int insertTimeoutMillis,
        int retryMillis)
        implements Serializable {}
