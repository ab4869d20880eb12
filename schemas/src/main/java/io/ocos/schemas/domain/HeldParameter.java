package io.ocos.schemas.domain;

import java.io.Serializable;
import java.math.BigInteger;
import java.util.Comparator;

/**
 * "What if": a parameter that has a value from a minute on, whatever was voted, before or after. Of several for one parameter the
 * one with the largest minute up to the one that is asked for holds.
 *
 * @param fromMinute ≥ 0
 * @param key one that SPEC 4 names
 * @param value 0 … 2<sup>128</sup> − 1
 */
public record HeldParameter(long fromMinute, Hash32 key, BigInteger value)
        implements Serializable, Comparable<HeldParameter> {

    private static final long serialVersionUID = 1;

    private static final Comparator<HeldParameter> ORDER =
            Comparator.comparingLong(HeldParameter::fromMinute).thenComparing(HeldParameter::key);

    /**
     * From {@code key=value}, which holds from the first minute on, or {@code key@minute=value}.
     *
     * @throws IllegalArgumentException when the parameter is not known, or minute or value are none
     */
    public static HeldParameter parse(String text) {
        int equals = text.indexOf('=');
        if (equals < 0) {
            throw new IllegalArgumentException("'%s', expected key=value or key@minute=value".formatted(text));
        }
        String left = text.substring(0, equals);
        int at = left.indexOf('@');
        String name = at < 0 ? left : left.substring(0, at);
        if (!Parameters.names().contains(name)) {
            throw new IllegalArgumentException("'%s': unknown parameter '%s', expected one of %s"
                    .formatted(text, name, String.join(", ", Parameters.names())));
        }
        long minute = at < 0 ? 0 : minute(text, left.substring(at + 1));
        try {
            return new HeldParameter(
                    minute,
                    Hash32.ofName(name),
                    TokenAmount.parse(text.substring(equals + 1)).wei().min(ChainFact.MAX_VALUE));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("'%s': value: %s".formatted(text, e.getMessage()), e);
        }
    }

    private static long minute(String text, String minute) {
        if (!minute.matches("[0-9]{1,15}")) {
            throw new IllegalArgumentException(
                    "'%s': minute '%s', expected a minute index, such as 29000000".formatted(text, minute));
        }
        return Long.parseLong(minute);
    }

    @Override
    public int compareTo(HeldParameter other) {
        return ORDER.compare(this, other);
    }
}
