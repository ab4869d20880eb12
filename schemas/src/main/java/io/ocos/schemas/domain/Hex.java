package io.ocos.schemas.domain;

import java.util.HexFormat;

/** {@code 0x}-prefixed hex text (SPEC 1, 13). */
public final class Hex {

    private Hex() {}

    /** {@code 0x} and lower-case digits. */
    public static String format(byte[] bytes) {
        return "0x" + HexFormat.of().formatHex(bytes);
    }

    /**
     * Reads {@code 0x} and an even number of hex digits of any case.
     *
     * @throws IllegalArgumentException saying what is wrong with the text
     */
    public static byte[] parse(String text) {
        if (!text.startsWith("0x")) {
            throw new IllegalArgumentException("hex value %s: expected to begin with 0x".formatted(shorten(text)));
        }
        try {
            return HexFormat.of().parseHex(text, 2, text.length());
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "hex value %s: expected an even number of hex digits after 0x".formatted(shorten(text)), e);
        }
    }

    static byte[] parse(String what, String text, int bytes) {
        if (text.length() != 2 + 2 * bytes || !text.startsWith("0x")) {
            throw new IllegalArgumentException(
                    "%s %s: expected 0x and %d hex digits".formatted(what, shorten(text), 2 * bytes));
        }
        try {
            return HexFormat.of().parseHex(text, 2, text.length());
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "%s %s: holds a character that is no hex digit".formatted(what, text), e);
        }
    }

    private static String shorten(String text) {
        return text.length() <= 80
                ? "'" + text + "'"
                : "'%s…' of %d characters".formatted(text.substring(0, 80), text.length());
    }
}
