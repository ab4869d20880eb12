package io.ocos.ingest.io;

import com.fasterxml.jackson.databind.JsonNode;
import io.ocos.ingest.domain.FollowedContract;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.io.AnvilProcess;
import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.net.URI;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/**
 * A real EVM chain that mines when told to, with contracts that log whatever they are called with: the first word says how many
 * topics there are, then come the topics, the rest is data.
 */
final class EmittingChain implements AutoCloseable {

    private static final Hash32 STAKE_CHANGED = FollowedContract.NODE_REGISTRY.events().stream()
            .filter(event -> event.name().equals("StakeChanged"))
            .findFirst()
            .orElseThrow()
            .topic();

    private final AnvilProcess anvil;
    private final JsonRpc rpc;
    private final String sender;
    final Address registry;
    final Address stranger;

    EmittingChain(Path log) {
        anvil = AnvilProcess.start(log, List.of("--no-mining", "--timestamp", "1700000000"));
        rpc = new JsonRpc(anvil.rpcUrl());
        sender = rpc.call("eth_accounts").get(0).textValue();
        registry = deploy();
        stranger = deploy();
    }

    URI url() {
        return anvil.rpcUrl();
    }

    private Address deploy() {
        String hash = send(Map.of("from", sender, "gas", "0x100000", "gasPrice", "0x1", "data", "0x" + initCode()));
        mine(1);
        return Address.parse(rpc.call("eth_getTransactionReceipt", hash)
                .path("contractAddress")
                .textValue());
    }

    /** A transaction that logs StakeChanged of a contract, in the next block. */
    void stakeChanged(Address contract, long node, long stake, long change) {
        log(
                contract,
                List.of(STAKE_CHANGED, new Hash32(0, 0, 0, node)),
                "%064x%s".formatted(stake, word(BigInteger.valueOf(change))));
    }

    /** A transaction that logs anything, in the next block. */
    void log(Address contract, List<Hash32> topics, String dataDigits) {
        StringBuilder input = new StringBuilder("0x%064x".formatted(topics.size()));
        topics.forEach(topic -> input.append(topic.toString(), 2, 66));
        send(Map.of(
                "from",
                sender,
                "to",
                contract.toString(),
                "gas",
                "0x100000",
                "gasPrice",
                "0x1",
                "data",
                input.append(dataDigits).toString()));
    }

    private String send(Map<String, String> transaction) {
        return rpc.call("eth_sendTransaction", transaction).textValue();
    }

    /** Mines blocks, the first with what waits. */
    void mine(int blocks) {
        rpc.call("anvil_mine", "0x" + Integer.toHexString(blocks), "0x3");
    }

    long head() {
        return Long.decode(rpc.call("eth_blockNumber").textValue());
    }

    String snapshot() {
        return rpc.call("evm_snapshot").textValue();
    }

    void revert(String snapshot) {
        rpc.call("evm_revert", snapshot);
    }

    /** Replaces the newest blocks by as many empty ones. */
    void reorg(int depth) {
        rpc.call("anvil_reorg", depth, List.of());
    }

    JsonNode block(long number) {
        return rpc.call("eth_getBlockByNumber", "0x" + Long.toHexString(number), false);
    }

    JsonNode receipts(long number) {
        return rpc.call("eth_getBlockReceipts", "0x" + Long.toHexString(number));
    }

    @Override
    public void close() {
        anvil.close();
    }

    private static String word(BigInteger value) {
        return "%064x".formatted(value.mod(BigInteger.TWO.pow(256)));
    }

    private static String initCode() {
        byte[] code = runtimeCode();
        // PUSH2 size, DUP1, PUSH1 12, PUSH1 0, CODECOPY, PUSH1 0, RETURN
        return "61%04x80600c6000396000f3%s"
                .formatted(code.length, HexFormat.of().formatHex(code));
    }

    private static byte[] runtimeCode() {
        int heads = 3 + 5 * 8 + 1;
        int[] places = new int[5];
        ByteArrayOutputStream bodies = new ByteArrayOutputStream();
        for (int topics = 0; topics < 5; topics++) {
            places[topics] = heads + bodies.size();
            int begin = 32 * (topics + 1);
            // JUMPDEST; CALLDATACOPY(0, begin, CALLDATASIZE - begin)
            write(bodies, 0x5b, 0x60, begin, 0x36, 0x03, 0x60, begin, 0x60, 0, 0x37);
            for (int topic = topics; topic > 0; topic--) {
                write(bodies, 0x60, 32 * topic, 0x35);
            }
            // LOGn(0, CALLDATASIZE - begin, topics …); STOP
            write(bodies, 0x60, begin, 0x36, 0x03, 0x60, 0, 0xa0 + topics, 0x00);
        }
        ByteArrayOutputStream code = new ByteArrayOutputStream();
        write(code, 0x60, 0, 0x35);
        for (int topics = 0; topics < 5; topics++) {
            // DUP1, PUSH1 topics, EQ, PUSH2 place, JUMPI
            write(code, 0x80, 0x60, topics, 0x14, 0x61, places[topics] >> 8, places[topics] & 0xff, 0x57);
        }
        write(code, 0x00);
        code.writeBytes(bodies.toByteArray());
        return code.toByteArray();
    }

    private static void write(ByteArrayOutputStream out, int... bytes) {
        for (int each : bytes) {
            out.write(each);
        }
    }
}
