package io.ocos.ingest.domain;

import static org.assertj.core.api.Assertions.assertThat;

import io.ocos.ingest.domain.EventSignature.Parameter;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.domain.Hex;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.From;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.web3j.abi.FunctionEncoder;
import org.web3j.abi.datatypes.DynamicArray;
import org.web3j.abi.datatypes.DynamicBytes;
import org.web3j.abi.datatypes.Type;
import org.web3j.abi.datatypes.Utf8String;
import org.web3j.abi.datatypes.generated.Bytes32;
import org.web3j.abi.datatypes.generated.Int256;
import org.web3j.abi.datatypes.generated.Uint256;

/** Events against web3j's encoder, and against data that is none (bad input 28). */
class EventSignaturePropertyTest {

    @Provide
    Arbitrary<EventSignature> events() {
        return Arbitraries.of(Stream.of(FollowedContract.values())
                .flatMap(contract -> contract.events().stream())
                .toList());
    }

    @Property(tries = 300)
    @SuppressWarnings("rawtypes") // As web3j has it.
    void whatWeb3jEncodesIsDecoded(@ForAll("events") EventSignature event, @ForAll Random random) throws Exception {
        List<Hash32> topics = new ArrayList<>(List.of(event.topic()));
        List<Type> data = new ArrayList<>();
        Map<String, String> expected = new TreeMap<>();
        for (Parameter parameter : event.parameters()) {
            Value value = value(parameter.type(), random);
            expected.put(parameter.name(), value.text);
            if (parameter.indexed()) {
                topics.add(Hash32.parse("0x" + FunctionEncoder.encodeConstructor(List.of(value.encoded))));
            } else {
                data.add(value.encoded);
            }
        }
        assertThat(new TreeMap<>(event.decode(log(topics, "0x" + FunctionEncoder.encodeConstructor(data)))))
                .isEqualTo(expected);
    }

    @Property(tries = 2_000)
    void anyTopicsAndDataAreDecodedOrRefused(
            @ForAll("events") EventSignature event,
            @ForAll @Size(max = 3) List<@IntRange(max = 3) Integer> topics,
            @ForAll @Size(max = 24) List<@From("words") byte[]> words,
            @ForAll @IntRange(max = 31) int missing) {
        List<Hash32> all = new ArrayList<>(List.of(event.topic()));
        topics.forEach(topic -> all.add(new Hash32(topic, topic, topic, topic)));
        byte[] data = new byte[words.size() * 32];
        for (int i = 0; i < words.size(); i++) {
            System.arraycopy(words.get(i), 0, data, i * 32, 32);
        }
        assertDecodedOrRefused(event, log(all, Hex.format(Arrays.copyOf(data, Math.max(0, data.length - missing)))));
        // With topics that pass, so that the data is looked at.
        List<Hash32> zeros = new ArrayList<>(List.of(event.topic()));
        event.parameters().stream().filter(Parameter::indexed).forEach(indexed -> zeros.add(Hash32.ZERO));
        assertDecodedOrRefused(event, log(zeros, Hex.format(data)));
    }

    private static void assertDecodedOrRefused(EventSignature event, EvmLog log) {
        try {
            assertThat(event.decode(log)).hasSize(event.parameters().size()).allSatisfy((name, value) -> assertThat(
                            value.length())
                    .isLessThanOrEqualTo(AbiType.MAX_LENGTH + 1));
        } catch (RefusedLogException e) {
            assertThat(e.detail()).startsWith(event.name());
        }
    }

    /** Words that look like offsets, lengths, and the ends of ranges. */
    @Provide
    Arbitrary<byte[]> words() {
        return Arbitraries.oneOf(
                        Arbitraries.integers().between(0, 24).map(i -> BigInteger.valueOf(32L * i)),
                        Arbitraries.integers().between(0, 700).map(BigInteger::valueOf),
                        Arbitraries.of(
                                BigInteger.TWO.pow(256).subtract(BigInteger.ONE),
                                BigInteger.TWO.pow(255),
                                BigInteger.TWO.pow(64),
                                BigInteger.valueOf(Integer.MAX_VALUE),
                                BigInteger.valueOf(Long.MAX_VALUE)))
                .map(EventSignaturePropertyTest::word);
    }

    @Example
    void longTextIsCutAndBytesThatAreNoUtf8CostNothing() throws Exception {
        EventSignature event = EventSignature.parse("E(string text, bytes blob, string[] list)");
        String text = "é".repeat(AbiType.MAX_LENGTH + 5);
        String quoted = "\"\n".repeat(30_000);
        Map<String, String> args = event.decode(log(
                List.of(event.topic()),
                "0x"
                        + FunctionEncoder.encodeConstructor(List.of(
                                new Utf8String(text),
                                new DynamicBytes(new byte[AbiType.MAX_LENGTH]),
                                new DynamicArray<>(Utf8String.class, new Utf8String("a"), new Utf8String(quoted))))));
        assertThat(args.get("text")).isEqualTo("é".repeat(AbiType.MAX_LENGTH) + "…");
        assertThat(args.get("blob")).isEqualTo("0x" + "0".repeat(AbiType.MAX_LENGTH - 2) + "…");
        assertThat(args.get("list")).startsWith("[\"a\",\"\\\"\\u000a").hasSize(AbiType.MAX_LENGTH + 1);

        EventSignature slashed = EventSignature.parse("E(string reason)");
        assertThat(slashed.decode(log(
                        List.of(slashed.topic()),
                        "0x"
                                + FunctionEncoder.encodeConstructor(
                                        List.of(new DynamicBytes(new byte[] {'o', (byte) 0xff, 'k'}))))))
                .containsEntry("reason", "o\ufffdk");
    }

    @Example
    void topicsAreThoseOfTheStandards() {
        // ERC-20 Transfer, and ERC-5805 DelegateVotesChanged.
        assertThat(FollowedContract.OCOS_TOKEN.events())
                .extracting(event -> event.topic().toString())
                .containsExactly(
                        "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef",
                        "0xdec2bacdd2f05b59de34da9b523dff8be42e5e38e818c82fdb0bae774387a724");
    }

    private record Value(Type<?> encoded, String text) {}

    private static Value value(AbiType type, Random random) {
        if (type instanceof AbiType.Unsigned unsigned) {
            BigInteger value = new BigInteger(unsigned.bits(), random);
            return new Value(new Uint256(value), value.toString());
        }
        if (type instanceof AbiType.Signed signed) {
            BigInteger value = new BigInteger(signed.bits() - 1, random);
            BigInteger either = random.nextBoolean() ? value : value.negate();
            return new Value(new Int256(either), either.toString());
        }
        if (type instanceof AbiType.AddressWord) {
            byte[] bytes = bytes(20, random);
            return new Value(
                    new org.web3j.abi.datatypes.Address(Hex.format(bytes)),
                    Address.of(bytes).toString());
        }
        if (type instanceof AbiType.FixedBytes) {
            byte[] bytes = bytes(32, random);
            return new Value(new Bytes32(bytes), Hex.format(bytes));
        }
        if (type instanceof AbiType.Text) {
            String text = "text é ".repeat(random.nextInt(9));
            return new Value(new Utf8String(text), text);
        }
        if (type instanceof AbiType.Blob) {
            byte[] bytes = bytes(random.nextInt(99), random);
            return new Value(new DynamicBytes(bytes), Hex.format(bytes));
        }
        if (type instanceof AbiType.ListOf list) {
            List<Value> values = Stream.generate(() -> value(list.element(), random))
                    .limit(1 + random.nextInt(4))
                    .toList();
            return new Value(
                    array(values),
                    values.stream().map(Value::text).toList().stream()
                            .map(text -> "\"" + text + "\"")
                            .collect(Collectors.joining(",", "[", "]")));
        }
        throw new IllegalArgumentException(type.canonical());
    }

    @SuppressWarnings({"unchecked", "rawtypes"}) // web3j wants the elements' class, which is known only here.
    private static Type<?> array(List<Value> values) {
        List<Type> encoded = new ArrayList<>();
        values.forEach(value -> encoded.add(value.encoded));
        return new DynamicArray(encoded.get(0).getClass(), encoded);
    }

    private static byte[] bytes(int length, Random random) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    private static byte[] word(BigInteger value) {
        return Hex.parse("0x%064x".formatted(value));
    }

    private static EvmLog log(List<Hash32> topics, String data) {
        return new EvmLog(1, Hash32.ZERO, Hash32.ZERO, 0, Address.ZERO, topics, data, false);
    }
}
