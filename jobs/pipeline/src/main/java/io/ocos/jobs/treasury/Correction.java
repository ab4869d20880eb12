package io.ocos.jobs.treasury;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.ocos.jobs.replay.PayeeDifferences;
import io.ocos.rewardssettlement.io.Deployment;
import io.ocos.rewardssettlement.io.SettlementCalls;
import io.ocos.schemas.config.ConfigException;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.TokenAmount;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The guardian's transactions that make good the difference between what was computed and what should have been (SPEC 9, 11):
 * what a payee has too much is withheld, what it has too little is granted. Nothing is sent.
 *
 * @param steps in order of payees
 */
public record Correction(List<Step> steps) {

    private static final String REWARDS = "rewards.csv";

    /** What the guardian does. */
    public enum Action {
        WITHHOLD,
        ADJUST
    }

    /**
     * A transaction.
     *
     * @param amount wei, above 0
     * @param data encoded call, 0x-hex
     */
    public record Step(Action action, Address payee, TokenAmount amount, String data) {}

    /**
     * From two replays.
     *
     * @param before output directory of the replay that gives what was paid
     * @param after output directory of the replay that gives what is right, of the same minutes
     * @param largest adjustment that the contract takes in one transaction, wei; larger ones are several
     * @throws ConfigException when one is no output of a replay
     */
    public static Correction between(Path before, Path after, TokenAmount largest, String reason) {
        if (largest.wei().signum() == 0) {
            throw new ConfigException("the contract's epoch cap is 0: it takes no adjustment");
        }
        PayeeDifferences differences;
        try {
            differences = PayeeDifferences.between(rewards(before), rewards(after));
        } catch (IOException | IllegalArgumentException | IndexOutOfBoundsException e) {
            throw new ConfigException("%s in %s or %s cannot be read: %s".formatted(REWARDS, before, after, e), e);
        }
        List<Step> steps = new ArrayList<>();
        differences.payees().forEach((payee, amounts) -> {
            BigInteger difference = amounts.difference();
            if (difference.signum() < 0) {
                TokenAmount amount = new TokenAmount(difference.negate());
                steps.add(new Step(Action.WITHHOLD, payee, amount, SettlementCalls.withhold(payee, amount, reason)));
            }
            while (difference.signum() > 0) {
                TokenAmount amount = new TokenAmount(difference.min(largest.wei()));
                steps.add(new Step(Action.ADJUST, payee, amount, SettlementCalls.adjust(payee, amount, reason)));
                difference = difference.subtract(amount.wei());
            }
        });
        return new Correction(List.copyOf(steps));
    }

    /** Σ of an action's amounts, wei. */
    public BigInteger total(Action action) {
        return steps.stream()
                .filter(step -> step.action() == action)
                .map(step -> step.amount().wei())
                .reduce(BigInteger.ZERO, BigInteger::add);
    }

    /** As a batch of transactions in the form that the transaction builder of Safe multisigs reads. */
    public String json(Deployment deployment, String reason) {
        ObjectNode root = new ObjectMapper().createObjectNode();
        root.put("version", "1.0").put("chainId", Long.toString(deployment.chainId()));
        root.putObject("meta").put("name", "OCOS settlement correction").put("description", reason);
        ArrayNode transactions = root.putArray("transactions");
        steps.forEach(step -> transactions
                .addObject()
                .put("to", deployment.settlement().toString())
                .put("value", "0")
                .put("data", step.data()));
        return root.toPrettyString() + "\n";
    }

    private static Path rewards(Path directory) {
        Path file = directory.resolve(REWARDS);
        if (!Files.isRegularFile(file)) {
            throw new ConfigException("%s: no such file, expected the output directory of a replay".formatted(file));
        }
        return file;
    }
}
