package io.ocos.jobs.cli;

import io.ocos.jobs.cli.SendingOptions.Session;
import io.ocos.jobs.stack.LocalAccount;
import io.ocos.rewardssettlement.io.DaoClient;
import io.ocos.rewardssettlement.io.GovernorClient.Action;
import io.ocos.rewardssettlement.io.GovernorClient.State;
import io.ocos.rewardssettlement.io.GovernorClient.Support;
import io.ocos.rewardssettlement.io.RefusedException;
import io.ocos.schemas.config.ConfigException;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.HeldParameter;
import java.math.BigInteger;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code ./ocos dao}: decisions of the DAO, by its governor. */
@Command(
        name = "dao",
        description = "Decisions of the DAO: propose, vote, queue, execute; see docs/operations/treasury.md.",
        mixinStandardHelpOptions = true)
final class DaoCommand {

    private static final String NEWEST = "newest";
    private static final int LEAST_DIGITS = 6;
    private static final String ID = "Its id, the first digits of it (6 or more), or newest.";

    @Command(
            name = "propose",
            description = "Proposes one decision that may change several things; prints its id.",
            mixinStandardHelpOptions = true)
    int propose(
            @Mixin SendingOptions options,
            @Option(
                            names = "--set",
                            paramLabel = "PARAMETER=VALUE",
                            description = "A parameter of the reward rules, in its own unit; repeatable.")
                    @Nullable
                    List<String> parameters,
            @Option(
                            names = "--approve",
                            paramLabel = "AMOUNT",
                            description =
                                    "Batches may take so many OCOS of the treasury, whatever was approved before.")
                    @Nullable
                    String approve,
            @Option(
                            names = "--epoch-cap",
                            paramLabel = "AMOUNT",
                            description = "OCOS by which totals may rise per epoch.")
                    @Nullable
                    String epochCap,
            @Option(
                            names = "--challenge-period",
                            paramLabel = "SECONDS",
                            description = "How long batches wait before they can be finalized.")
                    @Nullable
                    Long challengePeriod,
            @Option(
                            names = "--description",
                            paramLabel = "TEXT",
                            description = "Why, for people; default: what it changes, and the time.")
                    @Nullable
                    String description) {
        List<HeldParameter> held = new ArrayList<>();
        List<String> names = new ArrayList<>();
        for (String parameter : parameters == null ? List.<String>of() : parameters) {
            try {
                if (parameter.contains("@")) {
                    throw new IllegalArgumentException(
                            "'%s': expected key=value; it acts from the minute after its execution on"
                                    .formatted(parameter));
                }
                held.add(HeldParameter.parse(parameter));
                names.add(parameter.substring(0, parameter.indexOf('=')));
            } catch (IllegalArgumentException e) {
                throw new ConfigException("--set " + e.getMessage(), e);
            }
        }
        if (approve != null) {
            TreasurySending.amount(approve);
        }
        if (epochCap != null) {
            TreasurySending.amount(epochCap);
        }
        if (held.isEmpty() && approve == null && epochCap == null && challengePeriod == null) {
            throw new ConfigException(
                    "nothing to decide, expected --set, --approve, --epoch-cap or --challenge-period at least once");
        }
        return options.run(LocalAccount.MEMBER, session -> {
            DaoClient dao = new DaoClient(session.client());
            List<Action> actions = new ArrayList<>();
            for (int i = 0; i < held.size(); i++) {
                actions.add(dao.setParameter(names.get(i), held.get(i).value()));
                session.say("%s: now %s, proposed %s"
                        .formatted(
                                names.get(i),
                                dao.parameter(names.get(i)),
                                held.get(i).value()));
            }
            if (approve != null) {
                actions.add(dao.approve(TreasurySending.amount(approve)));
            }
            if (epochCap != null) {
                actions.add(dao.setEpochCap(TreasurySending.amount(epochCap)));
            }
            if (challengePeriod != null) {
                actions.add(dao.setChallengePeriod(challengePeriod));
            }
            String changes = actions.stream().map(dao::describe).collect(Collectors.joining("; "));
            String said = description != null
                    ? description
                    : "%s (%s)".formatted(changes, Instant.now().truncatedTo(ChronoUnit.SECONDS));
            BigInteger id = dao.propose(actions, said, session::say);
            show(dao, dao.find(id).orElseThrow(), session);
        });
    }

    @Command(
            name = "vote",
            description = "Votes with all votes that the account had when voting began.",
            mixinStandardHelpOptions = true)
    int vote(
            @Mixin SendingOptions options,
            @Parameters(paramLabel = "ID", description = ID) String id,
            @Option(
                            names = "--support",
                            paramLabel = "SUPPORT",
                            defaultValue = "FOR",
                            description = "FOR, AGAINST or ABSTAIN; default: ${DEFAULT-VALUE}.")
                    Support support) {
        return step(options, id, (dao, view, session) -> dao.vote(view, support, session::say));
    }

    @Command(
            name = "queue",
            description = "Anyone: schedules what was decided; the timelock's delay begins.",
            mixinStandardHelpOptions = true)
    int queue(@Mixin SendingOptions options, @Parameters(paramLabel = "ID", description = ID) String id) {
        return step(options, id, (dao, view, session) -> dao.queue(view, session::say));
    }

    @Command(
            name = "execute",
            description = "Anyone: does what was decided, once its delay is over.",
            mixinStandardHelpOptions = true)
    int execute(@Mixin SendingOptions options, @Parameters(paramLabel = "ID", description = ID) String id) {
        return step(options, id, (dao, view, session) -> dao.execute(view, session::say));
    }

    @Command(
            name = "show",
            description = "Shows a proposal, or all: state, votes, when it goes on.",
            mixinStandardHelpOptions = true)
    int show(
            @Mixin SendingOptions options,
            @Parameters(arity = "0..1", paramLabel = "ID", description = ID) @Nullable String id) {
        return options.run(LocalAccount.MEMBER, session -> {
            DaoClient dao = new DaoClient(session.client());
            if (id != null) {
                show(dao, find(dao, id), session);
                return;
            }
            List<DaoClient.View> all = dao.proposals();
            if (all.isEmpty()) {
                session.say("nothing was proposed yet");
            }
            all.forEach(view -> show(dao, view, session));
        });
    }

    @Command(
            name = "delegate",
            description =
                    "Gives the votes of the account's OCOS to somebody; without an address to itself, so that they count.",
            mixinStandardHelpOptions = true)
    int delegate(
            @Mixin SendingOptions options,
            @Parameters(arity = "0..1", paramLabel = "ADDRESS", description = "0x and 40 hex digits.") @Nullable
                    String address) {
        Address to = address == null ? null : TreasurySending.payee(address);
        return options.run(LocalAccount.MEMBER, session -> new DaoClient(session.client())
                .delegate(to == null ? session.client().address() : to, session::say));
    }

    private interface Step {
        void take(DaoClient dao, DaoClient.View view, Session session);
    }

    private static int step(SendingOptions options, String id, Step step) {
        return options.run(LocalAccount.MEMBER, session -> {
            DaoClient dao = new DaoClient(session.client());
            DaoClient.View view = find(dao, id);
            step.take(dao, view, session);
            show(dao, dao.find(view.id()).orElseThrow(), session);
        });
    }

    private static DaoClient.View find(DaoClient dao, String id) {
        List<DaoClient.View> all = dao.proposals();
        if (!id.equals(NEWEST) && !id.matches("[0-9]{%d,78}".formatted(LEAST_DIGITS))) {
            throw new ConfigException(
                    "ID '%s', expected at least %d digits, or %s".formatted(id, LEAST_DIGITS, NEWEST));
        }
        List<DaoClient.View> found = id.equals(NEWEST)
                ? all.stream().limit(1).toList()
                : all.stream()
                        .filter(view -> view.id().toString().startsWith(id))
                        .toList();
        if (found.size() != 1) {
            throw new RefusedException(
                    "%s: %s".formatted(id, found.isEmpty() ? "there is no such proposal" : "several begin so"));
        }
        return found.get(0);
    }

    private static void show(DaoClient dao, DaoClient.View view, Session session) {
        session.say("proposal %s: %s".formatted(view.id(), view.state()));
        session.say("  \"%s\", by %s".formatted(view.proposal().description(), view.proposer()));
        view.proposal().actions().forEach(action -> session.say("  " + dao.describe(action)));
        session.say("  for %s OCOS, against %s, abstain %s; quorum %s"
                .formatted(
                        view.votesFor().toOcos(),
                        view.votesAgainst().toOcos(),
                        view.votesAbstain().toOcos(),
                        view.quorum().toOcos()));
        session.say("  " + next(view));
    }

    private static String next(DaoClient.View view) {
        String id = view.id().toString().substring(0, LEAST_DIGITS);
        State state = view.state();
        return switch (state) {
            case PENDING -> "voting begins after %s".formatted(view.votingFrom());
            case ACTIVE -> "voting ends at %s: ./ocos dao vote %s".formatted(view.votingUntil(), id);
            case SUCCEEDED -> "decided: ./ocos dao queue %s".formatted(id);
            case QUEUED ->
                "from %s on: ./ocos dao execute %s"
                        .formatted(view.executableFrom().map(Instant::toString).orElse("now"), id);
            case EXECUTED -> "done";
            case CANCELED, DEFEATED, EXPIRED -> "it comes to nothing";
        };
    }
}
