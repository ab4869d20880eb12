package io.ocos.jobs.reference;

import io.ocos.jobs.reference.ReferenceOutput.BatchRow;
import io.ocos.jobs.reference.ReferenceOutput.RewardRow;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hex;
import io.ocos.schemas.domain.Keccak;
import io.ocos.schemas.domain.TokenAmount;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Epochs, batches, Merkle root (SPEC 10). */
public final class ReferenceSettlement {

    private ReferenceSettlement() {}

    public static List<BatchRow> batches(List<RewardRow> rewards, long epochMinutes, long untilMillis) {
        Map<Long, List<RewardRow>> byEpoch = new TreeMap<>();
        for (RewardRow row : rewards) {
            if (row.amount().signum() > 0) {
                byEpoch.computeIfAbsent(row.minute() / epochMinutes, e -> new ArrayList<>())
                        .add(row);
            }
        }
        List<BatchRow> batches = new ArrayList<>();
        Map<Address, BigInteger> before = new TreeMap<>();
        BigInteger totalBefore = BigInteger.ZERO;
        for (Map.Entry<Long, List<RewardRow>> epoch : byEpoch.entrySet()) {
            if ((epoch.getKey() + 1) * epochMinutes > untilMillis / 60_000) {
                break;
            }
            Map<Address, BigInteger> cumulative = new TreeMap<>(before);
            for (RewardRow row : epoch.getValue()) {
                Address payee = row.payee();
                if (payee != null) {
                    cumulative.merge(payee, row.amount(), BigInteger::add);
                }
            }
            BigInteger total = cumulative.values().stream().reduce(BigInteger.ZERO, BigInteger::add);
            StringBuilder artifact = new StringBuilder("payee,cumulative,delta\n");
            cumulative.forEach((payee, amount) -> artifact.append("%s,%s,%s\n"
                    .formatted(payee, amount, amount.subtract(before.getOrDefault(payee, BigInteger.ZERO)))));
            batches.add(new BatchRow(
                    batches.size() + 1L,
                    epoch.getKey(),
                    Hex.format(root(cumulative)),
                    total,
                    total.subtract(totalBefore),
                    cumulative.size(),
                    cid(artifact.toString()),
                    artifact.toString()));
            before.putAll(cumulative);
            totalBefore = total;
        }
        return batches;
    }

    private static byte[] root(Map<Address, BigInteger> cumulative) {
        List<byte[]> leaves = new ArrayList<>();
        cumulative.forEach((payee, amount) ->
                leaves.add(Keccak.hash(Keccak.hash(new byte[12], payee.toBytes(), new TokenAmount(amount).toBytes()))));
        leaves.sort(Arrays::compareUnsigned);
        byte[][] tree = new byte[2 * leaves.size() - 1][];
        for (int i = tree.length - 1; i >= 0; i--) {
            int leaf = tree.length - 1 - i;
            if (leaf < leaves.size()) {
                tree[i] = leaves.get(leaf);
            } else {
                byte[] a = tree[2 * i + 1];
                byte[] b = tree[2 * i + 2];
                tree[i] = Arrays.compareUnsigned(a, b) <= 0 ? Keccak.hash(a, b) : Keccak.hash(b, a);
            }
        }
        return tree[0];
    }

    /** CIDv1: version 1, codec raw (0x55), multihash sha2-256 (0x12) of 32 bytes; multibase base32, lower case. */
    private static String cid(String artifact) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(artifact.getBytes(StandardCharsets.UTF_8));
            byte[] bytes = new byte[36];
            bytes[0] = 0x01;
            bytes[1] = 0x55;
            bytes[2] = 0x12;
            bytes[3] = 0x20;
            System.arraycopy(hash, 0, bytes, 4, 32);
            String bits = "0".repeat(7) + new BigInteger(1, bytes).toString(2) + "00";
            StringBuilder text = new StringBuilder("b");
            for (int i = 0; i + 5 <= bits.length(); i += 5) {
                text.append("abcdefghijklmnopqrstuvwxyz234567".charAt(Integer.parseInt(bits.substring(i, i + 5), 2)));
            }
            return text.toString();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
