package io.ocos.jobs.stack;

import io.ocos.jobs.settlement.ArtifactStore;
import io.ocos.jobs.stack.ClickHouseHttp.QueryException;
import io.ocos.jobs.treasury.TreasuryActions;
import io.ocos.rewardssettlement.io.CallFailedException;
import io.ocos.rewardssettlement.io.DaoClient;
import io.ocos.rewardssettlement.io.Deployment;
import io.ocos.rewardssettlement.io.GovernorClient.Action;
import io.ocos.rewardssettlement.io.GovernorClient.Proposal;
import io.ocos.rewardssettlement.io.GovernorClient.Support;
import io.ocos.rewardssettlement.io.OperatorClient;
import io.ocos.rewardssettlement.io.RefusedException;
import io.ocos.rewardssettlement.io.RevertedException;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Minutes;
import io.ocos.schemas.domain.TokenAmount;
import java.math.BigInteger;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What people do in the demo, as they would by {@code ./ocos dao} and {@code ./ocos claim}: the DAO decides on a higher rate for
 * AI nodes, and the minutes after pay by it; payees claim. What does not work now, such as while the chain is started again, is
 * tried again.
 */
final class DemoPeople {

    private static final Logger LOG = LoggerFactory.getLogger(DemoPeople.class);

    private static final String PARAMETER = "rate.AI";
    /** A quarter more than its default. */
    private static final BigInteger VALUE = BigInteger.TEN.pow(15).multiply(BigInteger.valueOf(25));

    /** Names the proposal, so a later run knows it. */
    private static final String DESCRIPTION = "AI nodes earn a quarter more";

    private static final long PAUSE_MILLIS = 3_000;
    private static final Duration RPC_TIMEOUT = Duration.ofSeconds(15);

    private final URI rpcUrl;
    private final Deployment deployment;
    private final StackDirectory directory;
    private final ClickHouseHttp clickHouse;
    private final Consumer<String> tell;

    /** @param tell of each thing that was done, one line */
    DemoPeople(
            URI rpcUrl,
            Deployment deployment,
            StackDirectory directory,
            ClickHouseHttp clickHouse,
            Consumer<String> tell) {
        this.rpcUrl = rpcUrl;
        this.deployment = deployment;
        this.directory = directory;
        this.clickHouse = clickHouse;
        this.tell = tell;
    }

    /** One thing to be done; true when there is no more. */
    private interface Step {
        boolean take(OperatorClient client) throws InterruptedException, QueryException;
    }

    /** The DAO's decision; returns when its effect was seen. */
    void vote() throws InterruptedException {
        repeat(LocalAccount.MEMBER, new Step() {
            private @Nullable Instant executed;

            @Override
            public boolean take(OperatorClient client) throws InterruptedException, QueryException {
                DaoClient dao = new DaoClient(client);
                Instant at = executed;
                if (at != null) {
                    return tellEffect(at);
                }
                Optional<DaoClient.View> proposed = find(dao);
                if (proposed.isEmpty()) {
                    dao.propose(actions(dao), DESCRIPTION, LOG::info);
                    tell.accept("DAO: proposed %s = %s, \"%s\"".formatted(PARAMETER, VALUE, DESCRIPTION));
                    return false;
                }
                DaoClient.View view = proposed.get();
                switch (view.state()) {
                    case ACTIVE -> {
                        if (!dao.hasVoted(view)) {
                            dao.vote(view, Support.FOR, LOG::info);
                            tell.accept("DAO: voted for it; voting ends at " + view.votingUntil());
                        }
                    }
                    case SUCCEEDED -> {
                        dao.queue(view, LOG::info);
                        tell.accept("DAO: decided and queued in the timelock");
                    }
                    case QUEUED -> {
                        if (!client.now().isBefore(view.executableFrom().orElse(Instant.MAX))) {
                            executed =
                                    client.timeOf(dao.execute(view, LOG::info).block());
                            tell.accept("DAO: executed: %s = %s from minute %s on"
                                    .formatted(PARAMETER, VALUE, start(effectiveMinute(executed))));
                        }
                    }
                    case PENDING -> LOG.debug("voting begins at {}", view.votingFrom());
                    case EXECUTED, CANCELED, DEFEATED, EXPIRED -> {
                        return true; // By a run before.
                    }
                }
                return false;
            }
        });
    }

    private static List<Action> actions(DaoClient dao) {
        return List.of(dao.setParameter(PARAMETER, VALUE));
    }

    private static Optional<DaoClient.View> find(DaoClient dao) {
        return dao.find(dao.idOf(new Proposal(actions(dao), DESCRIPTION)));
    }

    /** As soon as the first minute under the new rate is closed; until then false. */
    private boolean tellEffect(Instant executed) throws InterruptedException, QueryException {
        long minute = effectiveMinute(executed);
        List<String> row = clickHouse.row(
                "SELECT countIf(later.amount * 4 = earlier.amount * 5), count() FROM %s AS later INNER JOIN %s AS earlier ON later.node = earlier.node"
                        .formatted(fullMinutes(minute), fullMinutes(minute - 1)));
        boolean closed = Long.parseLong(clickHouse
                        .row("SELECT count() FROM minutes_closed WHERE minute = " + minute)
                        .get(0))
                > 0;
        if (closed) {
            tell.accept(
                    "the vote counts: in minute %s, %s of %s AI nodes that were up are paid 5/4 of what they were the minute before"
                            .formatted(start(minute), row.get(0), row.get(1)));
        }
        return closed;
    }

    /** Rewards of AI nodes that were up for a whole minute. */
    private static String fullMinutes(long minute) {
        return ("(SELECT r.node AS node, r.amount AS amount FROM rewards AS r INNER JOIN node_minutes AS m ON r.minute = m.minute "
                        + "AND r.node = m.node WHERE r.kind = 'MINUTE' AND r.minute = %d AND m.type = 'AI' AND m.slots = 6 AND r.amount > 0)")
                .formatted(minute);
    }

    /** SPEC 2.2. */
    private static long effectiveMinute(Instant blockTime) {
        return (blockTime.toEpochMilli() + Minutes.MILLIS - 1) / Minutes.MILLIS;
    }

    private static Instant start(long minute) {
        return Instant.ofEpochMilli(Minutes.startMillis(minute));
    }

    /** The payee that is owed most claims as soon as a batch is finalized; this machine's own as soon as one owes it something. */
    void claim() throws InterruptedException {
        Address own = LocalAccount.OWNER.load(directory).address();
        repeat(LocalAccount.OWNER, new Step() {
            private boolean first = true;
            private long looked;

            @Override
            public boolean take(OperatorClient client) {
                TreasuryActions actions = new TreasuryActions(
                        client, ArtifactStore.at(directory.artifacts().toString()), LOG::info);
                long number = actions.finalizedNumber();
                if (number == looked) {
                    return false;
                }
                TreasuryActions.Finalized finalized = actions.finalizedBatch();
                if (first) {
                    claim(actions, finalized, most(actions, finalized), "the payee that is owed most");
                    first = false;
                }
                looked = number;
                return claim(actions, finalized, actions.owed(finalized, own), "the owner of this machine's own node");
            }
        });
    }

    private static TreasuryActions.Owed most(TreasuryActions actions, TreasuryActions.Finalized finalized) {
        return actions.owed(
                finalized,
                finalized.batch().lines().stream()
                        .max(Comparator.comparing(line -> line.cumulative()))
                        .orElseThrow()
                        .payee());
    }

    private boolean claim(
            TreasuryActions actions, TreasuryActions.Finalized finalized, TreasuryActions.Owed owed, String who) {
        TokenAmount payable = owed.payable();
        if (payable.wei().signum() == 0) {
            return false;
        }
        actions.claim(finalized, List.of(owed));
        tell.accept("batch %d: %s, %s, has claimed %s OCOS"
                .formatted(finalized.batch().number(), who, owed.payee(), StackView.rounded(payable.toOcos())));
        return true;
    }

    private void repeat(LocalAccount account, Step step) throws InterruptedException {
        byte[] key = account.load(directory).privateKey();
        while (true) {
            try (OperatorClient client = OperatorClient.open(
                    rpcUrl.toString(), deployment, key, OperatorClient.Policy.STANDARD, RPC_TIMEOUT)) {
                while (!step.take(client)) {
                    TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
                }
                return;
            } catch (RefusedException | RevertedException | CallFailedException | QueryException e) {
                LOG.warn("{}; it is tried again", e.getMessage());
                TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
            } catch (RuntimeException e) {
                if (Thread.currentThread().isInterrupted()) {
                    throw new InterruptedException();
                }
                throw e;
            }
        }
    }
}
