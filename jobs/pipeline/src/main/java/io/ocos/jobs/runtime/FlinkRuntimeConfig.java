package io.ocos.jobs.runtime;

import static io.ocos.jobs.flink.ConfigChecks.inRange;
import static io.ocos.jobs.flink.ConfigChecks.required;

import io.ocos.jobs.analytics.AnalyticsJob;
import io.ocos.jobs.analytics.AnalyticsJobConfig;
import io.ocos.jobs.archive.ArchiveJob;
import io.ocos.jobs.archive.ArchiveJobConfig;
import io.ocos.jobs.flink.JobDefinition;
import io.ocos.jobs.registry.RegistryCdcJob;
import io.ocos.jobs.registry.RegistryCdcJobConfig;
import io.ocos.jobs.rewardpipeline.RewardPipelineJob;
import io.ocos.jobs.rewardpipeline.RewardPipelineJobConfig;
import io.ocos.jobs.settlement.SettlementJob;
import io.ocos.jobs.settlement.SettlementJobConfig;
import io.ocos.jobs.usage.UsageJob;
import io.ocos.jobs.usage.UsageJobConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Configuration of the Flink process. A job runs if its section is there. Keys that have a default may be absent (null to
 * the constructor).
 *
 * @param dataDir checkpoints and temporary files; one process at a time
 * @param webPort Flink's web page and REST interface, on 127.0.0.1; 0 = any free port; default 0
 * @param opsPort health and metrics, on 127.0.0.1; 0 = any free port; default 0
 * @param stateBackend {@code hashmap} (state on the heap) or {@code rocksdb}; default {@code hashmap}
 * @param networkBuffersMb memory between tasks, 8 … 1 024; default 32
 * @param analytics the AnalyticsJob; null = not run here
 * @param archive the ArchiveJob; null = not run here
 * @param registryCdc the RegistryCdcJob; null = not run here
 * @param settlement the SettlementJob; null = not run here
 * @param rewardPipeline the RewardPipelineJob; null = not run here
 * @param usage the UsageJob; null = not run here
 */
public record FlinkRuntimeConfig(
        Path dataDir,
        Integer webPort,
        Integer opsPort,
        String stateBackend,
        Integer networkBuffersMb,
        @Nullable AnalyticsJobConfig analytics,
        @Nullable ArchiveJobConfig archive,
        @Nullable RegistryCdcJobConfig registryCdc,
        @Nullable SettlementJobConfig settlement,
        @Nullable RewardPipelineJobConfig rewardPipeline,
        @Nullable UsageJobConfig usage) {

    private static final int MAX_PORT = 65_535;

    public FlinkRuntimeConfig {
        required("dataDir", dataDir);
        webPort = inRange("webPort", webPort, 0, 0, MAX_PORT);
        opsPort = inRange("opsPort", opsPort, 0, 0, MAX_PORT);
        stateBackend = stateBackend == null ? "hashmap" : stateBackend;
        if (!stateBackend.equals("hashmap") && !stateBackend.equals("rocksdb")) {
            throw new IllegalArgumentException(
                    "stateBackend '%s', expected hashmap or rocksdb".formatted(stateBackend));
        }
        networkBuffersMb = networkBuffersMb == null ? 32 : networkBuffersMb;
        if (networkBuffersMb < 8 || networkBuffersMb > 1_024) {
            throw new IllegalArgumentException("networkBuffersMb %d, expected 8 … 1024".formatted(networkBuffersMb));
        }
        if (Stream.of(analytics, archive, registryCdc, settlement, rewardPipeline, usage)
                .allMatch(Objects::isNull)) {
            throw new IllegalArgumentException(
                    "no section of a job, expected at least one of: analytics, archive, registryCdc, settlement, rewardPipeline, usage");
        }
    }

    /** The jobs whose sections are there. */
    List<JobDefinition> jobs() {
        return Stream.of(
                        Optional.ofNullable(rewardPipeline).map(RewardPipelineJob::define),
                        Optional.ofNullable(settlement).map(SettlementJob::define),
                        Optional.ofNullable(analytics).map(AnalyticsJob::define),
                        Optional.ofNullable(archive).map(ArchiveJob::define),
                        Optional.ofNullable(registryCdc).map(RegistryCdcJob::define),
                        Optional.ofNullable(usage).map(UsageJob::define))
                .flatMap(Optional::stream)
                .toList();
    }
}
