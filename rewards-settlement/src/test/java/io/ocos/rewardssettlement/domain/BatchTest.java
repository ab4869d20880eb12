package io.ocos.rewardssettlement.domain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.domain.Keccak;
import io.ocos.schemas.domain.TokenAmount;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A batch, its artifact, and what an attacker would try with its tree. */
class BatchTest {

    private static final Address A = Address.parse("0x1111111111111111111111111111111111111111");
    private static final Address B = Address.parse("0xf222222222222222222222222222222222222222");

    @Test
    void artifactAndTotals() throws IOException {
        Batch batch = batch(line(A, 7, 7), line(B, 5, 0));
        assertThat(text(batch)).isEqualTo("payee,cumulative,delta\n%s,7,7\n%s,5,0\n".formatted(A, B));
        assertThat(batch.cid()).isEqualTo(Cid.of(text(batch).getBytes(StandardCharsets.UTF_8)));
        assertThat(batch.artifactId().bytes()).isEqualTo(text(batch).length());
        assertThat(batch.cumulativeTotal()).isEqualTo(TokenAmount.wei(12));
        assertThat(batch.delta()).isEqualTo(TokenAmount.wei(7));
        assertThat(Batch.readArtifact(in(text(batch)))).isEqualTo(batch.lines());
    }

    /** More lines than fit in one piece or block, in many blocks. */
    @Test
    void manyLines() throws IOException {
        List<byte[]> blocks = new ArrayList<>();
        List<Hash32> leaves = new ArrayList<>();
        for (int block = 0; block < 40; block++) {
            BatchLines.Packer packer = new BatchLines.Packer(1_000);
            for (int i = 1; i <= block * 50; i++) {
                Address payee = new Address(block, 0, i);
                packer.add(payee, TokenAmount.wei(i), TokenAmount.ZERO);
                leaves.add(MerkleTree.leaf(payee, TokenAmount.wei(i)));
            }
            blocks.add(packer.block());
        }
        Batch batch = new Batch(1, 1, BatchLines.of(blocks));
        assertThat(batch.lines().size()).isEqualTo(39_000);
        assertThat(batch.root()).isEqualTo(MerkleTree.of(leaves).root());
        BatchLines read = Batch.readArtifact(in(text(batch)));
        assertThat(read).isEqualTo(batch.lines());
        for (int row : new int[] {0, 49, 50, 32_767, 32_768, 38_999}) {
            assertThat(read.indexOf(batch.lines().payee(row))).isEqualTo(row);
        }
        assertThat(read.indexOf(A)).isNegative();
        assertThat(read.indexOf(Address.ZERO)).isNegative();
    }

    /** FAULTS, bad input 32: one payee, however its address was written, has one leaf. */
    @Test
    void aPayeeOfTwoSpellingsIsOne() {
        Address checksummed = Address.parse("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed");
        Address lower = Address.parse("0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed");
        assertThat(checksummed).isEqualTo(lower);
        assertThatThrownBy(() -> batch(line(checksummed, 1, 1), line(lower, 1, 1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("payee %s after %s, expected ascending order".formatted(lower, lower));
    }

    /** FAULTS, bad input 33. */
    @Test
    void smallestAndLargestAmounts() throws IOException {
        Batch batch = new Batch(
                1,
                1,
                lines(
                        new Batch.Line(A, TokenAmount.wei(1), TokenAmount.wei(1)),
                        new Batch.Line(B, TokenAmount.MAX, TokenAmount.MAX)));
        assertThat(text(batch))
                .isEqualTo(
                        "payee,cumulative,delta\n%s,1,1\n%s,%s,%s\n".formatted(A, B, TokenAmount.MAX, TokenAmount.MAX));
        assertThat(Batch.readArtifact(in(text(batch)))).isEqualTo(batch.lines());
        assertThatThrownBy(batch::cumulativeTotal)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("expected 0 … 2^256 − 1");
    }

    /** FAULTS, bad input 31: the tree's shape changes around powers of two; every proof still verifies. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 7, 8, 9, 31, 32, 33, 1_023, 1_024, 1_025, 4_095, 4_096, 4_097, 5_000})
    void rootsAndProofsAroundPowersOfTwo(int size) {
        List<Hash32> leaves = leaves(size);
        MerkleTree tree = MerkleTree.of(leaves);
        assertThat(tree.nodes()).isEqualTo(plainTree(leaves));
        assertThat(tree.size()).isEqualTo(size);
        for (Hash32 leaf : leaves) {
            assertThat(MerkleTree.verify(tree.root(), leaf, tree.proof(leaf))).isTrue();
            assertThat(tree.node(tree.indexOf(leaf))).isEqualTo(leaf);
        }
    }

    /** FAULTS, bad input 35: an inner node passed off as a leaf, and proofs that are cut or extended. */
    @Test
    void innerNodesAndOtherProofsProveNothing() {
        List<Hash32> leaves = leaves(9);
        MerkleTree tree = MerkleTree.of(leaves);
        for (Hash32 leaf : leaves) {
            List<Hash32> proof = tree.proof(leaf);
            for (int length = 0; length < proof.size(); length++) {
                assertThat(MerkleTree.verify(tree.root(), leaf, proof.subList(0, length)))
                        .isFalse();
                assertThat(MerkleTree.verify(tree.root(), leaf, proof.subList(length + 1, proof.size())))
                        .isFalse();
            }
            List<Hash32> longer = new ArrayList<>(proof);
            longer.add(tree.root());
            assertThat(MerkleTree.verify(tree.root(), leaf, longer)).isFalse();
        }
        // What an inner node hashes is 64 bytes, as long as a leaf's encoding; but a leaf is hashed twice.
        for (int inner = 0; inner < leaves.size() - 1; inner++) {
            byte[] children = new byte[64];
            Hash32 left = tree.node(2 * inner + 1);
            Hash32 right = tree.node(2 * inner + 2);
            boolean ordered = left.compareTo(right) <= 0;
            System.arraycopy(left.toBytes(), 0, children, ordered ? 0 : 32, 32);
            System.arraycopy(right.toBytes(), 0, children, ordered ? 32 : 0, 32);
            assertThat(Hash32.of(Keccak.hash(children))).isEqualTo(tree.node(inner));
            assertThat(tree.indexOf(Hash32.of(Keccak.hash(Keccak.hash(children)))))
                    .isNegative();
        }
    }

    /** FAULTS, bad input 36: what proves an amount in one epoch proves nothing in the next. */
    @Test
    void aProofOfOneBatchIsNoneOfTheNext() {
        Batch first = batch(line(A, 7, 7), line(B, 5, 5));
        Batch second = batch(line(A, 7, 0), line(B, 6, 1));
        Hash32 unchanged = MerkleTree.leaf(A, TokenAmount.wei(7));
        assertThat(MerkleTree.verify(first.root(), unchanged, first.tree().proof(unchanged)))
                .isTrue();
        assertThat(MerkleTree.verify(second.root(), unchanged, first.tree().proof(unchanged)))
                .isFalse();
    }

    /** Leaves that are no hashes, all with the same first bytes, are sorted all the same. */
    @Test
    void leavesThatBeginAlike() {
        List<Hash32> leaves = new ArrayList<>();
        for (int i = 0; i < 3_000; i++) {
            leaves.add(new Hash32(5, 0, (i * 7_919L) % 3_000, i % 2));
        }
        assertThat(MerkleTree.of(leaves).nodes()).isEqualTo(plainTree(leaves));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "payee,cumulative|line 1: expected 'payee,cumulative,delta'",
                "payee,cumulative,delta;0x1111111111111111111111111111111111111111,1|line 2: 2 fields, expected 3",
                "payee,cumulative,delta;0x1111111111111111111111111111111111111111,01,1|line 2: amount '01': expected decimal"
                        + " digits without sign or leading zeros",
                "payee,cumulative,delta;0x11,1,1|line 2: address '0x11': expected 0x and 40 hex digits",
                "payee,cumulative,delta;0x2222222222222222222222222222222222222222,1,1;"
                        + "0x1111111111111111111111111111111111111111,1,1|payee"
                        + " 0x1111111111111111111111111111111111111111 after"
                        + " 0x2222222222222222222222222222222222222222, expected ascending order"
            })
    void damagedArtifacts(String text, String message) {
        assertThatThrownBy(() -> Batch.readArtifact(in(text.replace(';', '\n'))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }

    private static Batch.Line line(Address payee, long cumulative, long delta) {
        return new Batch.Line(payee, TokenAmount.wei(cumulative), TokenAmount.wei(delta));
    }

    private static Batch batch(Batch.Line... lines) {
        return new Batch(1, 1, lines(lines));
    }

    private static BatchLines lines(Batch.Line... lines) {
        BatchLines.Packer packer = new BatchLines.Packer(lines.length);
        for (Batch.Line line : lines) {
            packer.add(line.payee(), line.cumulative(), line.delta());
        }
        return BatchLines.of(List.of(packer.block()));
    }

    private static List<Hash32> leaves(int size) {
        List<Hash32> leaves = new ArrayList<>();
        for (int i = 1; i <= size; i++) {
            leaves.add(MerkleTree.leaf(new Address(0, 0, i), TokenAmount.wei(i)));
        }
        return leaves;
    }

    /** As OpenZeppelin's library says, with lists. */
    private static List<Hash32> plainTree(List<Hash32> leaves) {
        List<Hash32> sorted = leaves.stream().sorted().toList();
        Hash32[] nodes = new Hash32[2 * sorted.size() - 1];
        for (int i = nodes.length - 1; i >= 0; i--) {
            int leaf = nodes.length - 1 - i;
            if (leaf < sorted.size()) {
                nodes[i] = sorted.get(leaf);
            } else {
                Hash32 a = nodes[2 * i + 1];
                Hash32 b = nodes[2 * i + 2];
                nodes[i] = Hash32.of(
                        a.compareTo(b) <= 0
                                ? Keccak.hash(a.toBytes(), b.toBytes())
                                : Keccak.hash(b.toBytes(), a.toBytes()));
            }
        }
        return List.of(nodes);
    }

    private static String text(Batch batch) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        batch.writeArtifact(bytes);
        return bytes.toString(StandardCharsets.UTF_8);
    }

    private static ByteArrayInputStream in(String text) {
        return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
    }
}
