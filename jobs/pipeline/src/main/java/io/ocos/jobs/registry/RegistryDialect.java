package io.ocos.jobs.registry;

import io.debezium.connector.postgresql.SourceInfo;
import io.debezium.connector.postgresql.connection.PostgresConnection;
import io.debezium.connector.postgresql.connection.PostgresReplicationConnection;
import java.sql.SQLException;
import java.util.Map;
import org.apache.flink.cdc.connectors.base.config.JdbcSourceConfig;
import org.apache.flink.cdc.connectors.base.source.meta.offset.Offset;
import org.apache.flink.cdc.connectors.base.source.meta.split.SourceSplitBase;
import org.apache.flink.cdc.connectors.base.source.reader.external.FetchTask;
import org.apache.flink.cdc.connectors.postgres.source.PostgresDialect;
import org.apache.flink.cdc.connectors.postgres.source.config.PostgresSourceConfig;
import org.apache.flink.cdc.connectors.postgres.source.offset.PostgresOffset;
import org.apache.flink.util.FlinkRuntimeException;

/** The connector's view of PostgreSQL, made exact: watermarks that no transaction spans, and no slot that is silently made anew. */
final class RegistryDialect extends PostgresDialect {

    private static final long serialVersionUID = 1;

    private final ReplicationSlot slot;
    private final boolean restored;

    /**
     * The view of a job.
     *
     * @param restored whether the job goes on from a checkpoint, so that its slot must be there
     */
    RegistryDialect(PostgresSourceConfig config, ReplicationSlot slot, boolean restored) {
        super(config);
        this.slot = slot;
        this.restored = restored;
    }

    /** Asked for before and after a piece of a table is read. */
    @Override
    public Offset displayCurrentOffset(JdbcSourceConfig config) {
        try {
            return position(slot.quietPosition(), 0);
        } catch (SQLException e) {
            throw new FlinkRuntimeException("no position in the WAL that the captured tables are quiet at", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new FlinkRuntimeException("interrupted", e);
        }
    }

    /** The connector opens one to make the slot when it is not there. */
    @Override
    public PostgresReplicationConnection openPostgresReplicationConnection(PostgresConnection connection) {
        if (restored) {
            throw slot.lost("does not exist any more");
        }
        return super.openPostgresReplicationConnection(connection);
    }

    @Override
    public FetchTask<SourceSplitBase> createFetchTask(SourceSplitBase split) {
        if (split.isStreamSplit()) {
            try {
                slot.require();
            } catch (SQLException e) {
                throw new FlinkRuntimeException(
                        "%s does not answer".formatted(slot.database().url()), e);
            }
        }
        return super.createFetchTask(split);
    }

    /** An offset from which the stream begins with whole transactions, those that end at or before it left out. */
    static PostgresOffset position(long lsn, long timeMicros) {
        return PostgresOffset.of(Map.of(SourceInfo.LSN_KEY, lsn, SourceInfo.TIMESTAMP_USEC_KEY, timeMicros));
    }
}
