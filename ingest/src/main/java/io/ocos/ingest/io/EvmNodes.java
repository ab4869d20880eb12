package io.ocos.ingest.io;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.ocos.ingest.domain.AdaptiveRange;
import io.ocos.ingest.domain.BlockHeader;
import io.ocos.ingest.domain.EvmLog;
import io.ocos.ingest.io.RpcException.Kind;
import io.ocos.schemas.config.Secret;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hash32;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import okhttp3.OkHttpClient;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.web3j.protocol.core.Request;
import org.web3j.protocol.core.Response;
import org.web3j.protocol.exceptions.ClientConnectionException;
import org.web3j.protocol.http.HttpService;

/**
 * The EVM nodes of one chain by JSON-RPC: one is asked, until it fails and {@link #failOver} turns to the next. Each is asked
 * for its chain id before anything else. What an answer says is checked for its form and against the question, not believed
 * beyond that. Used by one thread.
 */
final class EvmNodes implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(EvmNodes.class);
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Pattern HTTP_STATUS = Pattern.compile("Invalid response received: (\\d+)");
    private static final int MAX_BATCH = 50;

    /** web3j's HTTP transport; answers are read here, as its own reading takes batches for ordered and errors for arrays. */
    private static final class Endpoint extends HttpService {

        private final String name;
        private final AdaptiveRange batch = new AdaptiveRange(MAX_BATCH);
        private boolean chainIsRight;
        private boolean hasBlockReceipts = true;

        Endpoint(String name, String url, OkHttpClient client) {
            super(url, client);
            this.name = name;
        }

        InputStream post(String body) throws IOException {
            return performIO(body);
        }
    }

    /** Reads nothing; web3j wants a type. */
    private static final class Answer extends Response<JsonNode> {}

    private final long chainId;
    private final int maxLogs;
    private final OkHttpClient client;
    private final List<Endpoint> endpoints = new ArrayList<>();
    private int current;

    EvmNodes(List<Secret> urls, long chainId, Duration timeout, int maxLogs) {
        this.chainId = chainId;
        this.maxLogs = maxLogs;
        client = new OkHttpClient.Builder()
                .connectTimeout(timeout)
                .readTimeout(timeout)
                .writeTimeout(timeout)
                .callTimeout(timeout)
                .build();
        for (int i = 0; i < urls.size(); i++) {
            String url = urls.get(i).reveal();
            // The path and the query may hold a key.
            String name = "EVM node %d (%s)".formatted(i + 1, URI.create(url).getAuthority());
            endpoints.add(new Endpoint(name.replaceAll("\\(.*@", "("), url, client));
        }
    }

    /** How many nodes there are. */
    int count() {
        return endpoints.size();
    }

    /** Who is asked, for messages. */
    String current() {
        return endpoints.get(current).name;
    }

    /** Turns to the next node; with one node there is no other. */
    void failOver() {
        if (endpoints.size() > 1) {
            current = (current + 1) % endpoints.size();
            LOG.info("{} is asked from now on", current());
        }
    }

    /** Number of the newest block. */
    long head() throws RpcException {
        return EvmJson.quantity("eth_blockNumber", ask("eth_blockNumber", List.of()));
    }

    /** The headers of consecutive blocks, as they are in the node's chain now. */
    List<BlockHeader> headers(long from, long to) throws RpcException {
        List<BlockHeader> headers = new ArrayList<>();
        AdaptiveRange batch = endpoints.get(current).batch;
        while (from + headers.size() <= to) {
            long first = from + headers.size();
            long last = Math.min(to, first + batch.size() - 1);
            List<List<?>> questions = new ArrayList<>();
            for (long number = first; number <= last; number++) {
                questions.add(List.of(hex(number), false));
            }
            List<JsonNode> answers;
            try {
                answers = askAll("eth_getBlockByNumber", questions);
                batch.grow();
            } catch (RpcException e) {
                // Also a node that takes no batches says so somehow.
                if (questions.size() == 1 || e.kind() == Kind.UNREACHABLE || e.kind() == Kind.RATE_LIMITED) {
                    throw e;
                }
                LOG.info("{} did not answer {} questions at once: {}", current(), questions.size(), e.getMessage());
                batch.halve();
                continue;
            }
            for (int i = 0; i < answers.size(); i++) {
                headers.add(header(first + i, answers.get(i)));
            }
        }
        return headers;
    }

    private BlockHeader header(long number, JsonNode json) throws RpcException {
        if (json.isNull()) {
            throw new RpcException(
                    Kind.INCONSISTENT, "block %d is not there, though the head is not below it".formatted(number));
        }
        BlockHeader header = EvmJson.header(json);
        if (header.number() != number) {
            throw new RpcException(
                    Kind.INCONSISTENT, "block %d is the answer to block %d".formatted(header.number(), number));
        }
        return header;
    }

    /**
     * All logs of some addresses in a range.
     *
     * @throws RpcException TOO_LARGE also for an answer that may have been cut
     */
    List<EvmLog> logs(long from, long to, List<Address> addresses) throws RpcException {
        JsonNode json = ask(
                "eth_getLogs",
                List.of(Map.of(
                        "fromBlock",
                        hex(from),
                        "toBlock",
                        hex(to),
                        "address",
                        addresses.stream().map(Address::toString).toList())));
        List<EvmLog> logs = EvmJson.logs(json);
        if (logs.size() >= maxLogs) {
            throw new RpcException(
                    Kind.TOO_LARGE,
                    "%d logs in blocks %d … %d: the answer may have been cut".formatted(logs.size(), from, to));
        }
        return logs;
    }

    /** All logs of a block, of whatever address, from the receipts of its transactions. */
    List<EvmLog> receiptLogs(BlockHeader block) throws RpcException {
        Endpoint endpoint = endpoints.get(current);
        List<JsonNode> receipts = null;
        if (endpoint.hasBlockReceipts) {
            try {
                receipts = new ArrayList<>();
                ask("eth_getBlockReceipts", List.of(hex(block.number()))).forEach(receipts::add);
            } catch (RpcException e) {
                if (e.kind() != Kind.UNSUPPORTED) {
                    throw e;
                }
                endpoint.hasBlockReceipts = false;
            }
        }
        if (receipts == null || !endpoint.hasBlockReceipts) {
            receipts = receiptsOneByOne(block);
        }
        List<EvmLog> logs = new ArrayList<>();
        for (JsonNode receipt : receipts) {
            Hash32 hash = EvmJson.value(receipt, "blockHash", Hash32::parse);
            if (!hash.equals(block.hash())) {
                throw new RpcException(
                        Kind.INCONSISTENT, "a receipt of block %s is of block %s".formatted(block.ref(), hash));
            }
            logs.addAll(EvmJson.logs(receipt.path("logs")));
        }
        return logs;
    }

    private List<JsonNode> receiptsOneByOne(BlockHeader block) throws RpcException {
        JsonNode transactions =
                ask("eth_getBlockByNumber", List.of(hex(block.number()), false)).path("transactions");
        List<JsonNode> receipts = new ArrayList<>();
        List<List<?>> questions = new ArrayList<>();
        for (JsonNode transaction : transactions) {
            questions.add(List.of(transaction.asText()));
        }
        int batch = endpoints.get(current).batch.size();
        for (int from = 0; from < questions.size(); from += batch) {
            receipts.addAll(askAll(
                    "eth_getTransactionReceipt", questions.subList(from, Math.min(questions.size(), from + batch))));
        }
        return receipts;
    }

    private JsonNode ask(String method, List<?> parameters) throws RpcException {
        return askAll(method, List.of(parameters)).get(0);
    }

    /** Asks questions at once. */
    private List<JsonNode> askAll(String method, List<? extends List<?>> questions) throws RpcException {
        Endpoint endpoint = endpoints.get(current);
        if (!endpoint.chainIsRight) {
            requireChain(endpoint);
        }
        return exchange(endpoint, method, questions);
    }

    private void requireChain(Endpoint endpoint) throws RpcException {
        long its = EvmJson.quantity(
                "eth_chainId",
                exchange(endpoint, "eth_chainId", List.of(List.of())).get(0));
        if (its != chainId) {
            throw new FollowerStoppedException(
                    "chainId: %d, but %s has chain id %d; expected the same".formatted(chainId, endpoint.name, its));
        }
        endpoint.chainIsRight = true;
    }

    private static List<JsonNode> exchange(Endpoint endpoint, String method, List<? extends List<?>> questions)
            throws RpcException {
        List<Request<Object, Answer>> requests = new ArrayList<>();
        for (List<?> parameters : questions) {
            requests.add(new Request<>(method, new ArrayList<Object>(parameters), endpoint, Answer.class));
        }
        JsonNode answer = post(endpoint, method, requests.size() == 1 ? requests.get(0) : requests);
        if (requests.size() == 1) {
            return List.of(result(endpoint, method, answer));
        }
        if (!answer.isArray()) {
            throw answer.has("error")
                    ? error(endpoint, method, answer.get("error"))
                    : malformed(endpoint, method, answer);
        }
        Map<Long, JsonNode> byId = new HashMap<>();
        answer.forEach(each -> byId.put(each.path("id").asLong(-1), each));
        List<JsonNode> results = new ArrayList<>();
        for (Request<Object, Answer> request : requests) {
            JsonNode own = byId.get(request.getId());
            if (own == null) {
                throw new RpcException(
                        Kind.MALFORMED,
                        "%s: %s: %d answers to %d questions, one has none"
                                .formatted(endpoint.name, method, answer.size(), requests.size()));
            }
            results.add(result(endpoint, method, own));
        }
        return results;
    }

    private static JsonNode post(Endpoint endpoint, String method, Object body) throws RpcException {
        try (InputStream in = endpoint.post(JSON.writeValueAsString(body))) {
            return Objects.requireNonNullElse(JSON.readTree(in), JSON.missingNode());
        } catch (JsonProcessingException e) {
            throw new RpcException(
                    Kind.MALFORMED,
                    "%s: %s: the answer is no JSON: %s".formatted(endpoint.name, method, e.getOriginalMessage()),
                    e);
        } catch (ClientConnectionException e) {
            Matcher status = HTTP_STATUS.matcher(String.valueOf(e.getMessage()));
            Kind kind = status.find() ? RpcException.kindOf(Integer.parseInt(status.group(1))) : Kind.UNREACHABLE;
            throw new RpcException(kind, "%s: %s: %s".formatted(endpoint.name, method, shorten(e)), e);
        } catch (InterruptedIOException e) {
            // Of OkHttp: the time is over.
            throw new RpcException(Kind.TOO_LARGE, "%s: %s: no answer in time".formatted(endpoint.name, method), e);
        } catch (IOException e) {
            throw new RpcException(Kind.UNREACHABLE, "%s: %s: %s".formatted(endpoint.name, method, shorten(e)), e);
        }
    }

    private static JsonNode result(Endpoint endpoint, String method, JsonNode answer) throws RpcException {
        if (answer.hasNonNull("error")) {
            throw error(endpoint, method, answer.get("error"));
        }
        JsonNode result = answer.get("result");
        if (result == null) {
            throw malformed(endpoint, method, answer);
        }
        return result;
    }

    private static RpcException error(Endpoint endpoint, String method, JsonNode error) {
        int code = error.path("code").asInt();
        String message = error.path("message").asText();
        return new RpcException(
                RpcException.kindOf(code, message),
                "%s: %s: error %d: %s".formatted(endpoint.name, method, code, message));
    }

    private static RpcException malformed(Endpoint endpoint, String method, JsonNode answer) {
        return new RpcException(
                Kind.MALFORMED,
                "%s: %s: the answer is %s, expected a result or an error"
                        .formatted(endpoint.name, method, EvmJson.shorten(answer)));
    }

    private static String shorten(Exception e) {
        String text = String.valueOf(e.getMessage());
        return text.length() <= 300 ? text : text.substring(0, 300) + "…";
    }

    private static String hex(long number) {
        return "0x" + Long.toHexString(number);
    }

    @Override
    public void close() {
        client.dispatcher().executorService().shutdown();
        client.connectionPool().evictAll();
    }
}
