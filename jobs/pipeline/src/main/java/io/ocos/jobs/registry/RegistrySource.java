package io.ocos.jobs.registry;

import io.ocos.schemas.avro.RegistryChange;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Properties;
import java.util.stream.Stream;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.cdc.connectors.base.config.SourceConfig;
import org.apache.flink.cdc.connectors.base.source.assigner.HybridSplitAssigner;
import org.apache.flink.cdc.connectors.base.source.assigner.state.HybridPendingSplitsState;
import org.apache.flink.cdc.connectors.base.source.assigner.state.PendingSplitsState;
import org.apache.flink.cdc.connectors.base.source.meta.split.SourceRecords;
import org.apache.flink.cdc.connectors.base.source.meta.split.SourceSplitBase;
import org.apache.flink.cdc.connectors.base.source.meta.split.SourceSplitState;
import org.apache.flink.cdc.connectors.base.source.metrics.SourceReaderMetrics;
import org.apache.flink.cdc.connectors.postgres.source.PostgresSourceBuilder.PostgresIncrementalSource;
import org.apache.flink.cdc.connectors.postgres.source.config.PostgresSourceConfig;
import org.apache.flink.cdc.connectors.postgres.source.config.PostgresSourceConfigFactory;
import org.apache.flink.cdc.connectors.postgres.source.enumerator.PostgresSourceEnumerator;
import org.apache.flink.cdc.connectors.postgres.source.offset.PostgresOffsetFactory;
import org.apache.flink.connector.base.source.reader.RecordEmitter;
import org.apache.flink.util.FlinkRuntimeException;

/**
 * Flink CDC's source over the captured tables: each is read in pieces, then followed through the replication slot by {@code pgoutput}.
 * It repeats whole transactions after a restore, and loses none; {@link ChangeSequence} drops what is repeated.
 */
@SuppressWarnings("unchecked") // the connector's own reader has no type parameter
final class RegistrySource extends PostgresIncrementalSource<RegistryChange> {

    private static final long serialVersionUID = 1;

    static final String PUBLICATION = "ocos_registry";

    /** How often the connector looks for changes when there are none. */
    private static final int POLL_MILLIS = 100;

    private final ReplicationSlot slot;

    private RegistrySource(PostgresSourceConfigFactory factory, PostgresOffsetFactory offsets, ReplicationSlot slot) {
        super(factory, new ChangeDecoder(), offsets, new RegistryDialect(factory.create(0), slot, false));
        this.slot = slot;
    }

    static RegistrySource of(RegistryCdcJobConfig config) {
        PostgresDatabase database = config.database();
        PostgresSourceConfigFactory factory = new PostgresSourceConfigFactory();
        factory.hostname(database.host());
        factory.port(database.port());
        factory.database(database.database());
        factory.username(database.user());
        factory.password(database.password().reveal());
        factory.schemaList(new String[] {RegistryMigrations.SCHEMA});
        factory.tableList(Stream.concat(
                        Stream.of(RegistryTable.values()).map(RegistryTable::tableName),
                        Stream.of(ChangeDecoder.HEARTBEAT))
                .map(table -> RegistryMigrations.SCHEMA + "." + table)
                .toArray(String[]::new));
        factory.decodingPluginName("pgoutput");
        factory.slotName(config.slot());
        factory.splitSize(config.splitRows());
        factory.heartbeatInterval(Duration.ofMillis(config.heartbeatIntervalMillis()));
        Properties debezium = new Properties();
        debezium.setProperty("publication.name", PUBLICATION);
        debezium.setProperty("publication.autocreate.mode", "disabled");
        debezium.setProperty("decimal.handling.mode", "string");
        debezium.setProperty("interval.handling.mode", "string");
        debezium.setProperty("poll.interval.ms", Integer.toString(POLL_MILLIS));
        factory.debeziumProperties(debezium);
        return new RegistrySource(factory, new PostgresOffsetFactory(), new ReplicationSlot(database, config.slot()));
    }

    @Override
    public PostgresSourceEnumerator createEnumerator(SplitEnumeratorContext<SourceSplitBase> context) {
        try {
            slot.dropUnusable();
        } catch (SQLException e) {
            throw new FlinkRuntimeException(
                    "%s does not answer".formatted(slot.database().url()), e);
        }
        return super.createEnumerator(context);
    }

    @Override
    public PostgresSourceEnumerator restoreEnumerator(
            SplitEnumeratorContext<SourceSplitBase> context, PendingSplitsState checkpoint) {
        if (!(checkpoint instanceof HybridPendingSplitsState state)) {
            throw new IllegalArgumentException("state of a source of another kind: " + checkpoint);
        }
        PostgresSourceConfig config = (PostgresSourceConfig) configFactory.create(0);
        RegistryDialect dialect = new RegistryDialect(config, slot, true);
        return new PostgresSourceEnumerator(
                context,
                config,
                new HybridSplitAssigner<>(config, context.currentParallelism(), state, dialect, offsetFactory, context),
                dialect,
                getBoundedness());
    }

    @Override
    protected RecordEmitter<SourceRecords, RegistryChange, SourceSplitState> createRecordEmitter(
            SourceConfig config, SourceReaderMetrics metrics) {
        return new CommittedPositionEmitter(deserializationSchema, metrics, offsetFactory);
    }
}
