package io.ocos.ingest.io;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.ocos.ingest.domain.BlockHeader;
import io.ocos.ingest.domain.EvmLog;
import io.ocos.ingest.domain.LogsBloom;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.domain.Hex;
import io.ocos.schemas.domain.Keccak;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/** An EVM node that speaks JSON-RPC over HTTP and answers as it is told; batches in reverse order, as it may. */
final class FakeEvmNode implements AutoCloseable {

    private static final ObjectMapper JSON = new ObjectMapper();

    static {
        // Else each answer waits 40 ms for the acknowledgement of its headers.
        System.setProperty("sun.net.httpserver.nodelay", "true");
    }

    /** What is answered instead of the truth; null = the truth. An object with {@code code} is an error. */
    interface Twist {
        @Nullable
        JsonNode answer(String method, JsonNode parameters, JsonNode truth);
    }

    /** A log that is to be: of a contract, with topics and data. */
    record Draft(Address address, List<Hash32> topics, String data) {}

    private record Block(BlockHeader header, List<EvmLog> logs) {}

    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final List<Block> chain = new ArrayList<>();
    /** Every request, such as {@code eth_getLogs 3 7}. */
    final List<String> requests = new CopyOnWriteArrayList<>();

    volatile long chainId = 56;
    volatile int httpStatus = 200;
    volatile boolean batches = true;
    volatile boolean blockReceipts = true;
    volatile Twist twist = (method, parameters, truth) -> null;

    /** A node whose chain is block 0. */
    FakeEvmNode() {
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.createContext("/", this::serve);
        server.setExecutor(threads);
        server.start();
        mine("main");
    }

    String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    /** Adds a block; its hash depends on the branch's name and what lies below it. */
    synchronized Hash32 mine(String branch, Draft... logs) {
        long number = chain.size();
        Hash32 parent =
                number == 0 ? Hash32.ZERO : chain.get(chain.size() - 1).header.hash();
        Hash32 hash = hash(branch + number + parent);
        List<EvmLog> made = new ArrayList<>();
        for (Draft log : logs) {
            made.add(new EvmLog(
                    number,
                    hash,
                    hash("transaction" + hash + made.size()),
                    made.size(),
                    log.address,
                    log.topics,
                    log.data,
                    false));
        }
        chain.add(
                new Block(new BlockHeader(number, hash, parent, 1_700_000_000 + number, LogsBloom.ofLogs(made)), made));
        return hash;
    }

    synchronized void mine(int blocks, String branch) {
        for (int i = 0; i < blocks; i++) {
            mine(branch);
        }
    }

    /** Takes the newest blocks away. */
    synchronized void drop(int blocks) {
        for (int i = 0; i < blocks; i++) {
            chain.remove(chain.size() - 1);
        }
    }

    synchronized long head() {
        return chain.size() - 1L;
    }

    synchronized List<Hash32> hashes() {
        return chain.stream().map(block -> block.header.hash()).toList();
    }

    synchronized List<EvmLog> logs() {
        return chain.stream().flatMap(block -> block.logs.stream()).toList();
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }

    static ObjectNode error(int code, String message) {
        return JSON.createObjectNode().put("code", code).put("message", message);
    }

    static ObjectNode json(EvmLog log) {
        ObjectNode json = JSON.createObjectNode()
                .put("address", log.address().toString())
                .put("blockHash", log.blockHash().toString())
                .put("blockNumber", hex(log.blockNumber()))
                .put("transactionHash", log.transactionHash().toString())
                .put("transactionIndex", "0x0")
                .put("logIndex", hex(log.logIndex()))
                .put("data", log.data())
                .put("removed", log.removed());
        ArrayNode topics = json.putArray("topics");
        log.topics().forEach(topic -> topics.add(topic.toString()));
        return json;
    }

    static ArrayNode json(List<EvmLog> logs) {
        ArrayNode json = JSON.createArrayNode();
        logs.forEach(log -> json.add(json(log)));
        return json;
    }

    private void serve(HttpExchange exchange) throws IOException {
        try (exchange) {
            JsonNode request = JSON.readTree(exchange.getRequestBody());
            JsonNode answer;
            if (!request.isArray()) {
                answer = answer(request);
            } else if (batches) {
                List<JsonNode> answers = new ArrayList<>();
                request.forEach(each -> answers.add(answer(each)));
                Collections.reverse(answers);
                answer = JSON.createArrayNode().addAll(answers);
            } else {
                answer = JSON.createObjectNode().set("error", error(-32_600, "batch is not allowed"));
            }
            byte[] body = JSON.writeValueAsBytes(answer);
            exchange.getResponseHeaders().add("Content-Type", "application/json");
            exchange.sendResponseHeaders(httpStatus, body.length);
            exchange.getResponseBody().write(body);
        }
    }

    private JsonNode answer(JsonNode request) {
        String method = request.path("method").asText();
        JsonNode parameters = request.path("params");
        JsonNode truth = truth(method, parameters);
        JsonNode twisted = twist.answer(method, parameters, truth);
        JsonNode result = twisted == null ? truth : twisted;
        ObjectNode answer = JSON.createObjectNode().put("jsonrpc", "2.0");
        answer.set("id", request.get("id"));
        return answer.set(result.has("code") ? "error" : "result", result);
    }

    private synchronized JsonNode truth(String method, JsonNode parameters) {
        JsonNode first = parameters.path(0);
        return switch (method) {
            case "eth_chainId" -> JSON.getNodeFactory().textNode(hex(chainId));
            case "eth_blockNumber" -> JSON.getNodeFactory().textNode(hex(head()));
            case "eth_getBlockByNumber" ->
                number(first) > head() ? NullNode.getInstance() : json(chain.get((int) number(first)));
            case "eth_getLogs" -> logs(first);
            case "eth_getBlockReceipts" ->
                blockReceipts
                        ? receipts(number(first))
                        : error(-32_601, "the method eth_getBlockReceipts does not exist/is not available");
            case "eth_getTransactionReceipt" -> {
                requests.add("eth_getTransactionReceipt");
                yield logs().stream()
                        .filter(log -> log.transactionHash().toString().equals(first.textValue()))
                        .findFirst()
                        .map(log -> (JsonNode) receipt(log))
                        .orElse(NullNode.getInstance());
            }
            default -> error(-32_601, "the method %s does not exist/is not available".formatted(method));
        };
    }

    private JsonNode logs(JsonNode filter) {
        long from = number(filter.get("fromBlock"));
        long to = number(filter.get("toBlock"));
        requests.add("eth_getLogs %d %d".formatted(from, to));
        Set<String> addresses = new HashSet<>();
        filter.get("address").forEach(address -> addresses.add(address.textValue()));
        return json(logs().stream()
                .filter(log -> log.blockNumber() >= from
                        && log.blockNumber() <= to
                        && addresses.contains(log.address().toString()))
                .toList());
    }

    private JsonNode receipts(long number) {
        requests.add("eth_getBlockReceipts " + number);
        ArrayNode receipts = JSON.createArrayNode();
        chain.get((int) number).logs.forEach(log -> receipts.add(receipt(log)));
        return receipts;
    }

    private static ObjectNode receipt(EvmLog log) {
        ObjectNode receipt =
                JSON.createObjectNode().put("blockHash", log.blockHash().toString());
        receipt.set("logs", json(List.of(log)));
        return receipt;
    }

    private static ObjectNode json(Block block) {
        ObjectNode json = JSON.createObjectNode()
                .put("number", hex(block.header.number()))
                .put("hash", block.header.hash().toString())
                .put("parentHash", block.header.parentHash().toString())
                .put("timestamp", hex(block.header.timeSeconds()))
                .put("logsBloom", Hex.format(block.header.bloom().toBytes()));
        ArrayNode transactions = json.putArray("transactions");
        block.logs.forEach(log -> transactions.add(log.transactionHash().toString()));
        return json;
    }

    static long number(JsonNode hex) {
        return Long.parseLong(hex.textValue().substring(2), 16);
    }

    private static String hex(long number) {
        return "0x" + Long.toHexString(number);
    }

    private static Hash32 hash(String text) {
        return Hash32.of(Keccak.hash(text.getBytes(StandardCharsets.UTF_8)));
    }
}
