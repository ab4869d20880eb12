package io.ocos.jobs.stack;

import io.ocos.ingest.config.FleetConfig;
import io.ocos.ingest.domain.FleetPlan;
import io.ocos.ingest.domain.FleetPlan.Spec;
import io.ocos.ingest.domain.FleetUsage;
import io.ocos.ingest.io.FleetFiles;
import io.ocos.ingest.io.FleetHistory;
import io.ocos.ingest.io.NodeKeys;
import io.ocos.ingest.io.NodeKeys.Strength;
import io.ocos.jobs.analytics.Migrations;
import io.ocos.jobs.archive.ArchiveException;
import io.ocos.jobs.archive.ArchiveInput;
import io.ocos.jobs.registry.PostgresProcess;
import io.ocos.jobs.registry.RegistryMigrations;
import io.ocos.jobs.stack.ClickHouseHttp.QueryException;
import io.ocos.jobs.treasury.Reconciler;
import io.ocos.jobs.treasury.Treasury;
import io.ocos.jobs.treasury.TreasuryConfig;
import io.ocos.rewardssettlement.io.Deployment;
import io.ocos.schemas.config.ConfigException;
import io.ocos.schemas.config.ConfigLoader;
import io.ocos.schemas.config.Service;
import io.ocos.schemas.domain.Minutes;
import io.ocos.schemas.domain.NodeType;
import io.ocos.schemas.domain.TokenAmount;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.web3j.protocol.exceptions.TransactionException;

/**
 * The local stack: starts its parts in the order in which they need each other, as much as possible at a time; sets up chain,
 * topics and tables once per directory; then shows how it goes until it is stopped.
 *
 * <p>A directory's stack goes on where it was: same chain, topics, tables and checkpoints. A first start that did not come to
 * its end is begun anew.
 */
public final class LocalStack implements Service {

    /** How long into the live run the first customer's quota lasts, about: it crosses 80 % in history, or soon. */
    private static final int QUOTA_MINUTES = 3;

    private static final Logger LOG = LoggerFactory.getLogger(LocalStack.class);

    /** Name of the log of this process. */
    public static final String SUPERVISOR = "supervisor";

    private static final Duration LEFTOVER_BOUND = Duration.ofSeconds(15);
    private static final Duration LIVE_INTERVAL = Duration.ofSeconds(2);
    private static final Duration CLOSE_BOUND = Duration.ofSeconds(5);
    private static final Duration HISTORY_BOUND = Duration.ofMinutes(5);
    private static final Duration RECONCILE_BOUND = Duration.ofSeconds(60);
    private static final long SEED = 1;

    /** As much as one capacity unit needs (SPEC 4), and an EDGE node at least. */
    private static final long OCOS_PER_UNIT = 100;

    private final StackDirectory directory;
    private final StackDirectory.Lock lock;
    private final StackOptions options;
    private final StackView view;
    private final StackParts parts;
    private final Supervisor supervisor;
    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build();
    private final ExecutorService work = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "stack");
        thread.setDaemon(true);
        return thread;
    });
    private final CompletableFuture<Void> terminated = new CompletableFuture<>();
    private final long startedAtMillis = ManagementFactory.getRuntimeMXBean().getStartTime();
    private @Nullable Duration firstReward;
    private long mostResidentBytes;
    /** First minute after the history that this run has loaded; 0 = none. */
    private long historyEndMinute;

    private volatile StackSetup setup;
    private volatile boolean closed;

    private LocalStack(
            StackDirectory directory,
            StackDirectory.Lock lock,
            StackOptions options,
            StackView view,
            StackSetup setup) {
        this.directory = directory;
        this.lock = lock;
        this.options = options;
        this.view = view;
        this.setup = setup;
        Map<String, Integer> before =
                StackState.read(directory).map(StackState::ports).orElse(Map.of());
        Map<String, Integer> ports = Ports.choose(StackParts.PORTS, before);
        parts = new StackParts(Installation.ofThisProcess(), directory, ports, http);
        supervisor = new Supervisor(directory, RestartPolicy.STANDARD, states -> StackState.ofThisProcess(ports, states)
                .write(directory));
        StackState.ofThisProcess(ports, List.of()).write(directory);
    }

    /**
     * Takes the directory and begins to start; returns at once. How it goes is shown in the view.
     *
     * @throws ConfigException when another stack runs there, or it was made with other options
     */
    public static LocalStack start(StackDirectory directory, StackOptions options, StackView view) {
        StackDirectory.Lock lock = directory.lock();
        try {
            endLeftovers(directory, view);
            LocalStack stack = new LocalStack(directory, lock, options, view, setup(directory, options, view));
            stack.work.execute(stack::run);
            return stack;
        } catch (RuntimeException e) {
            lock.close();
            throw e;
        }
    }

    @Override
    public CompletableFuture<Void> terminated() {
        return terminated;
    }

    @Override
    public void close() {
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
        }
        view.line("stopping …");
        work.shutdownNow();
        supervisor.close();
        try {
            if (!work.awaitTermination(CLOSE_BOUND.toMillis(), TimeUnit.MILLISECONDS)) {
                LOG.warn("work of the stack was still going on after {} s", CLOSE_BOUND.toSeconds());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        lock.close();
        view.line("stopped; the data is in %s".formatted(directory.root()));
        terminated.complete(null);
    }

    /** Waits for what a supervisor that was killed has left: its processes end by themselves within 10 s. */
    private static void endLeftovers(StackDirectory directory, StackView view) {
        List<ProcessHandle> leftovers = StackState.read(directory).stream()
                .flatMap(state -> state.parts().stream())
                .flatMap(part -> StackState.process(part.pid(), part.startedAtMillis()).stream())
                .toList();
        if (leftovers.isEmpty()) {
            return;
        }
        view.line("waiting for %d processes of a run that was killed".formatted(leftovers.size()));
        Instant deadline = Instant.now().plus(LEFTOVER_BOUND);
        for (ProcessHandle process : leftovers) {
            try {
                process.onExit()
                        .get(
                                Math.max(
                                        1,
                                        Duration.between(Instant.now(), deadline)
                                                .toMillis()),
                                TimeUnit.MILLISECONDS);
            } catch (java.util.concurrent.TimeoutException e) {
                process.destroyForcibly();
            } catch (ExecutionException e) {
                throw new IllegalStateException(e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    private static StackSetup setup(StackDirectory directory, StackOptions options, StackView view) {
        Optional<StackSetup> made = StackSetup.read(directory);
        if (made.isPresent() && made.get().complete()) {
            made.get().requireSame(options, directory);
            return made.get();
        }
        if (made.isPresent()) {
            view.line("the first start in %s did not come to its end: beginning anew".formatted(directory.root()));
        }
        directory.clear();
        if (!options.demo()) {
            return new StackSetup(0, 0, SEED, null, null, false);
        }
        return new StackSetup(
                nodes(options),
                Objects.requireNonNullElse(options.historyMinutes(), StackOptions.DEFAULT_HISTORY_MINUTES),
                SEED,
                options.nodesCsv(),
                options.outagesCsv(),
                false);
    }

    private static int nodes(StackOptions options) {
        Integer given = options.nodes();
        if (given != null) {
            return given;
        }
        return options.nodesCsv() == null
                ? StackOptions.DEFAULT_NODES
                : FleetFiles.readNodes(Path.of(options.nodesCsv())).size();
    }

    private void run() {
        try {
            setUp();
            watch();
        } catch (InterruptedException e) {
            if (!closed) {
                terminated.completeExceptionally(e);
            }
        } catch (Exception e) {
            if (!closed) {
                LOG.error("the stack failed", e);
                view.line("ocos: " + (e.getMessage() == null ? e : e.getMessage()));
                terminated.completeExceptionally(e);
            }
        }
    }

    private void setUp() throws Exception {
        view.line("ocos: stack in %s, logs in %s"
                .formatted(directory.root(), directory.log(SUPERVISOR).getParent()));
        boolean fresh = !setup.complete();
        setup.write(directory);
        makeKeys();
        Instant genesis =
                Instant.now().truncatedTo(ChronoUnit.MINUTES).minus(Duration.ofMinutes(setup.historyMinutes() + 1L));
        Future<?> tables = task(() -> {
            up(parts.clickHouse());
            int applied = Migrations.run(parts.clickHouseUrl());
            done("ClickHouse: %d migrations applied".formatted(applied));
            return null;
        });
        Future<?> registry = task(() -> {
            PostgresProcess.prepare(directory.data(StackParts.POSTGRES), directory.key(StackParts.PASSWORD));
            up(parts.postgres());
            RegistryMigrations.run(parts.registry());
            done("PostgreSQL: registry is there");
            return null;
        });
        Future<LocalTopics> topics = task(() -> {
            up(parts.broker());
            LocalTopics created = new LocalTopics(parts.bootstrap());
            created.create();
            done("broker: topics are there");
            return created;
        });
        Future<LocalChain> chain = task(() -> chain(genesis));

        try (LocalChain openChain = result(chain);
                LocalTopics openTopics = result(topics)) {
            work.execute(() -> keepSnapshots(openChain));
            openChain.giveGasMoney(key(StackParts.OWNER_KEY).address());
            Deployment deployment = Deployment.read(directory.deploymentFile());
            long usageSinceMillis = openChain.deployedAtMillis(deployment);
            supervisor.start(parts.chainFollower(deployment));
            Future<?> flink = task(() -> {
                result(tables);
                result(registry);
                if (options.demo()) {
                    fillRegistry(deployment);
                }
                up(parts.flink(deployment));
                done("Flink: jobs run");
                return null;
            });
            if (fresh) {
                loadHistory(deployment, usageSinceMillis);
                openTopics.limitTimestamps();
                setup = setup.completed();
                setup.write(directory);
            }
            supervisor.start(parts.jobProgress());
            supervisor.start(parts.gateway(deployment, setup.nodes()));
            if (options.demo()) {
                enrollOwnNode(openChain, deployment);
            }
            supervisor.awaitUp(StackParts.GATEWAY);
            done("gateway takes envelopes");
            if (options.demo()) {
                supervisor.start(
                        parts.agent(deployment, key(StackParts.GATEWAY_KEY).address()));
                up(parts.fleet(setup, deployment, usageSinceMillis));
                done("%d simulated nodes and this machine's own agent send".formatted(setup.nodes()));
            }
            supervisor.awaitUp(StackParts.JOB_PROGRESS);
            result(flink);
            beside(() -> settle(deployment));
        }
        sayWhatToTry();
        if (setup.nodes() > 0) {
            Deployment deployment = Deployment.read(directory.deploymentFile());
            FleetConfig config = fleetConfig(deployment, 0);
            view.line("                  ./ocos invoice%s %s"
                    .formatted(
                            directoryOption(),
                            FleetFiles.usage(config, FleetFiles.plan(config))
                                    .orElseThrow()
                                    .customers()
                                    .get(0)));
        }
        if (options.demo()) {
            work.execute(this::showRegistryEdit);
        }
    }

    /** Operators and nodes of the fleet, and customers, once per directory. */
    private void fillRegistry(Deployment deployment) throws SQLException {
        int rows = DemoRegistry.fill(parts.registry(), FleetFiles.plan(fleetConfig(deployment, 0)));
        if (rows > 0) {
            done("registry: %d operators, nodes and customers imported".formatted(rows));
        }
    }

    /** A change in PostgreSQL, until it is seen in ClickHouse. */
    private void showRegistryEdit() {
        try {
            Duration seen = DemoRegistry.editAndAwait(
                    parts.registry(), new ClickHouseHttp(http, parts.clickHouseUrl()), Instant.now());
            done("registry: an edit is in ClickHouse after %.1f s".formatted(seen.toMillis() / 1e3));
        } catch (SQLException | QueryException e) {
            LOG.warn("the edit of the registry was not seen", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** The chain with its contracts, and the simulated nodes registered before their history begins. */
    private LocalChain chain(Instant genesis) throws Exception {
        up(parts.anvil(genesis));
        LocalChain chain = new LocalChain(parts.rpcUrl());
        if (!Files.exists(directory.deploymentFile())) {
            Deployment deployment = chain.deploy();
            done("chain: contracts deployed, registry %s".formatted(deployment.registry()));
            if (setup.nodes() > 0) {
                FleetConfig config = fleetConfig(deployment, chain.deployedAtMillis(deployment));
                FleetPlan plan = FleetFiles.plan(config);
                chain.enroll(plan, deployment);
                done("chain: %d nodes registered and staked".formatted(setup.nodes()));
                FleetUsage usage = FleetFiles.usage(config, plan).orElseThrow();
                chain.engage(usage, setup.historyMinutes() + QUOTA_MINUTES, deployment);
                done("chain: %d customers with stake, plans and %d jobs"
                        .formatted(usage.customers().size(), usage.jobs().size()));
            }
            chain.mineUpToNow();
            deployment.write(directory.deploymentFile());
        }
        return chain;
    }

    private void loadHistory(Deployment deployment, long usageSinceMillis) {
        int minutes = setup.historyMinutes();
        long until = System.currentTimeMillis();
        if (minutes == 0) {
            if (setup.nodes() > 0) {
                FleetHistory.dispatch(fleetConfig(deployment, usageSinceMillis), until);
            }
            return;
        }
        FleetHistory.Summary written = FleetHistory.load(
                fleetConfig(deployment, usageSinceMillis),
                minutes,
                until,
                done -> view.progress("history", "min", done, minutes));
        historyEndMinute = Minutes.of(until);
        done("history: %d envelopes of %d min".formatted(written.envelopes(), minutes));
    }

    /** Before the last batch of the history is there with its inputs, an older one would be the newest. */
    private void awaitHistoryBatch() throws InterruptedException {
        long epoch = historyEndMinute / LocalChain.EPOCH.toMinutes() - 1;
        ClickHouseHttp clickHouse = new ClickHouseHttp(http, parts.clickHouseUrl());
        Instant deadline = Instant.now().plus(HISTORY_BOUND);
        while (historyEndMinute > 0 && Instant.now().isBefore(deadline)) {
            try {
                long archived = ArchiveInput.open(directory.archive().toString())
                        .newest()
                        .epoch();
                List<String> batches = clickHouse.row("SELECT count() FROM settlement_batches WHERE epoch >= " + epoch);
                if (archived >= epoch && Long.parseLong(batches.get(0)) > 0) {
                    return;
                }
            } catch (ArchiveException | QueryException e) {
                LOG.debug("not yet: {}", e.getMessage());
            }
            TimeUnit.NANOSECONDS.sleep(LIVE_INTERVAL.toNanos());
        }
    }

    private FleetConfig fleetConfig(Deployment deployment, long usageSinceMillis) {
        Map<String, String> keys = new LinkedHashMap<>();
        parts.fleetKeys(setup, deployment, usageSinceMillis).forEach((key, value) -> keys.put(key, value.toString()));
        return ConfigLoader.load(FleetConfig.class, null, keys);
    }

    /** As late as possible: a registered node that does not send loses reputation. */
    private void enrollOwnNode(LocalChain chain, Deployment deployment) throws IOException, TransactionException {
        NodeKeys node = key(StackParts.AGENT_KEY);
        Spec spec = Spec.cores(NodeType.EDGE, Runtime.getRuntime().availableProcessors());
        chain.enroll(
                deployment,
                node.address(),
                node.privateKey(),
                key(StackParts.OWNER_KEY).address(),
                spec.type(),
                spec.capacityUnits(),
                TokenAmount.ocos(OCOS_PER_UNIT * spec.capacityUnits()));
        done("this machine's own node %s is registered".formatted(node.address()));
    }

    private NodeKeys key(String file) {
        return NodeKeys.load(directory.key(file), directory.key(StackParts.PASSWORD));
    }

    /** Keys of gateway, own node and its owner, made once per directory, and keystores of the chain's accounts. */
    private void makeKeys() throws IOException {
        Path password = directory.key(StackParts.PASSWORD);
        if (!Files.exists(password)) {
            byte[] random = new byte[16];
            new SecureRandom().nextBytes(random);
            Files.createFile(
                    password, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            Files.writeString(password, HexFormat.of().formatHex(random) + "\n");
        }
        for (String name : List.of(StackParts.GATEWAY_KEY, StackParts.AGENT_KEY, StackParts.OWNER_KEY)) {
            if (!Files.exists(directory.key(name))) {
                NodeKeys.generate().save(directory.key(name), NodeKeys.readPassword(password), Strength.LIGHT);
            }
        }
        for (LocalAccount account : LocalAccount.values()) {
            if (account.isOfChain() && !Files.exists(directory.key(account.keystore()))) {
                account.keys().save(directory.key(account.keystore()), NodeKeys.readPassword(password), Strength.LIGHT);
            }
        }
    }

    /** Batches go on chain; in the demo, people act on what is there. */
    private void settle(Deployment deployment) throws InterruptedException {
        awaitHistoryBatch();
        up(parts.submitter(deployment));
        done("batches go on chain");
        if (options.demo()) {
            DemoPeople people = new DemoPeople(
                    parts.rpcUrl(), deployment, directory, new ClickHouseHttp(http, parts.clickHouseUrl()), this::done);
            beside(people::vote);
            beside(people::claim);
        }
    }

    /** Runs something that goes on while the stack is shown, and whose failure ends it. */
    private void beside(InterruptibleTask task) {
        work.execute(() -> {
            try {
                task.run();
            } catch (InterruptedException e) {
                LOG.debug("the stack stops");
            } catch (RuntimeException e) {
                if (!closed) {
                    LOG.error("the stack failed", e);
                    view.line("ocos: " + (e.getMessage() == null ? e : e.getMessage()));
                    terminated.completeExceptionally(e);
                }
            }
        });
    }

    private interface InterruptibleTask {
        void run() throws InterruptedException;
    }

    private void keepSnapshots(LocalChain chain) {
        try {
            while (!closed) {
                TimeUnit.NANOSECONDS.sleep(LocalChain.SNAPSHOT_INTERVAL.toNanos());
                try {
                    chain.takeSnapshot(directory.data(StackParts.ANVIL));
                } catch (IOException | RuntimeException e) {
                    LOG.warn("no snapshot of the chain, the next is tried: {}", e.toString());
                }
            }
        } catch (InterruptedException e) {
            // The stack stops; the chain writes its state when it is stopped.
        }
    }

    /** Shows how it goes until the time is over, or for ever. */
    private void watch() throws InterruptedException {
        Figures.Reader reader = new Figures.Reader(
                http,
                new ClickHouseHttp(http, parts.clickHouseUrl()),
                parts.metrics(StackParts.GATEWAY),
                options.demo() ? parts.metrics(StackParts.FLEET) : null,
                parts.metrics(StackParts.SUBMITTER),
                options.demo() ? key(StackParts.AGENT_KEY).address().toString() : null);
        boolean ownNodePaid = false;
        Integer exitAfter = options.exitAfterMinutes();
        boolean last;
        do {
            TimeUnit.NANOSECONDS.sleep(LIVE_INTERVAL.toNanos());
            last = exitAfter != null && sinceStart().toMinutes() >= exitAfter;
            Figures figures = reader.read();
            List<PartState> states = supervisor.states();
            long resident = resident(states);
            mostResidentBytes = Math.max(mostResidentBytes, resident);
            if (firstReward == null && figures.rewards().wei().signum() > 0) {
                firstReward = sinceStart();
                done("first rewards are in ClickHouse");
            }
            if (!ownNodePaid && figures.paidMinutesOfOwnNode() > 0) {
                ownNodePaid = true;
                done("this machine's own node is paid");
            }
            view.live(figures, setup.nodes(), states);
            if (last) {
                summarize(figures, resident);
            }
        } while (!last);
        if (options.demo()) {
            reconcile();
        }
        terminated.complete(null);
    }

    /** Before the demo ends: rewards, batches, artifacts and chain say the same. */
    private void reconcile() throws InterruptedException {
        StackState state = StackState.read(directory).orElseThrow();
        try (Treasury treasury = Treasury.open(TreasuryConfig.of(directory, state))) {
            Reconciler.Result result = new Reconciler(treasury).reconcile(RECONCILE_BOUND);
            view.line("");
            result.lines().forEach(line -> view.line("reconcile       " + line));
            if (!result.isEqual()) {
                throw new IllegalStateException("rewards, batches, artifacts and chain differ: "
                        + result.differences().size() + " differences, see above");
            }
        }
    }

    private void summarize(Figures figures, long resident) {
        view.line("");
        view.line("node_minutes    %,d rows".formatted(figures.nodeMinutes()));
        view.line("minutes closed  %,d".formatted(figures.minutesClosed()));
        view.line("rewards         %s OCOS".formatted(figures.rewards().toOcos()));
        view.line("first reward    %s"
                .formatted(firstReward == null ? "none yet" : firstReward.toSeconds() + " s after the start"));
        view.line(
                "memory          %,d MiB resident, at most %,d MiB".formatted(resident >> 20, mostResidentBytes >> 20));
        view.line("restarts        %d"
                .formatted(supervisor.states().stream()
                        .mapToInt(PartState::restarts)
                        .sum()));
    }

    private static long resident(List<PartState> states) {
        return ResidentMemory.bytes(ProcessHandle.current().pid())
                + states.stream()
                        .mapToLong(part -> ResidentMemory.bytes(part.pid()))
                        .sum();
    }

    private String directoryOption() {
        return directory.equals(StackDirectory.of(Path.of(StackDirectory.DEFAULT))) ? "" : " --dir " + directory.root();
    }

    private void sayWhatToTry() {
        String dir = directoryOption();
        view.line("""

                gateway     %s
                Flink       %s
                ClickHouse  %s
                JSON-RPC    %s

                Try in another terminal:
                  ./ocos status%5$s
                  ./ocos query%5$s "SELECT minute_start, node, slots FROM node_minutes ORDER BY minute DESC, node LIMIT 10"
                  ./ocos registry customers list%5$s
                  ./ocos query%5$s "SELECT reason, count() AS minutes, sum(amount) / 1e18 AS ocos FROM rewards GROUP BY reason"
                """.formatted(parts.gatewayUrl(), parts.flinkUrl(), parts.clickHouseUrl(), parts.rpcUrl(), dir));
    }

    private void up(Part part) throws InterruptedException {
        supervisor.start(part);
        supervisor.awaitUp(part.name());
    }

    private void done(String what) {
        view.done(what, sinceStart());
    }

    private Duration sinceStart() {
        return Duration.ofMillis(System.currentTimeMillis() - startedAtMillis);
    }

    private <T> Future<T> task(Callable<T> task) {
        return work.submit(task);
    }

    private static <T> T result(Future<T> future) throws Exception {
        try {
            return future.get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof Exception cause ? cause : e;
        }
    }
}
