package io.ocos.jobs.cli;

import io.ocos.jobs.cli.SendingOptions.Session;
import io.ocos.jobs.stack.LocalAccount;
import io.ocos.jobs.treasury.TreasuryActions;
import io.ocos.rewardssettlement.io.RefusedException;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.TokenAmount;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code ./ocos claim}: pays payees what the finalized batch owes them. Anyone may send it, for anybody. */
@Command(
        name = "claim",
        description =
                "Pays payees what the finalized batch owes them; several at once for less gas each. Anyone may send it.",
        mixinStandardHelpOptions = true)
final class ClaimCommand implements Callable<Integer> {

    @Parameters(arity = "1..*", paramLabel = "PAYEE", description = "0x and 40 hex digits.")
    private List<String> payees = new ArrayList<>();

    @Option(
            names = "--batch",
            paramLabel = "N",
            description = "Claims only if this is the finalized batch: it alone can be claimed from.")
    private @Nullable Long number;

    @Mixin
    private SendingOptions options = new SendingOptions();

    @Override
    public Integer call() {
        Set<Address> addresses = new LinkedHashSet<>();
        payees.forEach(payee -> addresses.add(TreasurySending.payee(payee)));
        return options.run(LocalAccount.OWNER, session -> claim(addresses, session));
    }

    private void claim(Set<Address> addresses, Session session) {
        TreasuryActions actions = new TreasuryActions(session.client(), session.artifacts(), session::say);
        TreasuryActions.Finalized finalized = actions.finalizedBatch();
        if (number != null && number != finalized.batch().number()) {
            throw new RefusedException(
                    "--batch %d: batch %d is the finalized one, and what can be claimed from; it holds all that"
                                    .formatted(number, finalized.batch().number())
                            + " earlier ones do");
        }
        List<TreasuryActions.Owed> owed =
                addresses.stream().map(payee -> actions.owed(finalized, payee)).toList();
        owed.forEach(payee -> session.say(payee.toString()));
        TokenAmount total =
                owed.stream().map(TreasuryActions.Owed::payable).reduce(TokenAmount.ZERO, TokenAmount::plus);
        if (total.wei().signum() == 0) {
            session.say(
                    "nothing to claim of batch %d".formatted(finalized.batch().number()));
            return;
        }
        actions.claim(finalized, owed);
        session.say("claimed %s OCOS of batch %d"
                .formatted(total.toOcos(), finalized.batch().number()));
    }
}
