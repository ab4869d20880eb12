package io.ocos.jobs.submitter;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.ocos.ingest.io.NodeKeys;
import io.ocos.ingest.io.OpsServer;
import io.ocos.jobs.JobsMetrics;
import io.ocos.jobs.flink.KafkaSources;
import io.ocos.jobs.settlement.ArtifactStore;
import io.ocos.jobs.verify.Recomputation;
import io.ocos.rewardssettlement.domain.submission.BatchCheck;
import io.ocos.rewardssettlement.domain.submission.ChainDisagreementException;
import io.ocos.rewardssettlement.domain.submission.ChainUnavailableException;
import io.ocos.rewardssettlement.domain.submission.FencedException;
import io.ocos.rewardssettlement.domain.submission.JournalException;
import io.ocos.rewardssettlement.domain.submission.Proposal;
import io.ocos.rewardssettlement.domain.submission.QuorumChain;
import io.ocos.rewardssettlement.domain.submission.StepResult;
import io.ocos.rewardssettlement.domain.submission.StepResult.Acted;
import io.ocos.rewardssettlement.domain.submission.StepResult.Halted;
import io.ocos.rewardssettlement.domain.submission.StepResult.Waiting;
import io.ocos.rewardssettlement.domain.submission.Submitter;
import io.ocos.rewardssettlement.domain.submission.SubmitterView;
import io.ocos.rewardssettlement.io.SettlementSigner;
import io.ocos.rewardssettlement.io.Web3jSettlementChain;
import io.ocos.schemas.config.ConfigException;
import io.ocos.schemas.config.Service;
import io.ocos.schemas.domain.Address;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InterruptException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The submitter as a process (SPEC 11): {@link Submitter} steps as long as this one has the lease. */
public final class SubmitterService implements Service {

    /** Its name in logs, metrics and Kafka. */
    static final String PROCESS = "submitter";

    private static final Logger LOG = LoggerFactory.getLogger(SubmitterService.class);
    private static final long BACKOFF_MAX_MILLIS = 30_000;
    private static final Duration CHECK_GRACE = Duration.ofSeconds(1);

    private static final ArchiveBatchCheck.Recomputation.Result NO_RECOMPUTATION =
            new ArchiveBatchCheck.Recomputation.Result(
                    ArchiveBatchCheck.Recomputation.Outcome.NOT_POSSIBLE,
                    "registry is not set, so it cannot be computed again; requireRecomputed=false proposes it all the same");

    private final SubmitterConfig config;
    private final Clock clock;
    private final List<Web3jSettlementChain> endpoints = new ArrayList<>();
    private final QuorumChain chain;
    private final SettlementSigner signer;
    private final KafkaJournal journal;
    private final BatchTail batches;
    private final LateRecords late;
    private final BackgroundBatchCheck check;
    private final MeterRegistry metrics;
    private final OpsServer ops;
    private final CountDownLatch closing = new CountDownLatch(1);
    private final CompletableFuture<Void> terminated = new CompletableFuture<>();
    private final Thread thread;
    private volatile List<String> problems = List.of("it has not looked at the chain yet");
    private volatile SubmitterView view = SubmitterView.NOTHING;
    private volatile boolean halted;
    private volatile boolean lateAlarm;
    private volatile long lastLookAt;
    private String lastSaid = "";

    private SubmitterService(SubmitterConfig config, NodeKeys keys, Clock clock) {
        this.config = config;
        this.clock = clock;
        signer = new SettlementSigner(keys.privateKey(), config.chainId(), config.settlement());
        for (int i = 0; i < config.rpcUrls().size(); i++) {
            endpoints.add(new Web3jSettlementChain(
                    "rpcUrls[%d]".formatted(i),
                    config.rpcUrls().get(i).reveal(),
                    config.settlement(),
                    keys.address(),
                    Duration.ofMillis(config.rpcTimeoutMillis())));
        }
        PrometheusMeterRegistry registry = OpsServer.newRegistry(PROCESS);
        metrics = registry;
        chain = new QuorumChain(endpoints, config.quorum(), new Disagreements());
        Map<String, Object> kafka = new HashMap<>();
        KafkaSources.properties(config.kafkaPropertiesFile()).forEach((key, value) -> kafka.put(key.toString(), value));
        kafka.put(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, config.kafkaBootstrap());
        journal = new KafkaJournal(kafka);
        gauges();
        ops = OpsServer.start(config.opsPort(), () -> problems, registry);
        batches = new BatchTail(kafka, this::fail);
        late = new LateRecords(kafka, config.lateOffsets());
        check = new BackgroundBatchCheck(
                new ArchiveBatchCheck(
                        ArtifactStore.at(config.artifactDirectory()),
                        config.archiveDirectory(),
                        recomputation(config),
                        batches::cid),
                CHECK_GRACE);
        thread = new Thread(this::run, PROCESS);
    }

    private BatchCheck.Verdict check(Proposal batch) {
        return notLate().orElseGet(() -> check.check(batch));
    }

    /** Why no batch may be proposed: a late record, or that it is not known whether there is one. */
    private Optional<BatchCheck.Verdict> notLate() {
        try {
            Optional<String> alarm = late.alarm();
            lateAlarm = alarm.isPresent();
            return alarm.map(BatchCheck.NotAvailable::new);
        } catch (InterruptException e) {
            throw e;
        } catch (KafkaException e) {
            return Optional.of(new BatchCheck.NotAvailable("the topics of rejects cannot be read: " + e.getMessage()));
        }
    }

    private static ArchiveBatchCheck.Recomputation recomputation(SubmitterConfig config) {
        Address registry = config.registry();
        return registry == null
                ? (batch, inputs) -> NO_RECOMPUTATION
                : new ReplayRecomputation(new Recomputation.Setup(config.chainId(), registry, 1));
    }

    /**
     * Starts; returns once the process listens, whether or not chain and Kafka answer yet.
     *
     * @throws ConfigException when the keystore cannot be opened, the port is taken, or an endpoint that answers is of another
     *     chain, or has no settlement contract at the address
     */
    public static SubmitterService start(SubmitterConfig config) {
        return start(config, Clock.systemUTC());
    }

    static SubmitterService start(SubmitterConfig config, Clock clock) {
        NodeKeys keys = NodeKeys.load(config.keystore(), config.passwordFile());
        requireRightChain(config, keys);
        SubmitterService service = new SubmitterService(config, keys, clock);
        service.thread.start();
        return service;
    }

    /** What is wrong for certain ends the process before it does anything; what does not answer may do so later. */
    private static void requireRightChain(SubmitterConfig config, NodeKeys keys) {
        for (int i = 0; i < config.rpcUrls().size(); i++) {
            try (Web3jSettlementChain endpoint = new Web3jSettlementChain(
                    "rpcUrls[%d]".formatted(i),
                    config.rpcUrls().get(i).reveal(),
                    config.settlement(),
                    keys.address(),
                    Duration.ofMillis(config.rpcTimeoutMillis()))) {
                long its = endpoint.chainId();
                if (its != config.chainId()) {
                    throw new ConfigException("chainId: %d, but rpcUrls[%d] has chain id %d; expected the same"
                            .formatted(config.chainId(), i, its));
                }
                if (!endpoint.hasContract()) {
                    throw new ConfigException("settlement: rpcUrls[%d] has no settlement contract at %s"
                            .formatted(i, config.settlement()));
                }
            } catch (ChainUnavailableException e) {
                LOG.warn("{}", e.getMessage());
            }
        }
    }

    /** The port of health and metrics. */
    public int opsPort() {
        return ops.port();
    }

    @Override
    public CompletableFuture<Void> terminated() {
        return terminated;
    }

    @Override
    public void close() {
        closing.countDown();
        join(5_000);
        if (thread.isAlive()) {
            // It waits for an answer or for Kafka; what it was about to do, the journal says to whoever comes next.
            thread.interrupt();
            join(5_000);
        }
        check.close();
        batches.close();
        late.close();
        journal.close();
        endpoints.forEach(Web3jSettlementChain::close);
        ops.close();
    }

    private void join(long millis) {
        try {
            thread.join(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        Submitter submitter = null;
        long backoff = config.pollMillis();
        try {
            while (closing.getCount() > 0) {
                long pause = config.pollMillis();
                try {
                    if (batches.isLeader()) {
                        submitter = submitter == null ? open() : submitter;
                        StepResult result = submitter.step();
                        said(submitter, result);
                        pause = result instanceof Acted ? 0 : pause;
                    } else {
                        submitter = null;
                        standBy();
                    }
                    backoff = config.pollMillis();
                } catch (FencedException e) {
                    submitter = null;
                    failed("journal", e);
                } catch (JournalException e) {
                    submitter = null;
                    failed("journal", e);
                    pause = backoff;
                    backoff = Math.min(backoff * 2, BACKOFF_MAX_MILLIS);
                } catch (ChainDisagreementException e) {
                    failed("disagreement", e);
                } catch (ChainUnavailableException e) {
                    failed("chain", e);
                    pause = backoff;
                    backoff = Math.min(backoff * 2, BACKOFF_MAX_MILLIS);
                }
                if (closing.await(pause, TimeUnit.MILLISECONDS)) {
                    break;
                }
            }
            terminated.complete(null);
        } catch (Throwable e) {
            fail(e);
        }
    }

    private Submitter open() {
        Submitter submitter = new Submitter(chain, journal, batches, this::check, signer, config.policy(), clock);
        LOG.info(
                "the journal has {} entries; {}",
                submitter.state().size(),
                submitter
                        .state()
                        .open()
                        .map(open -> "under way: " + open.call())
                        .orElse("nothing is under way"));
        Long halt = config.acknowledgeHalt();
        if (halt != null && submitter.resume(halt)) {
            LOG.warn("halt {} is acknowledged; it goes on", halt);
        }
        return submitter;
    }

    private void said(Submitter submitter, StepResult result) {
        view = submitter.view();
        lastLookAt = clock.millis();
        halted = result instanceof Halted;
        if (result instanceof Acted acted) {
            metrics.counter(JobsMetrics.SUBMITTER_STEPS).increment();
            LOG.info("{}", acted.what());
            lastSaid = "";
        } else if (result instanceof Waiting waiting) {
            problems = waiting.problems();
            say(
                    problems.isEmpty() ? "waits for " + waiting.waitsFor() : String.join("; ", problems),
                    !problems.isEmpty());
        } else if (result instanceof Halted halt) {
            String reason =
                    "HALTED (%d): %s; nothing is done before a person acknowledges it (docs/operations/submitter.md)"
                            .formatted(halt.entry(), halt.reason());
            problems = List.of(reason);
            if (!reason.equals(lastSaid)) {
                LOG.error("{}", reason);
                lastSaid = reason;
            }
        }
    }

    private void standBy() {
        problems = List.of("it stands by: another submitter has the lease, or the topics are not there yet");
        say(problems.get(0), false);
    }

    /** Numbers aside, the same is not said twice in a row. */
    private void say(String text, boolean problem) {
        String kind = text.replaceAll("\\d+ more", "more");
        if (!kind.equals(lastSaid)) {
            lastSaid = kind;
            if (problem) {
                LOG.warn("{}", text);
            } else {
                LOG.info("{}", text);
            }
        }
    }

    private void failed(String what, RuntimeException e) {
        metrics.counter(JobsMetrics.SUBMITTER_FAILURES, JobsMetrics.LABEL_REASON, what)
                .increment();
        problems = List.of(String.valueOf(e.getMessage()));
        say(problems.get(0), true);
    }

    private void fail(Throwable e) {
        if (closing.getCount() == 0) {
            terminated.complete(null);
        } else {
            LOG.error("the submitter stops: {}", e.toString());
            terminated.completeExceptionally(e);
        }
    }

    private void gauges() {
        gauge(JobsMetrics.SUBMITTER_HALTED, service -> service.halted ? 1 : 0);
        gauge(JobsMetrics.SUBMITTER_LATE, service -> service.lateAlarm ? 1 : 0);
        gauge(JobsMetrics.SUBMITTER_PROBLEMS, service -> service.problems.size());
        gauge(JobsMetrics.SUBMITTER_HEAD, service -> service.view.head());
        gauge(JobsMetrics.SUBMITTER_NEWEST_BATCH, service -> service.view.newestBatch());
        gauge(JobsMetrics.SUBMITTER_LAST_PROPOSED, service -> service.view.lastProposed());
        gauge(JobsMetrics.SUBMITTER_LAST_FINALIZED, service -> service.view.lastFinalized());
        gauge(
                JobsMetrics.SUBMITTER_SHORTFALL,
                service -> coins(service.view.shortfall().wei()));
        gauge(JobsMetrics.SUBMITTER_BALANCE, service -> coins(service.view.balance()));
        gauge(JobsMetrics.SUBMITTER_LAST_LOOK, service -> service.lastLookAt / 1_000.0);
    }

    /** To be shown only. */
    private static double coins(BigInteger wei) {
        return new BigDecimal(wei, 18).doubleValue();
    }

    private void gauge(String name, ToDoubleFunction<SubmitterService> value) {
        Gauge.builder(name, this, value).register(metrics);
    }

    private final class Disagreements implements QuorumChain.Listener {

        @Override
        public void disagreed(int endpoint, String question) {
            metrics.counter(JobsMetrics.SUBMITTER_DISAGREEMENTS, JobsMetrics.LABEL_ENDPOINT, Integer.toString(endpoint))
                    .increment();
            LOG.warn("rpcUrls[{}] is contradicted on {}", endpoint, question);
        }

        @Override
        public void failed(int endpoint, String question, ChainUnavailableException failure) {
            metrics.counter(JobsMetrics.SUBMITTER_RPC_FAILURES, JobsMetrics.LABEL_ENDPOINT, Integer.toString(endpoint))
                    .increment();
        }
    }
}
