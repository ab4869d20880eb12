package io.ocos.ingest.io;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.github.bucket4j.Bucket;
import io.ocos.ingest.config.GatewayConfig.Limits;
import io.ocos.schemas.domain.Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What every client address and node has left of its limits. Bounded: of the {@value #REMEMBERED} last seen of each; one
 * that was forgotten begins anew.
 */
final class Clients {

    private static final long REMEMBERED = 50_000;

    /** One client address. */
    static final class Client {

        private final Bucket requests;
        private final Bucket rejects;
        private final AtomicInteger inFlight = new AtomicInteger();
        private final int maxInFlight;

        private Client(Limits limits) {
            requests = bucket(limits.clientBurst(), limits.clientRequestsPerSecond(), Duration.ofSeconds(1));
            rejects = bucket(limits.rejectsBurst(), limits.rejectsPerSecond(), Duration.ofSeconds(1));
            maxInFlight = limits.clientInFlight();
        }

        /** Whether it may send a request now; if so, {@link #end} must follow. */
        boolean begin() {
            if (inFlight.incrementAndGet() > maxInFlight || !requests.tryConsume(1)) {
                inFlight.decrementAndGet();
                return false;
            }
            return true;
        }

        void end() {
            inFlight.decrementAndGet();
        }

        /** Whether one more of its refused requests is kept. */
        boolean mayKeepReject() {
            return rejects.tryConsume(1);
        }
    }

    private final Limits limits;
    private final Cache<String, Client> clients = recent();
    private final Cache<Address, Bucket> nodes = recent();

    Clients(Limits limits) {
        this.limits = limits;
    }

    /** @param ip numeric address */
    Client client(String ip) {
        return clients.get(network(ip), key -> new Client(limits));
    }

    /** Whether a node may send one more new envelope now. */
    boolean withinRate(Address node) {
        return nodes.get(node, key -> bucket(limits.nodeBurst(), limits.nodeRequestsPerMinute(), Duration.ofMinutes(1)))
                .tryConsume(1);
    }

    private static <K, V> Cache<K, V> recent() {
        return Caffeine.newBuilder()
                .maximumSize(REMEMBERED)
                .expireAfterAccess(Duration.ofMinutes(30))
                .build();
    }

    private static Bucket bucket(long burst, long refill, Duration per) {
        return Bucket.builder()
                .addLimit(limit -> limit.capacity(burst).refillGreedy(refill, per))
                .build();
    }

    /** Whoever has an IPv6 address has 2^64 of them. */
    private static String network(String ip) {
        if (ip.indexOf(':') < 0) {
            return ip;
        }
        try {
            byte[] address = InetAddress.getByName(ip).getAddress();
            return address.length == 16 ? HexFormat.of().formatHex(Arrays.copyOf(address, 8)) : ip;
        } catch (UnknownHostException e) {
            return ip;
        }
    }
}
