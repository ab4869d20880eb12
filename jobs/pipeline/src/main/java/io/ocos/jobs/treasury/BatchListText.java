package io.ocos.jobs.treasury;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.ocos.rewardssettlement.domain.review.Funding;
import io.ocos.rewardssettlement.domain.submission.SettlementChain.Contract;
import io.ocos.schemas.domain.TokenAmount;
import java.io.PrintWriter;
import java.time.Instant;
import java.util.Optional;

/** {@link BatchList} for people and for programs. */
public final class BatchListText {

    private static final String ROW = "%8s %10s %-10s %24s %20s %8s  %-66s %-20s %s%n";

    private BatchListText() {}

    /** A table; amounts in OCOS. */
    public static void write(BatchList list, PrintWriter out) {
        Contract contract = list.chain().contract();
        out.printf(
                "block %d (%s)%s%s%n",
                list.chain().block().number(),
                Instant.ofEpochSecond(list.chain().block().timeSeconds()),
                contract.paused() ? ", PAUSED" : "",
                contract.proposalsHalted() ? ", proposals HALTED by a veto" : "");
        out.printf(
                "finalized %s OCOS, paid %s, swept %s; treasury holds %s, has approved %s%n",
                contract.finalizedTotal().toOcos(),
                list.chain().paid().toOcos(),
                list.chain().swept().toOcos(),
                contract.treasuryBalance().toOcos(),
                contract.treasuryAllowance().toOcos());
        out.printf(ROW, "NUMBER", "EPOCH", "STATE", "TOTAL", "DELTA", "PAYEES", "ROOT", "WINDOW ENDS", "FUNDED");
        for (BatchList.Row row : list.rows()) {
            out.printf(
                    ROW,
                    row.number(),
                    row.epoch(),
                    row.state(),
                    row.total().toOcos(),
                    row.delta().map(TokenAmount::toOcos).orElse(""),
                    row.payees().map(String::valueOf).orElse(""),
                    row.root(),
                    row.challengeEndsAt().map(Instant::toString).orElse(""),
                    row.funding().map(BatchListText::funded).orElse("")
                            + (row.remark().isEmpty() ? "" : " ! " + row.remark()));
        }
        out.flush();
    }

    /** JSON; amounts in wei as decimal strings, times as ISO 8601. */
    public static String json(BatchList list) {
        Contract contract = list.chain().contract();
        ObjectNode root = new ObjectMapper().createObjectNode();
        root.put("block", list.chain().block().number())
                .put(
                        "blockTime",
                        Instant.ofEpochSecond(list.chain().block().timeSeconds())
                                .toString())
                .put("paused", contract.paused())
                .put("proposalsHalted", contract.proposalsHalted())
                .put("pending", contract.pending())
                .put("lastProposed", contract.lastProposed())
                .put("lastFinalized", contract.lastFinalized())
                .put("finalizedTotal", contract.finalizedTotal().toString())
                .put("paid", list.chain().paid().toString())
                .put("swept", list.chain().swept().toString())
                .put("treasuryBalance", contract.treasuryBalance().toString())
                .put("treasuryAllowance", contract.treasuryAllowance().toString());
        ArrayNode rows = root.putArray("batches");
        for (BatchList.Row row : list.rows()) {
            ObjectNode node = rows.addObject()
                    .put("number", row.number())
                    .put("epoch", row.epoch())
                    .put("state", row.state().name())
                    .put("total", row.total().toString())
                    .put("root", row.root().toString());
            row.delta().ifPresent(delta -> node.put("delta", delta.toString()));
            row.payees().ifPresent(payees -> node.put("payees", payees));
            row.challengeEndsAt().ifPresent(end -> node.put("challengeEndsAt", end.toString()));
            row.funding().ifPresent(funding -> node.put("funded", funding.isFunded())
                    .put("required", funding.required().toString())
                    .put("lacksBalance", funding.lacksBalance().toString())
                    .put("lacksAllowance", funding.lacksAllowance().toString()));
            Optional.of(row.remark())
                    .filter(remark -> !remark.isEmpty())
                    .ifPresent(remark -> node.put("remark", remark));
        }
        return root.toPrettyString();
    }

    private static String funded(Funding funding) {
        if (funding.isFunded()) {
            return "yes";
        }
        return funding.lacksBalance().wei().signum() > 0
                ? "no, the treasury holds %s OCOS too little"
                        .formatted(funding.lacksBalance().toOcos())
                : "no, the treasury has approved %s OCOS too little"
                        .formatted(funding.lacksAllowance().toOcos());
    }
}
