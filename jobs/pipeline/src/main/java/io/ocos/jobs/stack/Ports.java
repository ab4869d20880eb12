package io.ocos.jobs.stack;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;

/**
 * Free ports of 127.0.0.1, by purpose. They lie below the range from which the system takes ports for outgoing connections, so
 * that none is taken while its part is being restarted.
 */
final class Ports {

    /** What is tried first, so that URLs are the same on most machines. */
    private static final Map<String, Integer> PREFERRED =
            Map.of("broker", 29_092, "clickhouse", 28_123, "anvil", 28_545, "gateway", 28_080, "flink", 28_081);

    private static final int LEAST = 20_000;
    private static final int MOST = 32_000;

    private Ports() {}

    /**
     * A port for each purpose: the one it had, if that is free, else another.
     *
     * @param before ports of an earlier run, by purpose
     */
    static Map<String, Integer> choose(Iterable<String> purposes, Map<String, Integer> before) {
        Map<String, Integer> chosen = new LinkedHashMap<>();
        Set<Integer> taken = new HashSet<>(before.values());
        for (String purpose : purposes) {
            Integer earlier = before.get(purpose);
            Integer preferred = PREFERRED.get(purpose);
            int port;
            if (earlier != null && isFree(earlier)) {
                port = earlier;
            } else if (preferred != null && !taken.contains(preferred) && isFree(preferred)) {
                port = preferred;
            } else {
                do {
                    port = RandomGenerator.getDefault().nextInt(LEAST, MOST);
                } while (taken.contains(port) || PREFERRED.containsValue(port) || !isFree(port));
            }
            taken.add(port);
            chosen.put(purpose, port);
        }
        return chosen;
    }

    private static boolean isFree(int port) {
        try (ServerSocket socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1);
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
