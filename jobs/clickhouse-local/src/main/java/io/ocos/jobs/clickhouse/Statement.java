package io.ocos.jobs.clickhouse;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What the endpoint must know of a statement before the engine sees it: whether it carries data to insert and where that
 * begins, whether its result can be asked for as a stream, and which format it names. Decided by the words outside
 * strings, quoted names, comments and brackets; everything else is left to the engine's parser.
 *
 * @param kind how it is run
 * @param sql the statement; for {@link Kind#INSERT} without FORMAT or VALUES and what follows
 * @param format the format that the statement names, or null
 * @param dataOffset for {@link Kind#INSERT}: bytes of the text before the data
 */
record Statement(Kind kind, String sql, @Nullable String format, int dataOffset) {

    enum Kind {
        /** Carries data, in {@code format}. */
        INSERT,
        /** May give its result in chunks. */
        QUERY,
        /** Anything else, data-less inserts among it. */
        OTHER
    }

    /**
     * Reads a statement.
     *
     * @param text the statement in UTF-8, of an INSERT at least all that precedes the data
     * @throws EngineException when there is none, or it would write to a file
     */
    static Statement parse(byte[] text, int length) throws EngineException {
        Words words = new Words(text, length);
        String first = words.next();
        return switch (first) {
            case "" -> throw EngineException.of(62, "SYNTAX_ERROR", "Syntax error: Empty query");
            case "INSERT" -> insert(words, text, length);
            case "SELECT", "WITH", "FROM", "(" -> query(words, text, length);
            default -> new Statement(Kind.OTHER, sql(text, length), null, length);
        };
    }

    private static Statement insert(Words words, byte[] text, int length) {
        for (String word = words.next(); !word.isEmpty(); word = words.next()) {
            switch (word) {
                case "SELECT", "WITH", "INFILE" -> {
                    return new Statement(Kind.OTHER, sql(text, length), null, length);
                }
                case "VALUES" -> {
                    if (words.depth == 0) {
                        return new Statement(Kind.INSERT, sql(text, words.start), "Values", words.position);
                    }
                }
                case "FORMAT" -> {
                    int start = words.start;
                    if (words.depth == 0 && !words.next().isEmpty()) {
                        String format = text(text, words.start, words.position);
                        return new Statement(
                                Kind.INSERT, sql(text, start), format, afterFormat(text, words.position, length));
                    }
                }
                default -> {}
            }
        }
        return new Statement(Kind.OTHER, sql(text, length), null, length);
    }

    /** As in the engine: blanks and at most one line end separate the name of the format from the data. */
    private static int afterFormat(byte[] text, int from, int length) {
        int position = from;
        while (position < length && (text[position] == ' ' || text[position] == '\t' || text[position] == '\f')) {
            position++;
        }
        if (position < length && text[position] == '\r') {
            position++;
        }
        if (position < length && text[position] == '\n') {
            position++;
        }
        return position;
    }

    private static Statement query(Words words, byte[] text, int length) throws EngineException {
        String format = null;
        String previous = "";
        for (String word = words.next(); !word.isEmpty(); word = words.next()) {
            if (words.depth == 0 && previous.equals("FORMAT")) {
                format = text(text, words.start, words.position);
            }
            if (previous.equals("INTO") && word.equals("OUTFILE")) {
                throw EngineException.of(
                        358, "INTO_OUTFILE_NOT_ALLOWED", "INTO OUTFILE is not allowed over HTTP; write the response");
            }
            previous = word;
        }
        return new Statement(Kind.QUERY, sql(text, length), format, length);
    }

    private static String sql(byte[] text, int length) {
        return text(text, 0, length);
    }

    private static String text(byte[] text, int from, int to) {
        return new String(Arrays.copyOfRange(text, from, to), StandardCharsets.UTF_8);
    }

    /** Cuts SQL into words (upper case) and single characters; strings and quoted names become a lone quote character. */
    private static final class Words {

        private final byte[] text;
        private final int length;
        private int start;
        private int position;
        private int depth;

        Words(byte[] text, int length) {
            this.text = text;
            this.length = length;
        }

        /** The next word or character, empty at the end. */
        String next() {
            while (skipBlank() || skipComment()) {
                // until something that counts
            }
            start = position;
            if (position >= length) {
                return "";
            }
            byte current = text[position];
            if (isWord(current)) {
                while (position < length && isWord(text[position])) {
                    position++;
                }
                return text(text, start, position).toUpperCase(Locale.ROOT);
            }
            position++;
            switch (current) {
                case '(', '[', '{' -> depth++;
                case ')', ']', '}' -> depth--;
                case '\'', '"', '`' -> skipQuoted(current);
                default -> {}
            }
            return String.valueOf((char) current);
        }

        private boolean skipBlank() {
            int from = position;
            while (position < length && text[position] <= ' ' && text[position] >= 0) {
                position++;
            }
            return position > from;
        }

        private boolean skipComment() {
            if (at("--") || at("#!") || at("# ")) {
                while (position < length && text[position] != '\n') {
                    position++;
                }
                return true;
            }
            if (at("/*")) {
                position += 2;
                while (position < length && !at("*/")) {
                    position++;
                }
                position = Math.min(length, position + 2);
                return true;
            }
            return false;
        }

        private void skipQuoted(byte quote) {
            while (position < length && text[position] != quote) {
                position += text[position] == '\\' ? 2 : 1;
            }
            position = Math.min(length, position + 1);
        }

        private boolean at(String expected) {
            for (int i = 0; i < expected.length(); i++) {
                if (position + i >= length || text[position + i] != expected.charAt(i)) {
                    return false;
                }
            }
            return true;
        }

        private static boolean isWord(byte character) {
            return character < 0 || Character.isLetterOrDigit(character) || character == '_' || character == '$';
        }
    }
}
