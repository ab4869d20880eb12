package io.ocos.rewardssettlement.io;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.ocos.rewardssettlement.domain.Batch;
import io.ocos.rewardssettlement.domain.BatchLines;
import io.ocos.rewardssettlement.domain.MerkleTree;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.domain.TokenAmount;
import io.ocos.schemas.io.Tools;
import java.io.IOException;
import java.io.StringWriter;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Our trees and dumps against {@code @openzeppelin/merkle-tree} itself. */
class OpenZeppelinTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int TREES = 60;

    @TempDir
    private Path dir;

    @Test
    void theirTreesHaveOurRootsProofsAndDumps() throws Exception {
        List<Batch> batches = batches(1);
        List<JsonNode> answers = ask(trees(batches));
        assertAnswers(batches, answers);
        for (int i = 0; i < batches.size(); i++) {
            assertThat(dump(batches.get(i))).isEqualTo(answers.get(i).required("dump"));
        }
    }

    private static JsonNode dump(Batch batch) throws IOException {
        StringWriter dump = new StringWriter();
        ProofJson.writeDump(batch, batch.tree(), dump);
        return JSON.readTree(dump.toString());
    }

    private static List<JsonNode> trees(List<Batch> batches) {
        List<JsonNode> requests = new ArrayList<>();
        for (Batch batch : batches) {
            ObjectNode request = JSON.createObjectNode();
            ArrayNode values = request.putArray("values");
            batch.lines().stream().forEach(line -> values.addArray()
                    .add(line.payee().toString())
                    .add(line.cumulative().toString()));
            requests.add(request);
        }
        return requests;
    }

    @Test
    void theyLoadAndValidateOurDumps() throws Exception {
        List<Batch> batches = batches(2);
        List<JsonNode> requests = new ArrayList<>();
        for (Batch batch : batches) {
            requests.add(JSON.createObjectNode().set("dump", dump(batch)));
        }
        assertAnswers(batches, ask(requests));
    }

    private static void assertAnswers(List<Batch> batches, List<JsonNode> answers) {
        assertThat(answers).hasSize(batches.size());
        for (int i = 0; i < batches.size(); i++) {
            MerkleTree tree = batches.get(i).tree();
            assertThat(answers.get(i).required("root").textValue())
                    .isEqualTo(tree.root().toString());
            List<List<String>> ours = batches.get(i).lines().stream()
                    .map(line -> tree.proof(MerkleTree.leaf(line.payee(), line.cumulative())).stream()
                            .map(Hash32::toString)
                            .toList())
                    .toList();
            List<List<String>> theirs = new ArrayList<>();
            answers.get(i).required("proofs").forEach(proof -> {
                List<String> siblings = new ArrayList<>();
                proof.forEach(sibling -> siblings.add(sibling.textValue()));
                theirs.add(siblings);
            });
            assertThat(theirs).isEqualTo(ours);
        }
    }

    /** Of 1, 2, 3 … payees. */
    private static List<Batch> batches(long seed) {
        Random random = new Random(seed);
        List<Batch> batches = new ArrayList<>();
        for (int size = 1; size <= TREES; size++) {
            TreeMap<Address, TokenAmount> amounts = new TreeMap<>();
            while (amounts.size() < size) {
                amounts.put(
                        new Address(random.nextLong(), random.nextLong(), random.nextInt()),
                        new TokenAmount(new BigInteger(1 + random.nextInt(256), random).max(BigInteger.ONE)));
            }
            BatchLines.Packer packer = new BatchLines.Packer(size);
            amounts.forEach((payee, amount) -> packer.add(payee, amount, TokenAmount.ZERO));
            batches.add(new Batch(size, size, BatchLines.of(List.of(packer.block()))));
        }
        return batches;
    }

    private List<JsonNode> ask(List<JsonNode> requests) throws IOException, InterruptedException {
        Path in = dir.resolve("requests");
        Path out = dir.resolve("answers");
        Files.write(in, requests.stream().map(JsonNode::toString).toList());
        Path library = Tools.file("@openzeppelin/merkle-tree");
        Process node = new ProcessBuilder(
                        "node",
                        "src/test/node/merkle-tree.js",
                        library.resolveSibling("..").normalize().toString())
                .redirectInput(in.toFile())
                .redirectOutput(out.toFile())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        assertThat(node.waitFor()).isZero();
        List<JsonNode> answers = new ArrayList<>();
        for (String line : Files.readAllLines(out)) {
            answers.add(JSON.readTree(line));
        }
        return answers;
    }
}
