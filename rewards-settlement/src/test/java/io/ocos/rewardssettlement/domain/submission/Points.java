package io.ocos.rewardssettlement.domain.submission;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.function.LongConsumer;

/**
 * The points of a run: one before and one after each call of what is instrumented, counted from 1. At each a test may do what it
 * likes: crash, time out, let another submitter act.
 */
public final class Points {

    /** The end of the process. */
    public static final class Crash extends RuntimeException {
        private static final long serialVersionUID = 1;

        public Crash(long point) {
            super("crash at point " + point);
        }
    }

    private LongConsumer action = point -> {};
    private boolean atJournal;
    private long count;

    /** What is done at each point, told its number. */
    public void act(LongConsumer newAction) {
        action = newAction;
    }

    /** Nothing is done any more. */
    public void rest() {
        action = point -> {};
    }

    /** Whether the point is one of the journal's, else of the chain's. */
    public boolean atJournal() {
        return atJournal;
    }

    /** Points so far. */
    public long count() {
        return count;
    }

    /** The same, with points around each of its calls. */
    public <T> T around(Class<T> type, T real) {
        return type.cast(
                Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> {
                    point(type);
                    try {
                        return method.invoke(real, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    } finally {
                        point(type);
                    }
                }));
    }

    private void point(Class<?> port) {
        atJournal = port == Journal.class;
        action.accept(++count);
    }
}
