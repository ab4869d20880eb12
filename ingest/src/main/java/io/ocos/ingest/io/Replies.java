package io.ocos.ingest.io;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.ocos.ingest.domain.Answer;
import io.ocos.ingest.domain.BeaconBook.Beacon;
import io.ocos.ingest.domain.Problem;
import io.ocos.ingest.domain.Receipt;
import io.ocos.ingest.domain.ReceiptDomain;
import io.ocos.schemas.domain.Hex;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The gateway's answers as HTTP: status, headers, JSON. */
final class Replies {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String JSON_TYPE = "application/json";
    private static final String PROBLEM_TYPE = "application/problem+json";

    /** An answer on the wire. */
    @SuppressWarnings("ArrayRecordComponent") // Written out, never compared.
    record Reply(int status, Map<String, String> headers, byte[] body) {}

    /** Signed receipt (docs/operations/gateway.md, "Receipts"). */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    private record ReceiptBody(
            String status,
            @Nullable String node,
            @Nullable Long sequence,
            @Nullable String payloadHash,
            @Nullable Long receivedAt,
            @Nullable String gateway,
            @Nullable Integer partition,
            @Nullable Long offset,
            @Nullable String signer,
            @Nullable String signature,
            @Nullable Boolean countsForUptime,
            @Nullable Integer droppedEntries) {}

    /** RFC 9457. */
    private record ProblemBody(String type, String title, int status, String detail, String rule) {}

    private record BeaconBody(long blockNumber, String blockHash, long blockTime) {}

    private final ReceiptDomain domain;
    private final NodeKeys keys;

    Replies(ReceiptDomain domain, NodeKeys keys) {
        this.domain = domain;
        this.keys = keys;
    }

    Reply of(Answer answer) {
        if (answer instanceof Answer.Accepted accepted) {
            return json(
                    202,
                    receipt("accepted", accepted.receipt(), accepted.countsForUptime(), accepted.droppedEntries()));
        } else if (answer instanceof Answer.Duplicate duplicate) {
            return json(
                    200,
                    duplicate
                            .receipt()
                            .map(receipt -> receipt("duplicate", receipt, null, null))
                            .orElse(new ReceiptBody(
                                    "duplicate", null, null, null, null, null, null, null, null, null, null, null)));
        }
        Answer.Refused refused = (Answer.Refused) answer;
        return problem(refused.problem(), refused.detail());
    }

    static Reply beacon(Beacon beacon) {
        return json(200, new BeaconBody(beacon.blockNumber(), beacon.blockHash().toString(), beacon.blockTime()));
    }

    static Reply problem(Problem problem, String detail) {
        return problem(problem, problem.status(), detail);
    }

    /** @param status that of HTTP itself, where it is more exact than the problem's */
    static Reply problem(Problem problem, int status, String detail) {
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("Content-Type", PROBLEM_TYPE);
        headers.put("Cache-Control", "no-store");
        switch (problem) {
            case BAD_SIGNATURE -> headers.put("WWW-Authenticate", "OCOS-Telemetry");
            case RATE, BUSY, NOT_READY, NOT_DURABLE -> headers.put("Retry-After", "1");
            case SLOW, ABORTED, TOO_LARGE -> headers.put("Connection", "close");
            default -> {}
        }
        return new Reply(
                status,
                headers,
                bytes(new ProblemBody(problem.type(), problem.title(), status, detail, problem.rule())));
    }

    private ReceiptBody receipt(
            String status, Receipt receipt, @Nullable Boolean countsForUptime, @Nullable Integer droppedEntries) {
        return new ReceiptBody(
                status,
                receipt.node().toString(),
                receipt.sequence(),
                receipt.payloadHash().toString(),
                receipt.receivedAt(),
                receipt.gateway(),
                receipt.partition(),
                receipt.offset(),
                keys.address().toString(),
                Hex.format(keys.sign(domain.digest(receipt))),
                countsForUptime,
                droppedEntries);
    }

    private static Reply json(int status, Object body) {
        return new Reply(status, Map.of("Content-Type", JSON_TYPE, "Cache-Control", "no-store"), bytes(body));
    }

    private static byte[] bytes(Object body) {
        try {
            return JSON.writeValueAsBytes(body);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("cannot write " + body.getClass().getSimpleName(), e);
        }
    }
}
