package io.ocos.jobs.archive;

import io.ocos.schemas.config.ConfigException;
import io.ocos.schemas.io.ArchiveManifest;
import java.io.IOException;
import java.io.Serializable;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.kafka.clients.consumer.OffsetResetStrategy;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Where an archive is taken up when there is no checkpoint: behind its newest manifest.
 *
 * @param newest null when the archive is empty
 */
record ArchiveStart(@Nullable ArchiveManifest newest) implements Serializable {

    /**
     * The start of an archive.
     *
     * @throws ConfigException when it was begun with another epoch length, or cannot be read
     */
    static ArchiveStart of(ArchiveDirectory archive, int epochMinutes) {
        try {
            ArchiveManifest newest = archive.newest();
            if (newest != null && newest.epochMinutes() != epochMinutes) {
                throw new ConfigException("epochMinutes %d, expected %d: the archive was begun with it (%s)"
                        .formatted(
                                epochMinutes,
                                newest.epochMinutes(),
                                archive.name(ArchiveDirectory.manifestPath(newest.epoch()))));
            }
            return new ArchiveStart(newest);
        } catch (IOException e) {
            throw new ConfigException("archive %s cannot be read: %s".formatted(archive.name(""), e), e);
        }
    }

    OffsetsInitializer offsets() {
        return newest == null
                ? OffsetsInitializer.earliest()
                : OffsetsInitializer.offsets(positions(newest), OffsetResetStrategy.EARLIEST);
    }

    private static Map<TopicPartition, Long> positions(ArchiveManifest manifest) {
        return manifest.partitions().stream()
                .map(entry -> TopicReader.position(entry.name(), entry.to()))
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    }
}
