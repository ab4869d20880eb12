package io.ocos.ingest.io;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.ocos.ingest.domain.Receipt;
import io.ocos.ingest.domain.ReceiptDomain;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.domain.Hex;
import io.ocos.schemas.io.Secp256k1Keys;
import java.util.Optional;

/**
 * A receipt with its signature, as a gateway answers it and as an agent keeps it in {@code receipts.jsonl}: one JSON object with
 * the fields {@code node, sequence, payloadHash, receivedAt, gateway, partition, offset, signer, signature}. Other fields are
 * not looked at.
 *
 * @param receipt what is signed
 * @param signer the gateway key that the receipt names; unproven until {@link #isSigned}
 * @param signature 0x-hex of 65 bytes r ‖ s ‖ v
 */
public record SignedReceipt(Receipt receipt, Address signer, String signature) {

    private static final ObjectMapper JSON = new ObjectMapper();

    /**
     * Reads a receipt.
     *
     * @throws IllegalArgumentException naming what is missing or not of its type
     */
    public static SignedReceipt parse(String json) {
        JsonNode object;
        try {
            object = JSON.readTree(json);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("is no JSON object: " + e.getOriginalMessage(), e);
        }
        if (object == null || !object.isObject()) {
            throw new IllegalArgumentException("is no JSON object");
        }
        return new SignedReceipt(
                new Receipt(
                        Address.parse(text(object, "node")),
                        integer(object, "sequence", Long.MAX_VALUE),
                        Hash32.parse(text(object, "payloadHash")),
                        integer(object, "receivedAt", Long.MAX_VALUE),
                        text(object, "gateway"),
                        (int) integer(object, "partition", Integer.MAX_VALUE),
                        integer(object, "offset", Long.MAX_VALUE)),
                Address.parse(text(object, "signer")),
                text(object, "signature"));
    }

    /** Whether the signature is that of the {@link #signer()} it names. */
    public boolean isSigned(ReceiptDomain domain) {
        Optional<Address> recovered;
        try {
            recovered = Secp256k1Keys.recover(domain.digest(receipt), Hex.parse(signature));
        } catch (IllegalArgumentException e) {
            return false;
        }
        return recovered.filter(signer::equals).isPresent();
    }

    /** One line of JSON, without its end. */
    public String toJson() {
        ObjectNode object = JSON.createObjectNode()
                .put("node", receipt.node().toString())
                .put("sequence", receipt.sequence())
                .put("payloadHash", receipt.payloadHash().toString())
                .put("receivedAt", receipt.receivedAt())
                .put("gateway", receipt.gateway())
                .put("partition", receipt.partition())
                .put("offset", receipt.offset())
                .put("signer", signer.toString())
                .put("signature", signature);
        return object.toString();
    }

    private static String text(JsonNode object, String field) {
        JsonNode value = object.get(field);
        if (value == null || !value.isTextual()) {
            throw new IllegalArgumentException("%s: %s, expected a string".formatted(field, value));
        }
        return value.textValue();
    }

    private static long integer(JsonNode object, String field, long most) {
        JsonNode value = object.get(field);
        if (value == null
                || !value.isIntegralNumber()
                || !value.canConvertToLong()
                || value.longValue() < 0
                || value.longValue() > most) {
            throw new IllegalArgumentException("%s: %s, expected an integer 0 … %d".formatted(field, value, most));
        }
        return value.longValue();
    }
}
