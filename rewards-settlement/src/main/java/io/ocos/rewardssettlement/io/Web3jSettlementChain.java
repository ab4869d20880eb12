package io.ocos.rewardssettlement.io;

import io.ocos.rewardssettlement.contracts.OcosToken;
import io.ocos.rewardssettlement.contracts.RewardsSettlement;
import io.ocos.rewardssettlement.domain.submission.Call;
import io.ocos.rewardssettlement.domain.submission.ChainUnavailableException;
import io.ocos.rewardssettlement.domain.submission.SettlementChain;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.domain.Keccak;
import io.ocos.schemas.domain.TokenAmount;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import okhttp3.OkHttpClient;
import org.web3j.abi.datatypes.StructType;
import org.web3j.abi.datatypes.Type;
import org.web3j.protocol.Web3j;
import org.web3j.protocol.core.BatchRequest;
import org.web3j.protocol.core.DefaultBlockParameter;
import org.web3j.protocol.core.DefaultBlockParameterName;
import org.web3j.protocol.core.RemoteFunctionCall;
import org.web3j.protocol.core.Request;
import org.web3j.protocol.core.Response;
import org.web3j.protocol.core.methods.request.Transaction;
import org.web3j.protocol.core.methods.response.EthBlock;
import org.web3j.protocol.core.methods.response.EthCall;
import org.web3j.protocol.core.methods.response.EthEstimateGas;
import org.web3j.protocol.core.methods.response.EthGetBalance;
import org.web3j.protocol.core.methods.response.EthGetTransactionCount;
import org.web3j.protocol.core.methods.response.EthSendTransaction;
import org.web3j.protocol.core.methods.response.TransactionReceipt;
import org.web3j.protocol.exceptions.ClientConnectionException;
import org.web3j.protocol.http.HttpService;
import org.web3j.tx.ReadonlyTransactionManager;
import org.web3j.tx.gas.DefaultGasProvider;

/** The settlement contract at one endpoint of an EVM node, by JSON-RPC. Not for use by several threads. */
public final class Web3jSettlementChain implements SettlementChain, AutoCloseable {

    private static final byte[] PROPOSER_ROLE = Keccak.hash("PROPOSER_ROLE".getBytes(StandardCharsets.US_ASCII));

    // Nodes agree on hardly any wording; these are of geth, erigon, nethermind, besu, BSC and anvil.
    private static final Pattern KNOWN =
            words("already known|known transaction|already imported|already in (the )?(mem)?pool");
    private static final Pattern NONCE_LOW = words("nonce (is )?too low|old ?nonce|nonce below|invalid nonce");
    private static final Pattern UNDERPRICED = words(
            "underpriced|(gas ?price|fee) (is )?too low|less than block base fee|below (the )?(minimum|base fee)|fee ?cap.{0,20}(low|less)");
    private static final Pattern FUNDS = words("insufficient (funds|balance)");
    private static final Pattern BUSY = words("\\brate\\b|too many requests|throttl|capacity|timeout|timed out");
    private static final Pattern REVERTED =
            words("revert|insufficient (funds|balance)|out of gas|gas required exceeds");

    private final String name;
    private final HttpService http;
    private final OkHttpClient client;
    private final Web3j web3j;
    private final Address settlement;
    private final String account;
    private final RewardsSettlement contract;

    /**
     * An endpoint. Nothing is asked yet.
     *
     * @param name how messages call it, since the URL may hold an access key
     * @param settlement the contract
     * @param account the submitter's address
     * @param timeout of each request
     */
    public Web3jSettlementChain(String name, String url, Address settlement, Address account, Duration timeout) {
        this.name = name;
        this.client = HttpService.getOkHttpClientBuilder().callTimeout(timeout).build();
        this.http = new HttpService(url, client);
        this.web3j = Web3j.build(http);
        this.settlement = settlement;
        this.account = account.toString();
        this.contract = RewardsSettlement.load(
                settlement.toString(),
                web3j,
                new ReadonlyTransactionManager(web3j, this.account),
                new DefaultGasProvider());
    }

    private static Pattern words(String pattern) {
        return Pattern.compile(pattern, Pattern.CASE_INSENSITIVE);
    }

    @Override
    public long chainId() {
        return asked("eth_chainId", () -> ask(web3j.ethChainId()).getChainId().longValueExact());
    }

    @Override
    public boolean hasContract() {
        return asked("eth_getCode", () -> {
            String code = ask(web3j.ethGetCode(settlement.toString(), DefaultBlockParameterName.LATEST))
                    .getCode();
            if (code == null || code.length() <= 2) {
                return false;
            }
            EthCall answer = web3j.ethCall(call(settlement, contract.PROPOSER_ROLE()), DefaultBlockParameterName.LATEST)
                    .send();
            return !answer.hasError()
                    && answer.getValue() != null
                    && answer.getValue().equals(Hash32.of(PROPOSER_ROLE).toString());
        });
    }

    @Override
    public Block head() {
        return asked("eth_getBlockByNumber", () -> block(DefaultBlockParameterName.LATEST))
                .orElseThrow(() -> new ChainUnavailableException("%s: it has no block".formatted(name)));
    }

    @Override
    public Optional<Block> block(long number) {
        return asked("eth_getBlockByNumber", () -> block(at(number)));
    }

    private Optional<Block> block(DefaultBlockParameter at) throws IOException {
        EthBlock.Block block = ask(web3j.ethGetBlockByNumber(at, false)).getBlock();
        return block == null
                ? Optional.empty()
                : Optional.of(new Block(
                        new BlockRef(block.getNumber().longValueExact(), Hash32.parse(block.getHash())),
                        block.getTimestamp().longValueExact()));
    }

    @Override
    public Contract contract(long blockNumber) {
        return asked("eth_call", () -> {
            List<Object> answers = call(
                    blockNumber,
                    settlement,
                    List.of(
                            contract.paused(),
                            contract.proposalsHalted(),
                            contract.pendingNumber(),
                            contract.lastProposedNumber(),
                            contract.lastFinalizedNumber(),
                            contract.lastFinalizedEpoch(),
                            contract.finalizedTotal(),
                            contract.epochCap(),
                            contract.epochSeconds(),
                            contract.treasury(),
                            contract.token()));
            String treasury = (String) answers.get(9);
            String tokenAddress = (String) answers.get(10);
            OcosToken token = token(Address.parse(tokenAddress));
            List<Object> funds = call(
                    blockNumber,
                    Address.parse(tokenAddress),
                    List.of(token.balanceOf(treasury), token.allowance(treasury, settlement.toString())));
            return new Contract(
                    (Boolean) answers.get(0),
                    (Boolean) answers.get(1),
                    number(answers.get(2)),
                    number(answers.get(3)),
                    number(answers.get(4)),
                    number(answers.get(5)),
                    amount(answers.get(6)),
                    amount(answers.get(7)),
                    number(answers.get(8)),
                    amount(funds.get(0)),
                    amount(funds.get(1)));
        });
    }

    @Override
    public ChainBatch batch(long number, long blockNumber) {
        return asked("eth_call", () -> {
            return batch((RewardsSettlement.Batch)
                    call(blockNumber, settlement, List.of(contract.batchOf(BigInteger.valueOf(number))))
                            .get(0));
        });
    }

    static ChainBatch batch(RewardsSettlement.Batch batch) {
        return new ChainBatch(
                state(batch.state.intValueExact()),
                Hash32.of(batch.root),
                batch.epoch.longValueExact(),
                new TokenAmount(batch.cumulativeTotal),
                batch.challengeEndsAt.longValueExact());
    }

    /** The contract's wrapper, to make questions with. */
    RewardsSettlement settlement() {
        return contract;
    }

    /** The wrapper of a token, to make questions with. */
    OcosToken token(Address token) {
        return OcosToken.load(
                token.toString(), web3j, new ReadonlyTransactionManager(web3j, account), new DefaultGasProvider());
    }

    private static BatchState state(int code) {
        return switch (code) {
            case 0 -> BatchState.NONE;
            case 1 -> BatchState.PENDING;
            case 2 -> BatchState.VETOED;
            case 3 -> BatchState.FINALIZED;
            default -> throw new IllegalArgumentException("batch state %d, expected 0 … 3".formatted(code));
        };
    }

    @Override
    public Account account(long blockNumber) {
        return asked("eth_getTransactionCount", () -> {
            List<? extends Response<?>> answers = batch(List.of(
                    web3j.ethGetTransactionCount(account, at(blockNumber)),
                    web3j.ethGetBalance(account, at(blockNumber)),
                    web3j.ethCall(call(settlement, contract.hasRole(PROPOSER_ROLE, account)), at(blockNumber))));
            return new Account(
                    ((EthGetTransactionCount) answers.get(0))
                            .getTransactionCount()
                            .longValueExact(),
                    ((EthGetBalance) answers.get(1)).getBalance(),
                    (Boolean) decode(contract.hasRole(PROPOSER_ROLE, account), (EthCall) answers.get(2)));
        });
    }

    @Override
    public long pendingNonce() {
        return asked("eth_getTransactionCount", () -> ask(web3j.ethGetTransactionCount(
                        account, DefaultBlockParameterName.PENDING))
                .getTransactionCount()
                .longValueExact());
    }

    @Override
    public Optional<Receipt> receipt(Hash32 transaction) {
        return asked("eth_getTransactionReceipt", () -> {
            TransactionReceipt receipt =
                    ask(web3j.ethGetTransactionReceipt(transaction.toString())).getResult();
            return receipt == null || receipt.getBlockHash() == null
                    ? Optional.empty()
                    : Optional.of(new Receipt(
                            new BlockRef(
                                    receipt.getBlockNumber().longValueExact(), Hash32.parse(receipt.getBlockHash())),
                            receipt.isStatusOK(),
                            receipt.getGasUsed().longValueExact()));
        });
    }

    @Override
    public boolean knows(Hash32 transaction) {
        return asked("eth_getTransactionByHash", () -> ask(web3j.ethGetTransactionByHash(transaction.toString()))
                .getTransaction()
                .isPresent());
    }

    @Override
    public FeeQuote fees() {
        return asked("eth_gasPrice", () -> {
            BigInteger gasPrice = ask(web3j.ethGasPrice()).getGasPrice();
            EthBlock.Block head = ask(web3j.ethGetBlockByNumber(DefaultBlockParameterName.LATEST, false))
                    .getBlock();
            if (head == null || head.getBaseFeePerGasRaw() == null) {
                return new FeeQuote(Optional.empty(), BigInteger.ZERO, gasPrice);
            }
            BigInteger base = head.getBaseFeePerGas();
            var suggested = web3j.ethMaxPriorityFeePerGas().send();
            BigInteger priority = suggested.hasError()
                    ? gasPrice.subtract(base).max(BigInteger.ZERO)
                    : suggested.getMaxPriorityFeePerGas();
            return new FeeQuote(Optional.of(base), priority, gasPrice);
        });
    }

    @Override
    public Estimate estimate(Call call) {
        try {
            Address to = call instanceof Call.Fill ? Address.parse(account) : settlement;
            return new Estimate(estimate(to, SettlementCalls.encode(call)), Optional.empty());
        } catch (RevertedException e) {
            return new Estimate(0, Optional.of(e.error()));
        }
    }

    /**
     * Gas that a call of the account takes now.
     *
     * @throws RevertedException when the contract would refuse it
     */
    long estimate(Address to, String data) {
        EthEstimateGas answer = asked("eth_estimateGas", () -> web3j.ethEstimateGas(
                        Transaction.createEthCallTransaction(account, to.toString(), data))
                .send());
        if (!answer.hasError()) {
            return asked("eth_estimateGas", () -> answer.getAmountUsed().longValueExact());
        }
        if (answer.getError().getData() != null
                || REVERTED.matcher(String.valueOf(answer.getError().getMessage()))
                        .find()) {
            throw RevertedException.of(answer.getError());
        }
        throw unavailable("eth_estimateGas", answer.getError());
    }

    /** Whether an account has a role at a contract of OpenZeppelin's AccessControl. */
    boolean hasRole(Address at, byte[] role, Address who) {
        RemoteFunctionCall<Boolean> question = contract.hasRole(role, who.toString());
        return asked("eth_call", () ->
                (Boolean) decode(question, ask(web3j.ethCall(call(at, question), DefaultBlockParameterName.LATEST))));
    }

    @Override
    public SendResult send(String raw) {
        return asked("eth_sendRawTransaction", () -> {
            EthSendTransaction answer = web3j.ethSendRawTransaction(raw).send();
            if (!answer.hasError()) {
                return new SendResult(SendStatus.ACCEPTED, "");
            }
            String message = String.valueOf(answer.getError().getMessage());
            if (KNOWN.matcher(message).find()) {
                return new SendResult(SendStatus.ACCEPTED, message);
            }
            if (NONCE_LOW.matcher(message).find()) {
                return new SendResult(SendStatus.NONCE_TOO_LOW, message);
            }
            if (UNDERPRICED.matcher(message).find()) {
                return new SendResult(SendStatus.UNDERPRICED, message);
            }
            if (FUNDS.matcher(message).find()) {
                return new SendResult(SendStatus.INSUFFICIENT_FUNDS, message);
            }
            if (BUSY.matcher(message).find()) {
                throw unavailable("eth_sendRawTransaction", answer.getError());
            }
            return new SendResult(SendStatus.REFUSED, message);
        });
    }

    @Override
    public void close() {
        web3j.shutdown();
        client.dispatcher().executorService().shutdown();
        client.connectionPool().evictAll();
    }

    // Questions.

    interface Question<T> {
        T ask() throws IOException;
    }

    <T> T asked(String method, Question<T> question) {
        try {
            return question.ask();
        } catch (ChainUnavailableException e) {
            throw e;
        } catch (IOException | ClientConnectionException e) {
            throw new ChainUnavailableException("%s: %s: no answer: %s".formatted(name, method, e.getMessage()), e);
        } catch (RuntimeException e) {
            // Of web3j and the parsers, for an answer that is none.
            throw new ChainUnavailableException("%s: %s: the answer cannot be read: %s".formatted(name, method, e), e);
        }
    }

    private <T extends Response<?>> T ask(Request<?, T> request) throws IOException {
        T answer = request.send();
        if (answer.hasError()) {
            throw unavailable(request.getMethod(), answer.getError());
        }
        return answer;
    }

    private List<? extends Response<?>> batch(List<? extends Request<?, ? extends Response<?>>> requests)
            throws IOException {
        BatchRequest batch = new BatchRequest(http);
        requests.forEach(batch::add);
        List<? extends Response<?>> answers = batch.send().getResponses();
        if (answers.size() != requests.size()) {
            throw new ChainUnavailableException(
                    "%s: %d answers to %d questions".formatted(name, answers.size(), requests.size()));
        }
        for (Response<?> answer : answers) {
            if (answer.hasError()) {
                throw unavailable(requests.get(0).getMethod(), answer.getError());
            }
        }
        return answers;
    }

    List<Object> call(long blockNumber, Address to, List<? extends RemoteFunctionCall<?>> calls) throws IOException {
        List<Request<?, EthCall>> requests = new ArrayList<>();
        for (RemoteFunctionCall<?> call : calls) {
            requests.add(web3j.ethCall(call(to, call), at(blockNumber)));
        }
        List<? extends Response<?>> answers = batch(requests);
        List<Object> values = new ArrayList<>();
        for (int i = 0; i < calls.size(); i++) {
            values.add(decode(calls.get(i), (EthCall) answers.get(i)));
        }
        return values;
    }

    private Object decode(RemoteFunctionCall<?> call, EthCall answer) {
        @SuppressWarnings("rawtypes") // web3j's own signature.
        List<Type> values = call.decodeFunctionResponse(answer.getValue());
        if (values.isEmpty()) {
            throw new ChainUnavailableException(
                    "%s: the contract at %s answers nothing, expected a settlement contract or its token"
                            .formatted(name, settlement));
        }
        Type<?> value = values.get(0);
        return value instanceof StructType ? value : value.getValue();
    }

    private Transaction call(Address to, RemoteFunctionCall<?> call) {
        return Transaction.createEthCallTransaction(account, to.toString(), call.encodeFunctionCall());
    }

    private ChainUnavailableException unavailable(String method, Response.Error error) {
        return new ChainUnavailableException(
                "%s: %s: error %d: %s".formatted(name, method, error.getCode(), error.getMessage()));
    }

    private static DefaultBlockParameter at(long number) {
        return DefaultBlockParameter.valueOf(BigInteger.valueOf(number));
    }

    private static long number(Object value) {
        return ((BigInteger) value).longValueExact();
    }

    private static TokenAmount amount(Object value) {
        return new TokenAmount((BigInteger) value);
    }
}
