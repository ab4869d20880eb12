package io.ocos.jobs.treasury;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.ocos.rewardssettlement.domain.review.Anomalies;
import io.ocos.rewardssettlement.domain.review.Funding;
import io.ocos.rewardssettlement.domain.review.PayeeChanges;
import io.ocos.rewardssettlement.domain.review.PeriodFigures;
import io.ocos.rewardssettlement.domain.submission.SettlementChain.Contract;
import io.ocos.schemas.avro.SettlementBatch;
import io.ocos.schemas.domain.TokenAmount;
import io.ocos.schemas.io.AvroValues;
import java.math.BigInteger;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** {@link BatchReview} as Markdown for people, amounts in OCOS, and as JSON for programs, amounts in wei. */
public final class ReviewText {

    private ReviewText() {}

    /** The review pack for people. */
    public static String markdown(BatchReview review) {
        SettlementBatch batch = review.batch();
        Contract contract = review.chain().contract();
        PayeeChanges changes = review.changes();
        StringBuilder out = new StringBuilder();
        line(out, "# Batch %d: %s".formatted(batch.getNumber(), review.state()));
        line(out, "");
        line(
                out,
                "%s. Chain as of block %d (%s)."
                        .formatted(
                                recomputed(review),
                                review.chain().block().number(),
                                Instant.ofEpochSecond(review.chain().block().timeSeconds())));
        review.verdict()
                .filter(verdict -> !review.isVerified())
                .ifPresent(
                        verdict -> line(out, "\n" + verdict.toString().indent(4).stripTrailing()));
        if (contract.paused() || contract.proposalsHalted()) {
            line(
                    out,
                    "\n**%s**"
                            .formatted(
                                    contract.paused() ? "The contract is paused." : "Proposals are halted by a veto."));
        }
        section(out, "Batch");
        table(out, "", "");
        row(out, "epoch", batch.getEpoch());
        row(out, "root", AvroValues.hash32(batch.getRoot()));
        row(out, "artifact (CID)", batch.getCid());
        row(out, "inputs digest", review.inputsDigest().orElse("the archive does not reach this epoch yet"));
        row(out, "total", AvroValues.amount(batch.getCumulativeTotal()).toOcos());
        row(out, "payees", batch.getPayees());
        row(
                out,
                "challenge window ends",
                review.challengeEndsAt().map(Instant::toString).orElse("not proposed"));
        row(
                out,
                "compared with",
                review.base() == 0 ? "nothing: no batch was finalized before" : "batch " + review.base());
        row(out, "epochs since then", review.epochs());
        row(out, "rise since then", ocos(changes.rise()));
        section(out, "Funding");
        table(out, "", "OCOS");
        review.funding().ifPresent(funding -> {
            row(out, "finalizing takes", funding.required().toOcos());
            row(out, "funded", funded(funding));
        });
        row(out, "treasury holds", contract.treasuryBalance().toOcos());
        row(out, "treasury has approved", contract.treasuryAllowance().toOcos());
        row(out, "runway after it, at this pace", runway(review));
        row(out, "total that the epoch cap allows", review.maximumTotal().toOcos());
        row(
                out,
                "finalized, paid, swept",
                "%s, %s, %s"
                        .formatted(
                                contract.finalizedTotal().toOcos(),
                                review.chain().paid().toOcos(),
                                review.chain().swept().toOcos()));
        section(out, "Anomalies");
        if (review.findings().isEmpty()) {
            line(out, "None.");
        }
        review.findings().forEach(finding -> line(out, "- %s: %s".formatted(finding.rule(), finding.detail())));
        line(out, "");
        line(
                out,
                "Looked for: "
                        + Arrays.stream(Anomalies.Rule.values())
                                .map(rule -> "%s (%s)".formatted(rule, rule.meaning()))
                                .collect(Collectors.joining("; "))
                        + (review.figures().isPresent()
                                ? "."
                                : ". Those about nodes and minutes were not, since the batch was not recomputed."));
        section(out, "Who moved most");
        line(
                out,
                "The %d with the largest rises have %s of it; the %d with the most have %s of the total."
                        .formatted(
                                PayeeChanges.TOP,
                                Anomalies.percent(changes.topTenOfRise()),
                                PayeeChanges.TOP,
                                Anomalies.percent(changes.topTenOfTotal())));
        line(out, "");
        changes(out, changes.risers());
        section(out, "Newcomers: %d".formatted(changes.newcomers().size()));
        changes(out, changes.newcomers());
        section(out, "Leavers: %d".formatted(changes.leavers().size()));
        if (!changes.leavers().isEmpty()) {
            table(out, "payee", "earned in batch %d".formatted(review.base()));
            changes.leavers().stream()
                    .limit(PayeeChanges.TOP)
                    .forEach(leaver -> row(out, leaver.payee(), leaver.earned().toOcos()));
        }
        review.figures().ifPresentOrElse(figures -> figures(out, figures), () -> {
            section(out, "Node types, unpaid minutes");
            line(out, "Not recomputed, so not known.");
        });
        section(out, "What a veto would mean");
        review.veto().forEach(sentence -> line(out, "- " + sentence));
        return out.toString();
    }

    private static void figures(StringBuilder out, PeriodFigures figures) {
        section(out, "Node types against their caps");
        table(out, "type", "nodes", "node minutes", "paid", "rewards", "caps", "used", "minutes at the cap");
        figures.types()
                .forEach((type, of) -> row(
                        out,
                        type,
                        of.nodes(),
                        of.nodeMinutes(),
                        of.paidMinutes(),
                        ocos(of.rewards()),
                        ocos(of.cap()),
                        Anomalies.percent(PayeeChanges.ppm(of.rewards(), of.cap())),
                        of.minutesAtCap()));
        line(out, "");
        line(
                out,
                "Settled jobs: %d, %s OCOS. Adjustments: %d, %s OCOS."
                        .formatted(
                                figures.jobs(),
                                ocos(figures.jobRewards()),
                                figures.adjustments(),
                                ocos(figures.adjusted())));
        section(out, "Unpaid node minutes by reason");
        table(out, "reason", "minutes", "of all");
        figures.unpaid()
                .forEach((reason, minutes) ->
                        row(out, reason, minutes, Anomalies.percent(share(minutes, figures.nodeMinutes()))));
    }

    /** The review pack for programs. */
    public static String json(BatchReview review) {
        SettlementBatch batch = review.batch();
        Contract contract = review.chain().contract();
        PayeeChanges changes = review.changes();
        ObjectNode root = new ObjectMapper().createObjectNode();
        root.put("number", batch.getNumber())
                .put("state", review.state().name())
                .put("epoch", batch.getEpoch())
                .put("root", AvroValues.hash32(batch.getRoot()).toString())
                .put("cid", batch.getCid())
                .put("total", AvroValues.amount(batch.getCumulativeTotal()).toString())
                .put("payees", batch.getPayees());
        review.inputsDigest().ifPresent(digest -> root.put("inputsDigest", digest));
        review.challengeEndsAt().ifPresent(end -> root.put("challengeEndsAt", end.toString()));
        root.putObject("recomputation")
                .put(
                        "result",
                        review.verdict().isEmpty() ? "NOT_RECOMPUTED" : review.isVerified() ? "AGREES" : "DIFFERS")
                .put("detail", review.verdict().map(Object::toString).orElse(""));
        ObjectNode chain = root.putObject("chain")
                .put("block", review.chain().block().number())
                .put("paused", contract.paused())
                .put("proposalsHalted", contract.proposalsHalted())
                .put("finalizedTotal", contract.finalizedTotal().toString())
                .put("paid", review.chain().paid().toString())
                .put("swept", review.chain().swept().toString())
                .put("maximumTotal", review.maximumTotal().toString());
        chain.put("treasuryBalance", contract.treasuryBalance().toString())
                .put("treasuryAllowance", contract.treasuryAllowance().toString());
        review.funding().ifPresent(funding -> {
            ObjectNode node = root.putObject("funding")
                    .put("required", funding.required().toString())
                    .put("funded", funding.isFunded())
                    .put("lacksBalance", funding.lacksBalance().toString())
                    .put("lacksAllowance", funding.lacksAllowance().toString());
            funding.runwayEpochs(review.epochs()).ifPresent(epochs -> node.put("runwayEpochs", epochs.toString()));
        });
        ObjectNode change = root.putObject("change")
                .put("base", review.base())
                .put("epochs", review.epochs())
                .put("rise", changes.rise().toString())
                .put("risers", changes.risers().size())
                .put("topTenOfRisePpm", changes.topTenOfRise())
                .put("topTenOfTotalPpm", changes.topTenOfTotal());
        put(
                change.putArray("topMovers"),
                changes.risers().stream().limit(PayeeChanges.TOP).toList());
        put(change.putArray("newcomers"), changes.newcomers());
        put(change.putArray("fallen"), changes.fallen());
        ArrayNode leavers = change.putArray("leavers");
        changes.leavers().forEach(leaver -> leavers.addObject()
                .put("payee", leaver.payee().toString())
                .put("earned", leaver.earned().toString()));
        review.figures().ifPresent(figures -> {
            ArrayNode types = root.putArray("types");
            figures.types().forEach((type, of) -> types.addObject()
                    .put("type", type.name())
                    .put("nodes", of.nodes())
                    .put("nodeMinutes", of.nodeMinutes())
                    .put("paidMinutes", of.paidMinutes())
                    .put("rewards", of.rewards().toString())
                    .put("cap", of.cap().toString())
                    .put("minutesAtCap", of.minutesAtCap()));
            ObjectNode unpaid = root.putObject("unpaidMinutes");
            figures.unpaid().forEach(unpaid::put);
            root.put("nodeMinutes", figures.nodeMinutes())
                    .put("jobRewards", figures.jobRewards().toString())
                    .put("adjustments", figures.adjusted().toString());
        });
        ArrayNode findings = root.putArray("anomalies");
        review.findings().forEach(finding -> findings.addObject()
                .put("rule", finding.rule().name())
                .put("meaning", finding.rule().meaning())
                .put("detail", finding.detail()));
        ArrayNode veto = root.putArray("veto");
        review.veto().forEach(veto::add);
        return root.toPrettyString() + "\n";
    }

    private static void put(ArrayNode array, List<PayeeChanges.Change> changes) {
        changes.forEach(change -> array.addObject()
                .put("payee", change.payee().toString())
                .put("before", change.before().toString())
                .put("now", change.now().toString())
                .put("rise", change.rise().toString()));
    }

    private static String recomputed(BatchReview review) {
        if (review.verdict().isEmpty()) {
            return "**Not recomputed**";
        }
        return review.isVerified()
                ? "Recomputed from the archived inputs: root, total, payees, artifact and inputs agree"
                : "**Recomputed from the archived inputs: it DIFFERS**";
    }

    private static String funded(Funding funding) {
        if (funding.isFunded()) {
            return "yes";
        }
        return "**no**: the balance lacks %s, the allowance %s"
                .formatted(
                        funding.lacksBalance().toOcos(),
                        funding.lacksAllowance().toOcos());
    }

    private static String runway(BatchReview review) {
        return review.funding()
                .flatMap(funding -> funding.runwayEpochs(review.epochs()))
                .map(epochs -> epochs + " epochs")
                .orElse("–");
    }

    private static void changes(StringBuilder out, List<PayeeChanges.Change> changes) {
        if (changes.isEmpty()) {
            return;
        }
        table(out, "payee", "before", "now", "rise");
        changes.stream()
                .limit(PayeeChanges.TOP)
                .forEach(change -> row(
                        out,
                        change.payee(),
                        change.before().toOcos(),
                        change.now().toOcos(),
                        ocos(change.rise())));
    }

    private static int share(long part, long whole) {
        return PayeeChanges.ppm(BigInteger.valueOf(part), BigInteger.valueOf(whole));
    }

    private static String ocos(BigInteger wei) {
        return TokenAmount.saturated(wei).toOcos();
    }

    private static void section(StringBuilder out, String title) {
        line(out, "");
        line(out, "## " + title);
        line(out, "");
    }

    private static void table(StringBuilder out, String... header) {
        row(out, (Object[]) header);
        line(out, "| --- ".repeat(header.length) + "|");
    }

    private static void row(StringBuilder out, Object... cells) {
        line(out, Arrays.stream(cells).map(String::valueOf).collect(Collectors.joining(" | ", "| ", " |")));
    }

    private static void line(StringBuilder out, String text) {
        out.append(text).append('\n');
    }
}
