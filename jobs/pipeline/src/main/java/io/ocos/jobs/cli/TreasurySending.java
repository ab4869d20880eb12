package io.ocos.jobs.cli;

import io.ocos.jobs.cli.SendingOptions.Session;
import io.ocos.jobs.stack.LocalAccount;
import io.ocos.jobs.treasury.TreasuryActions;
import io.ocos.schemas.config.ConfigException;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.TokenAmount;
import java.math.BigDecimal;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The commands of {@code ./ocos treasury} that send a transaction. */
final class TreasurySending {

    private static final Pattern OCOS = Pattern.compile("[0-9]{1,59}(\\.[0-9]{1,18})?");
    private static final String AMOUNT = "In OCOS, such as 12.5, or in wei, such as 12500000000000000000wei.";
    private static final String PAYEE = "0x and 40 hex digits.";

    private TreasurySending() {}

    /** What all of them have. */
    abstract static class Sending implements Callable<Integer> {

        @Mixin
        private SendingOptions options = new SendingOptions();

        private final LocalAccount role;

        Sending(LocalAccount role) {
            this.role = role;
        }

        @Override
        public final Integer call() {
            check();
            return options.run(
                    role,
                    session -> send(new TreasuryActions(session.client(), session.artifacts(), session::say), session));
        }

        /** Refuses what is given wrongly, before anything is asked. */
        void check() {}

        abstract void send(TreasuryActions actions, Session session);
    }

    /** {@code ./ocos treasury veto}. */
    @Command(
            name = "veto",
            description =
                    "Guardian: refuses a pending batch; nothing is proposed before resume. Its amounts are in the next batch.",
            mixinStandardHelpOptions = true)
    static final class Veto extends Sending {

        @Parameters(paramLabel = "N", description = "Number of the batch.")
        private long number;

        Veto() {
            super(LocalAccount.GUARDIAN);
        }

        @Override
        void send(TreasuryActions actions, Session session) {
            actions.veto(number);
            session.say("batch %d is vetoed; when its cause is found: ./ocos treasury resume".formatted(number));
        }
    }

    /** {@code ./ocos treasury pause}. */
    @Command(
            name = "pause",
            description = "Guardian: stops proposing, finalizing and claiming, until resume.",
            mixinStandardHelpOptions = true)
    static final class Pause extends Sending {

        Pause() {
            super(LocalAccount.GUARDIAN);
        }

        @Override
        void send(TreasuryActions actions, Session session) {
            actions.pause();
            session.say("proposing, finalizing and claiming are paused");
        }
    }

    /** {@code ./ocos treasury resume}. */
    @Command(
            name = "resume",
            description = "Guardian: ends a pause, and lets batches be proposed after a veto.",
            mixinStandardHelpOptions = true)
    static final class Resume extends Sending {

        Resume() {
            super(LocalAccount.GUARDIAN);
        }

        @Override
        void send(TreasuryActions actions, Session session) {
            actions.resume();
            session.say("everything works again, proposals too");
        }
    }

    /** {@code ./ocos treasury finalize}. */
    @Command(
            name = "finalize",
            description = "Anyone: makes a batch claimable after its window; the treasury pays for it.",
            mixinStandardHelpOptions = true)
    static final class Finalize extends Sending {

        @Parameters(paramLabel = "N", description = "Number of the batch.")
        private long number;

        Finalize() {
            super(LocalAccount.OWNER);
        }

        @Override
        void send(TreasuryActions actions, Session session) {
            actions.finalizeBatch(number);
            session.say("batch %d is finalized".formatted(number));
        }
    }

    /** {@code ./ocos treasury fund}. */
    @Command(
            name = "fund",
            description = "Anyone: gives the treasury OCOS. How much batches may take of it, the DAO decides.",
            mixinStandardHelpOptions = true)
    static final class Fund extends Sending {

        @Parameters(paramLabel = "AMOUNT", description = AMOUNT)
        private String amount = "";

        Fund() {
            super(LocalAccount.MEMBER);
        }

        @Override
        void check() {
            amount(amount);
        }

        @Override
        void send(TreasuryActions actions, Session session) {
            actions.fund(amount(amount));
            TokenAmount held = actions.treasuryBalance();
            TokenAmount approved = actions.approved();
            session.say("the treasury holds %s OCOS; batches may take %s".formatted(held.toOcos(), approved.toOcos()));
            if (approved.compareTo(held) < 0) {
                session.say(
                        "more takes a decision of the DAO: ./ocos dao propose --approve %s".formatted(held.toOcos()));
            }
        }
    }

    /** {@code ./ocos treasury withhold}. */
    @Command(
            name = "withhold",
            description = "Guardian: holds back more of what a payee is or will be owed.",
            mixinStandardHelpOptions = true)
    static final class Withhold extends Sending {

        @Parameters(index = "0", paramLabel = "PAYEE", description = PAYEE)
        private String payee = "";

        @Parameters(index = "1", paramLabel = "AMOUNT", description = AMOUNT)
        private String amount = "";

        @Option(
                names = "--reason",
                required = true,
                paramLabel = "TEXT",
                description = "The evidence, or where it is found; public for ever.")
        private String reason = "";

        Withhold() {
            super(LocalAccount.GUARDIAN);
        }

        @Override
        void check() {
            payee(payee);
            amount(amount);
        }

        @Override
        void send(TreasuryActions actions, Session session) {
            actions.withhold(payee(payee), amount(amount), reason);
            session.say("withheld; what is owed already goes to the treasury by: ./ocos treasury sweep " + payee);
        }
    }

    /** {@code ./ocos treasury release}. */
    @Command(
            name = "release",
            description = "Guardian: holds back less of a payee's amount.",
            mixinStandardHelpOptions = true)
    static final class Release extends Sending {

        @Parameters(index = "0", paramLabel = "PAYEE", description = PAYEE)
        private String payee = "";

        @Parameters(index = "1", paramLabel = "AMOUNT", description = AMOUNT)
        private String amount = "";

        Release() {
            super(LocalAccount.GUARDIAN);
        }

        @Override
        void check() {
            payee(payee);
            amount(amount);
        }

        @Override
        void send(TreasuryActions actions, Session session) {
            actions.release(payee(payee), amount(amount));
            session.say("released");
        }
    }

    /** {@code ./ocos treasury sweep}. */
    @Command(
            name = "sweep",
            description = "Anyone: moves what is withheld of a payee back to the treasury, as far as it is finalized.",
            mixinStandardHelpOptions = true)
    static final class Sweep extends Sending {

        @Parameters(paramLabel = "PAYEE", description = PAYEE)
        private String payee = "";

        Sweep() {
            super(LocalAccount.OWNER);
        }

        @Override
        void check() {
            payee(payee);
        }

        @Override
        void send(TreasuryActions actions, Session session) {
            actions.sweep(payee(payee));
            session.say("swept; the treasury holds %s OCOS"
                    .formatted(actions.treasuryBalance().toOcos()));
        }
    }

    /** {@code ./ocos treasury adjust}. */
    @Command(
            name = "adjust",
            description = "Guardian: grants a reward by decision; it is in the batch of the minute after its block.",
            mixinStandardHelpOptions = true)
    static final class Adjust extends Sending {

        @Parameters(index = "0", paramLabel = "PAYEE", description = PAYEE)
        private String payee = "";

        @Parameters(index = "1", paramLabel = "AMOUNT", description = AMOUNT)
        private String amount = "";

        @Option(
                names = "--reason",
                required = true,
                paramLabel = "TEXT",
                description = "The decision, or where it is found; public for ever.")
        private String reason = "";

        Adjust() {
            super(LocalAccount.GUARDIAN);
        }

        @Override
        void check() {
            payee(payee);
            amount(amount);
        }

        @Override
        void send(TreasuryActions actions, Session session) {
            actions.adjust(payee(payee), amount(amount), reason);
            session.say("granted; a batch to come pays it");
        }
    }

    /**
     * An amount as people write it.
     *
     * @throws ConfigException when it is none, or 0
     */
    static TokenAmount amount(String text) {
        TokenAmount amount;
        try {
            if (text.endsWith("wei")) {
                amount = TokenAmount.parse(text.substring(0, text.length() - 3));
            } else if (OCOS.matcher(text).matches()) {
                amount = new TokenAmount(new BigDecimal(text).movePointRight(18).toBigIntegerExact());
            } else {
                throw new IllegalArgumentException("not a number with at most 18 decimals");
            }
        } catch (IllegalArgumentException e) {
            throw new ConfigException(
                    "AMOUNT '%s', expected OCOS such as 12.5, or wei such as 12500wei: %s"
                            .formatted(text, e.getMessage()),
                    e);
        }
        if (amount.wei().signum() == 0) {
            throw new ConfigException("AMOUNT '%s', expected more than 0".formatted(text));
        }
        return amount;
    }

    /** @throws ConfigException when it is no address */
    static Address payee(String text) {
        try {
            return Address.parse(text);
        } catch (IllegalArgumentException e) {
            throw new ConfigException("PAYEE: " + e.getMessage(), e);
        }
    }
}
