package io.ocos.ingest.io;

import dev.failsafe.Failsafe;
import dev.failsafe.FailsafeException;
import dev.failsafe.FailsafeExecutor;
import dev.failsafe.RetryPolicy;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.ocos.ingest.config.ChainFollowerConfig;
import io.ocos.ingest.domain.AdaptiveRange;
import io.ocos.ingest.domain.BlockHeader;
import io.ocos.ingest.domain.BlockRef;
import io.ocos.ingest.domain.EvmLog;
import io.ocos.ingest.domain.FinalBlock;
import io.ocos.ingest.domain.FollowedContract;
import io.ocos.ingest.domain.FollowedContracts;
import io.ocos.ingest.domain.InconsistentAnswerException;
import io.ocos.ingest.domain.PendingChain;
import io.ocos.ingest.io.RpcException.Kind;
import io.ocos.schemas.config.ConfigException;
import io.ocos.schemas.config.Service;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hash32;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The chain follower (SPEC 2.2, DESIGN 2): writes the events of the followed contracts, and a {@code BlockFinalized} for every
 * block, to topic {@code chain-events}, in the order of the chain, each once, from blocks that have {@code confirmations} blocks
 * above them.
 *
 * <p>It follows (number, hash, parentHash). A reorg above what is written rolls back to the common ancestor and is seen by
 * nobody; one that takes away a block that is written stops the process, as what was computed from it cannot be unsaid by
 * a record. All answers of EVM nodes that do not fit together are asked for again, of the next node where there are several.
 * Blocks are written in transactions, and the last committed one is the cursor.
 */
public final class ChainFollower implements Service {

    private static final Logger LOG = LoggerFactory.getLogger(ChainFollower.class);
    private static final Duration BACKOFF_MIN = Duration.ofMillis(100);
    private static final Duration BACKOFF_MAX = Duration.ofSeconds(10);
    /** So often must the chain be seen without the last written block, over all nodes, before that is believed. */
    private static final int MISMATCHES_TO_STOP = 3;
    /** Written blocks that are remembered, to name the common ancestor of a reorg that went too deep. */
    private static final int REMEMBERED = 1_024;
    /** A head that has not moved for so long is a reason to ask the next node. */
    private static final long STUCK_MILLIS = 60_000;

    private final ChainFollowerConfig config;
    private final Clock clock;
    private final ChainLog log;
    private final EvmNodes nodes;
    private final FollowedContracts contracts;
    private final AdaptiveRange range;
    private final FollowerStatus status;
    private final OpsServer ops;
    private final FailsafeExecutor<Object> retrying;
    private final ArrayDeque<BlockRef> written = new ArrayDeque<>();
    private final CountDownLatch closing = new CountDownLatch(1);
    private final CompletableFuture<Void> terminated = new CompletableFuture<>();
    private final Thread thread;
    private @Nullable PendingChain chain;
    private int mismatches;
    private long lastHead = -1;
    private long lastHeadAt;

    private ChainFollower(ChainFollowerConfig config, Clock clock, ChainLog log) {
        this.config = config;
        this.clock = clock;
        this.log = log;
        contracts = new FollowedContracts(addresses(config.contracts()));
        range = new AdaptiveRange(config.maxRange());
        nodes = new EvmNodes(
                config.rpcUrls(), config.chainId(), Duration.ofMillis(config.rpcTimeoutMillis()), config.maxLogs());
        PrometheusMeterRegistry metrics = OpsServer.newRegistry(KafkaChainLog.PROCESS);
        status = new FollowerStatus(metrics, clock, config.confirmations(), config.readyLagBlocks());
        status.range(range.size());
        retrying = Failsafe.with(RetryPolicy.builder()
                .handle(RpcException.class, KafkaException.class)
                .abortOn(org.apache.kafka.common.errors.InterruptException.class)
                .withMaxRetries(-1)
                .withBackoff(BACKOFF_MIN, BACKOFF_MAX)
                .withJitter(0.2)
                .onFailedAttempt(event -> failed(event.getLastException()))
                .build());
        ops = OpsServer.start(config.opsPort(), status::notReady, metrics);
        thread = new Thread(this::run, KafkaChainLog.PROCESS);
    }

    private static Map<FollowedContract, Address> addresses(Map<String, Address> byName) {
        Map<FollowedContract, Address> addresses = new EnumMap<>(FollowedContract.class);
        byName.forEach((name, address) -> addresses.put(FollowedContract.ofName(name), address));
        return addresses;
    }

    /**
     * Starts to follow; returns once the process listens, whether or not the chain and Kafka answer yet.
     *
     * @throws ConfigException when a contract's name is not known, two have one address, or the port is taken
     */
    public static ChainFollower start(ChainFollowerConfig config) {
        return start(
                config,
                Clock.systemUTC(),
                new KafkaChainLog(KafkaClients.properties(config.kafkaBootstrap(), config.kafkaPropertiesFile())));
    }

    static ChainFollower start(ChainFollowerConfig config, Clock clock, ChainLog log) {
        try {
            ChainFollower follower = new ChainFollower(config, clock, log);
            follower.thread.start();
            return follower;
        } catch (IllegalArgumentException e) {
            throw new ConfigException("contracts: " + e.getMessage(), e);
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
        join(3_000);
        if (thread.isAlive()) {
            // It waits for an answer or for Kafka: what is not committed will be read from the chain again.
            thread.interrupt();
            join(3_000);
        }
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
        try {
            while (closing.getCount() > 0) {
                boolean more = retrying.get(this::step);
                if (!more && closing.await(config.pollMillis(), TimeUnit.MILLISECONDS)) {
                    break;
                }
            }
            terminated.complete(null);
        } catch (Throwable e) {
            Throwable cause = e instanceof FailsafeException && e.getCause() != null ? e.getCause() : e;
            if (closing.getCount() == 0) {
                LOG.debug("interrupted while closing", cause);
                terminated.complete(null);
            } else {
                LOG.error("the chain follower stops: {}", cause.getMessage());
                terminated.completeExceptionally(cause);
            }
        } finally {
            log.close();
            nodes.close();
        }
    }

    private void failed(@Nullable Throwable failure) {
        if (failure instanceof RpcException rpc) {
            LOG.warn("{}", rpc.getMessage());
            status.rpcFailed(rpc.kind(), String.valueOf(rpc.getMessage()));
            nodes.failOver();
        } else if (failure instanceof KafkaException kafka) {
            LOG.warn("Kafka: {}; the cursor is read again", kafka.toString());
            status.kafkaFailed("Kafka: " + kafka.getMessage());
            chain = null;
        }
    }

    /** One bounded piece of work: a look at the chain and at most one transaction; whether there is more to do at once. */
    private boolean step() throws RpcException {
        if (closing.getCount() == 0) {
            return false;
        }
        try {
            PendingChain pending = chain == null ? open() : chain;
            chain = pending;
            long head = head();
            follow(pending, head);
            List<BlockHeader> confirmed = pending.confirmed(range.size());
            if (!confirmed.isEmpty()) {
                write(pending, confirmed);
            }
            status.succeeded();
            return pending.tip() < head || !pending.confirmed(1).isEmpty();
        } catch (InconsistentAnswerException e) {
            throw new RpcException(Kind.INCONSISTENT, "%s: %s".formatted(nodes.current(), e.getMessage()), e);
        }
    }

    private PendingChain open() {
        List<BlockRef> last = log.open();
        written.clear();
        written.addAll(last);
        if (last.isEmpty()) {
            status.resumed(config.startBlock() - 1);
            return PendingChain.from(config.startBlock(), config.confirmations());
        }
        BlockRef cursor = last.get(last.size() - 1);
        if (config.startBlock() > cursor.number() + 1) {
            throw new FollowerStoppedException(
                    "startBlock: %d, but the topic ends with block %s: the blocks between would be missing; expected at most %d"
                            .formatted(config.startBlock(), cursor, cursor.number() + 1));
        }
        status.resumed(cursor.number());
        return PendingChain.after(cursor, config.confirmations());
    }

    private long head() throws RpcException {
        long head = nodes.head();
        status.head(head);
        long now = clock.millis();
        if (head != lastHead) {
            lastHead = head;
            lastHeadAt = now;
        } else if (now - lastHeadAt > STUCK_MILLIS && nodes.count() > 1) {
            LOG.warn("{}: block {} has been its head for {} s", nodes.current(), head, (now - lastHeadAt) / 1_000);
            lastHeadAt = now;
            nodes.failOver();
        }
        return head;
    }

    /** Brings the pending chain to the head, or as far towards it as is looked at at once. */
    private void follow(PendingChain pending, long head) throws RpcException, InconsistentAnswerException {
        long tip = pending.tip();
        Hash32 tipHash = pending.tipHash();
        if (head < tip) {
            // The node is behind what was seen before, or the chain has become shorter.
            checkShorter(pending, head);
            return;
        }
        long to = Math.min(head, pending.published() + config.maxRange() + config.confirmations());
        // A reorg can keep the head's number: the tip is looked at again each time.
        List<BlockHeader> headers = nodes.headers(tipHash == null ? tip + 1 : tip, Math.max(to, tip));
        int next = 0;
        if (tipHash != null) {
            if (!headers.get(0).hash().equals(tipHash)) {
                rollBack(pending, tip);
                return;
            }
            mismatches = 0;
            next = 1;
        }
        for (BlockHeader header : headers.subList(next, headers.size())) {
            pending.append(header);
        }
    }

    private void checkShorter(PendingChain pending, long head) throws RpcException {
        if (head < pending.lowest()) {
            for (BlockRef block : written) {
                if (block.number() == head) {
                    Hash32 its = nodes.headers(head, head).get(0).hash();
                    if (!its.equals(block.hash())) {
                        lost(new BlockRef(head, its), block);
                    }
                }
            }
            throw new RpcException(
                    Kind.INCONSISTENT,
                    "%s: its head is block %d, block %d is written already: it is behind, or of another chain"
                            .formatted(nodes.current(), head, pending.published()));
        }
        if (!nodes.headers(head, head).get(0).hash().equals(pending.hashOf(head))) {
            rollBack(pending, head);
        }
    }

    private void rollBack(PendingChain pending, long upTo) throws RpcException {
        List<BlockHeader> current = pending.lowest() > upTo ? List.of() : nodes.headers(pending.lowest(), upTo);
        OptionalLong dropped = pending.rollBack(current);
        if (dropped.isPresent()) {
            mismatches = 0;
            if (dropped.getAsLong() > 0) {
                LOG.info(
                        "reorg: {} pending blocks are replaced, the common ancestor is block {}",
                        dropped.getAsLong(),
                        pending.tip());
                status.reorg(dropped.getAsLong());
            }
            return;
        }
        lost(current.get(0).ref(), written.getLast());
    }

    /** A written block is not in the chain; believed when it is seen again and again. */
    private void lost(BlockRef theirs, BlockRef ours) throws RpcException {
        mismatches++;
        if (mismatches < MISMATCHES_TO_STOP * nodes.count()) {
            throw new RpcException(
                    Kind.INCONSISTENT, "%s: block %s, but %s is written".formatted(nodes.current(), theirs, ours));
        }
        throw new FollowerStoppedException(
                "REORG DEEPER THAN %d CONFIRMATIONS: block %s is written as final, and the chain now has %s; the last block common to both is %s. Nothing was changed. Do not delete or restart anything before reading docs/operations/chain-follower.md, section 'A reorg deeper than confirmations'"
                        .formatted(config.confirmations(), ours, theirs, commonAncestor()));
    }

    private String commonAncestor() throws RpcException {
        Iterator<BlockRef> newestFirst = written.descendingIterator();
        while (newestFirst.hasNext()) {
            BlockRef block = newestFirst.next();
            if (block.number() <= lastHead
                    && nodes.headers(block.number(), block.number())
                            .get(0)
                            .hash()
                            .equals(block.hash())) {
                return "block " + block;
            }
        }
        return "none of the last %d that are written".formatted(written.size());
    }

    private void write(PendingChain pending, List<BlockHeader> headers)
            throws RpcException, InconsistentAnswerException {
        List<EvmLog> logs = logs(headers);
        if (logs == null) {
            return;
        }
        List<BlockHeader> suspects =
                config.checkAllReceipts() ? contracts.mayHoldLogs(headers) : contracts.suspects(headers, logs);
        for (BlockHeader suspect : suspects) {
            status.receiptCheck();
            contracts.checkAgainstReceipts(suspect, logs, nodes.receiptLogs(suspect));
        }
        List<FinalBlock> blocks = contracts.assemble(headers, logs);
        log.append(blocks);
        BlockHeader last = headers.get(headers.size() - 1);
        pending.publishedUpTo(last.ref());
        headers.forEach(header -> written.addLast(header.ref()));
        while (written.size() > REMEMBERED) {
            written.removeFirst();
        }
        status.committed(blocks);
        LOG.debug("blocks up to {} are written", last.ref());
    }

    /** The contracts' logs of these blocks; null when so many blocks were too much: then less is asked for next time. */
    private @Nullable List<EvmLog> logs(List<BlockHeader> headers) throws RpcException, InconsistentAnswerException {
        BlockHeader first = headers.get(0);
        BlockHeader last = headers.get(headers.size() - 1);
        try {
            List<EvmLog> logs = nodes.logs(first.number(), last.number(), contracts.addresses());
            range.grow();
            return logs;
        } catch (RpcException e) {
            if (e.kind() != Kind.TOO_LARGE) {
                throw e;
            }
            status.rpcFailed(e.kind(), String.valueOf(e.getMessage()));
            if (headers.size() > 1) {
                LOG.info("{}; half as many blocks are asked for", e.getMessage());
                range.halve();
                return null;
            }
            // One block can be too much too; its receipts are an answer as good.
            List<EvmLog> logs = nodes.receiptLogs(first);
            contracts.checkAgainstReceipts(first, logs, logs);
            return logs;
        } finally {
            status.range(range.size());
        }
    }
}
