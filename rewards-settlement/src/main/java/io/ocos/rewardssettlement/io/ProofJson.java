package io.ocos.rewardssettlement.io;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.ocos.rewardssettlement.domain.Batch;
import io.ocos.rewardssettlement.domain.BatchLines;
import io.ocos.rewardssettlement.domain.MerkleTree;
import io.ocos.schemas.domain.Hash32;
import java.io.IOException;
import java.io.Writer;

/** Proofs and trees as JSON. The writers are flushed, not closed. */
public final class ProofJson {

    private static final JsonFactory JSON = new JsonFactory();

    private ProofJson() {}

    /**
     * Writes what {@code claim} needs: {@code {number, epoch, root, payee, cumulative, leaf, leafIndex, treeIndex, proof}};
     * amounts as decimal strings, leafIndex = the position among the payees, treeIndex = that in OpenZeppelin's dump.
     *
     * @param row the payee's line in the batch
     */
    public static void writeProof(Batch batch, MerkleTree tree, int row, Writer out) throws IOException {
        Hash32 leaf = leaf(batch.lines(), row);
        JsonGenerator json = generator(out).useDefaultPrettyPrinter();
        json.writeStartObject();
        json.writeNumberField("number", batch.number());
        json.writeNumberField("epoch", batch.epoch());
        json.writeStringField("root", tree.root().toString());
        json.writeStringField("payee", batch.lines().payee(row).toString());
        json.writeStringField("cumulative", batch.lines().cumulative(row).toString());
        json.writeStringField("leaf", leaf.toString());
        json.writeNumberField("leafIndex", row);
        json.writeNumberField("treeIndex", tree.indexOf(leaf));
        json.writeArrayFieldStart("proof");
        for (Hash32 sibling : tree.proof(leaf)) {
            json.writeString(sibling.toString());
        }
        json.writeEndArray();
        json.writeEndObject();
        json.flush();
    }

    /** Writes the tree as {@code StandardMerkleTree.load} of {@code @openzeppelin/merkle-tree} reads it. */
    public static void writeDump(Batch batch, MerkleTree tree, Writer out) throws IOException {
        JsonGenerator json = generator(out);
        json.writeStartObject();
        json.writeStringField("format", "standard-v1");
        json.writeArrayFieldStart("leafEncoding");
        json.writeString("address");
        json.writeString("uint256");
        json.writeEndArray();
        json.writeArrayFieldStart("tree");
        for (int node = 0; node < 2 * tree.size() - 1; node++) {
            json.writeString(tree.node(node).toString());
        }
        json.writeEndArray();
        json.writeArrayFieldStart("values");
        BatchLines lines = batch.lines();
        for (int row = 0; row < lines.size(); row++) {
            json.writeStartObject();
            json.writeArrayFieldStart("value");
            json.writeString(lines.payee(row).toString());
            json.writeString(lines.cumulative(row).toString());
            json.writeEndArray();
            json.writeNumberField("treeIndex", tree.indexOf(leaf(lines, row)));
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeEndObject();
        json.flush();
    }

    private static Hash32 leaf(BatchLines lines, int row) {
        return MerkleTree.leaf(lines.payee(row), lines.cumulative(row));
    }

    private static JsonGenerator generator(Writer out) throws IOException {
        return JSON.createGenerator(out).disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
    }
}
