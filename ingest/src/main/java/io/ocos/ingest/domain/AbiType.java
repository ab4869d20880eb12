package io.ocos.ingest.domain;

import io.ocos.schemas.domain.Hex;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A type of an event's argument (Solidity ABI specification), and how a value of it is written in a {@code ChainEvent}: integers
 * in decimal, addresses and bytes as lower-case 0x-hex (SPEC 13), booleans as {@code true} and {@code false}, arrays as JSON.
 *
 * <p>Decoding is strict about what the encoding leaves no choice in: unused bits of a word must be as the specification says.
 * It is safe on hostile data: it throws nothing but {@link IllegalArgumentException}, allocates nothing from a length that the
 * data merely claims, and cuts what is longer than {@link #MAX_LENGTH}, as text of any length can be put on chain but not into
 * a record. Bytes that are no UTF-8 become U+FFFD in a string: a bad comment must not cost the event that carries it.
 */
public sealed interface AbiType {

    /** Longest text of one argument, characters; what is longer is cut and ends with {@code …}. */
    int MAX_LENGTH = 32_768;

    /** Bytes of a word. */
    int WORD = 32;

    /** The name as it goes into the event's signature. */
    String canonical();

    /** Whether its place in the data holds an offset to the value. */
    default boolean isDynamic() {
        return false;
    }

    /**
     * The text of a value.
     *
     * @param data the block of data that offsets count from
     * @param at where the value begins
     * @throws IllegalArgumentException when the data is no encoding of this type
     */
    String decode(byte[] data, int at);

    /** Reads a type's name; of the types that may not be indexed and static at once, only what events here use. */
    static AbiType parse(String name) {
        if (name.endsWith("[]")) {
            return new ListOf(parse(name.substring(0, name.length() - 2)));
        }
        return switch (name) {
            case "address" -> new AddressWord();
            case "bool" -> new Bool();
            case "string" -> new Text();
            case "bytes" -> new Blob();
            default -> Sized.parse(name);
        };
    }

    /** {@code uintN}. */
    record Unsigned(int bits) implements AbiType {

        @Override
        public String canonical() {
            return "uint" + bits;
        }

        @Override
        public String decode(byte[] data, int at) {
            BigInteger value = new BigInteger(1, word(data, at));
            if (value.bitLength() > bits) {
                throw new IllegalArgumentException("%s, expected a %s".formatted(hexWord(data, at), canonical()));
            }
            return value.toString();
        }
    }

    /** {@code intN}, two's complement. */
    record Signed(int bits) implements AbiType {

        @Override
        public String canonical() {
            return "int" + bits;
        }

        @Override
        public String decode(byte[] data, int at) {
            BigInteger value = new BigInteger(word(data, at));
            if (value.bitLength() >= bits) {
                throw new IllegalArgumentException("%s, expected an %s".formatted(hexWord(data, at), canonical()));
            }
            return value.toString();
        }
    }

    /** {@code bytes1} … {@code bytes32}. */
    record FixedBytes(int size) implements AbiType {

        @Override
        public String canonical() {
            return "bytes" + size;
        }

        @Override
        public String decode(byte[] data, int at) {
            byte[] word = word(data, at);
            for (int i = size; i < WORD; i++) {
                if (word[i] != 0) {
                    throw new IllegalArgumentException("%s, expected a %s".formatted(hexWord(data, at), canonical()));
                }
            }
            return Hex.format(Arrays.copyOf(word, size));
        }
    }

    /** {@code address}. */
    record AddressWord() implements AbiType {

        @Override
        public String canonical() {
            return "address";
        }

        @Override
        public String decode(byte[] data, int at) {
            byte[] word = word(data, at);
            for (int i = 0; i < 12; i++) {
                if (word[i] != 0) {
                    throw new IllegalArgumentException("%s, expected an address".formatted(hexWord(data, at)));
                }
            }
            return Hex.format(Arrays.copyOfRange(word, 12, WORD));
        }
    }

    /** {@code bool}. */
    record Bool() implements AbiType {

        @Override
        public String canonical() {
            return "bool";
        }

        @Override
        public String decode(byte[] data, int at) {
            BigInteger value = new BigInteger(1, word(data, at));
            if (value.bitLength() > 1) {
                throw new IllegalArgumentException("%s, expected a bool".formatted(hexWord(data, at)));
            }
            return value.signum() == 0 ? "false" : "true";
        }
    }

    /** {@code string}. */
    record Text() implements AbiType {

        @Override
        public String canonical() {
            return "string";
        }

        @Override
        public boolean isDynamic() {
            return true;
        }

        @Override
        public String decode(byte[] data, int at) {
            int length = length(data, at);
            // At most three of Java's characters' worth of bytes are looked at for each that is kept.
            int looked = Math.min(length, 3 * MAX_LENGTH + 3);
            return cut(new String(data, at + WORD, looked, StandardCharsets.UTF_8), looked < length);
        }
    }

    /** {@code bytes}. */
    record Blob() implements AbiType {

        @Override
        public String canonical() {
            return "bytes";
        }

        @Override
        public boolean isDynamic() {
            return true;
        }

        @Override
        public String decode(byte[] data, int at) {
            int length = length(data, at);
            int looked = Math.min(length, MAX_LENGTH / 2);
            return cut(Hex.format(Arrays.copyOfRange(data, at + WORD, at + WORD + looked)), looked < length);
        }
    }

    /** {@code T[]}: a JSON array; integers and booleans too are strings in it, as no reader must round them. */
    record ListOf(AbiType element) implements AbiType {

        @Override
        public String canonical() {
            return element.canonical() + "[]";
        }

        @Override
        public boolean isDynamic() {
            return true;
        }

        @Override
        public String decode(byte[] data, int at) {
            BigInteger claimed = new BigInteger(1, word(data, at));
            int begin = at + WORD;
            if (claimed.compareTo(BigInteger.valueOf((data.length - begin) / WORD)) > 0) {
                throw new IllegalArgumentException("%s elements in %d bytes".formatted(claimed, data.length - begin));
            }
            // Offsets count from the first element.
            byte[] inner = element.isDynamic() ? Arrays.copyOfRange(data, begin, data.length) : data;
            StringBuilder json = new StringBuilder("[");
            for (int i = 0; i < claimed.intValue(); i++) {
                if (json.length() > MAX_LENGTH) {
                    return cut(json.toString(), true);
                }
                json.append(i == 0 ? "\"" : ",\"");
                int place = (element.isDynamic() ? 0 : begin) + i * WORD;
                escape(element.decode(inner, element.isDynamic() ? offset(inner, place) : place), json);
                json.append('"');
            }
            return cut(json.append(']').toString(), false);
        }

        private static void escape(String text, StringBuilder json) {
            for (int i = 0; i < text.length(); i++) {
                char c = text.charAt(i);
                if (c == '"' || c == '\\') {
                    json.append('\\').append(c);
                } else if (c < ' ') {
                    json.append("\\u%04x".formatted((int) c));
                } else {
                    json.append(c);
                }
            }
        }
    }

    /** The place that the offset in a word points to. */
    static int offset(byte[] data, int at) {
        BigInteger offset = new BigInteger(1, word(data, at));
        if (offset.compareTo(BigInteger.valueOf(data.length - (long) WORD)) > 0) {
            throw new IllegalArgumentException("offset %s in %d bytes".formatted(offset, data.length));
        }
        return offset.intValue();
    }

    private static int length(byte[] data, int at) {
        BigInteger length = new BigInteger(1, word(data, at));
        if (length.compareTo(BigInteger.valueOf(data.length - at - (long) WORD)) > 0) {
            throw new IllegalArgumentException(
                    "length %s with %d bytes left".formatted(length, data.length - at - WORD));
        }
        return length.intValue();
    }

    private static byte[] word(byte[] data, int at) {
        if (data.length - WORD < at) {
            throw new IllegalArgumentException("%d bytes, expected at least %d".formatted(data.length, at + WORD));
        }
        return Arrays.copyOfRange(data, at, at + WORD);
    }

    private static String hexWord(byte[] data, int at) {
        return Hex.format(word(data, at));
    }

    private static String cut(String text, boolean more) {
        if (text.length() <= MAX_LENGTH) {
            return more ? text + "…" : text;
        }
        int end = Character.isHighSurrogate(text.charAt(MAX_LENGTH - 1)) ? MAX_LENGTH - 1 : MAX_LENGTH;
        return text.substring(0, end) + "…";
    }

    /** The types whose name ends with a size. */
    final class Sized {

        private static final Pattern NAME = Pattern.compile("(uint|int|bytes)(\\d{1,3})");

        private Sized() {}

        private static AbiType parse(String name) {
            Matcher matcher = NAME.matcher(name);
            if (matcher.matches()) {
                int size = Integer.parseInt(matcher.group(2));
                boolean bytes = matcher.group(1).equals("bytes");
                if (bytes ? size >= 1 && size <= WORD : size >= 8 && size <= 256 && size % 8 == 0) {
                    return switch (matcher.group(1)) {
                        case "uint" -> new Unsigned(size);
                        case "int" -> new Signed(size);
                        default -> new FixedBytes(size);
                    };
                }
            }
            throw new IllegalArgumentException(
                    "type '%s', expected an elementary type of the Solidity ABI, or an array of them".formatted(name));
        }
    }
}
