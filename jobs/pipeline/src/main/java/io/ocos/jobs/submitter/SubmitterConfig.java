package io.ocos.jobs.submitter;

import io.ocos.rewardssettlement.domain.submission.FeePolicy;
import io.ocos.rewardssettlement.domain.submission.SubmitterPolicy;
import io.ocos.schemas.config.Secret;
import io.ocos.schemas.domain.Address;
import java.math.BigInteger;
import java.net.URI;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Configuration of the submitter. Keys that have a default may be absent (null to the constructor); afterwards nothing but
 * {@code registry}, {@code kafkaPropertiesFile} and {@code acknowledgeHalt} is null.
 *
 * @param rpcUrls JSON-RPC endpoints of one chain; never printed, as they may hold an access key
 * @param quorum how many of them must agree; more than half of them; default the least such number
 * @param chainId EIP-155 chain id that each endpoint must have
 * @param settlement the RewardsSettlement contract
 * @param registry the NodeRegistry contract under which nodes sign: with it batches are computed again from the archive;
 *     null = they are not
 * @param keystore encrypted keystore of the key with the proposer role
 * @param passwordFile file with the keystore's password
 * @param kafkaBootstrap {@code host:port[,host:port]}
 * @param kafkaPropertiesFile further properties of the Kafka clients (security); null = none
 * @param artifactDirectory where the SettlementJob writes artifacts: a directory, or a URI
 * @param archiveDirectory the archive of the inputs: a directory, or a URI
 * @param confirmations blocks that must lie above a block before what is in it is done, 1 … 10 000; default 15
 * @param finalizes whether it finalizes batches when their window is over and they are funded; default true
 * @param requireRecomputed whether only batches are proposed that were computed again from the archive; default true
 * @param pollMillis pause between looks at the chain, 10 … 600 000; default 2 000
 * @param rpcTimeoutMillis time that an endpoint has for an answer, 100 … 600 000; default 15 000
 * @param replaceAfterMillis after which a transaction that is not mined is replaced, ≥ 1 000; default 60 000
 * @param gapAfterMillis after which an unused nonce below ours is filled, ≥ 1 000; default 60 000
 * @param recheckAfterMillis after which a batch that could not be proposed is checked again, ≥ 100; default 10 000
 * @param gasHeadroomPercent gas limit in percent of the estimate, 100 … 1 000; default 130
 * @param maxGas gas limit above which nothing is signed, ≥ 21 000; default 1 000 000
 * @param maxFailures transactions about one batch that may revert in a row before it halts, 1 … 100; default 3
 * @param legacyFees never EIP-1559, also where the chain has a base fee; default false
 * @param maxFeePerGasGwei cap, 1 … 1 000 000; default 100
 * @param maxPriorityFeePerGasGwei cap, 1 … 1 000 000; default 20
 * @param acknowledgeHalt the number that the halt was reported with: ends that halt and no other; null = none
 * @param acknowledgeLate late records that a person has seen: {@code TOPIC@OFFSET}, up to that offset; default none
 * @param opsPort port of health, readiness and metrics, 0 (default) = any free one
 */
public record SubmitterConfig(
        List<Secret> rpcUrls,
        Integer quorum,
        Long chainId,
        Address settlement,
        @Nullable Address registry,
        Path keystore,
        Path passwordFile,
        String kafkaBootstrap,
        @Nullable Path kafkaPropertiesFile,
        String artifactDirectory,
        String archiveDirectory,
        Integer confirmations,
        Boolean finalizes,
        Boolean requireRecomputed,
        Integer pollMillis,
        Integer rpcTimeoutMillis,
        Integer replaceAfterMillis,
        Integer gapAfterMillis,
        Integer recheckAfterMillis,
        Integer gasHeadroomPercent,
        Integer maxGas,
        Integer maxFailures,
        Boolean legacyFees,
        Integer maxFeePerGasGwei,
        Integer maxPriorityFeePerGasGwei,
        @Nullable Long acknowledgeHalt,
        List<String> acknowledgeLate,
        Integer opsPort) {

    private static final BigInteger GWEI = BigInteger.TEN.pow(9);
    private static final Pattern LATE = Pattern.compile("([a-z-]+-rejected)@([0-9]{1,18})");
    private static final int HOUR_MILLIS = 3_600_000;

    public SubmitterConfig {
        rpcUrls = List.copyOf(required("rpcUrls", rpcUrls));
        if (rpcUrls.isEmpty()) {
            throw new IllegalArgumentException("rpcUrls is empty, expected at least one URL");
        }
        rpcUrls.forEach(SubmitterConfig::requireHttp);
        quorum = within("quorum", quorum, rpcUrls.size() / 2 + 1, rpcUrls.size() / 2 + 1, rpcUrls.size());
        if (required("chainId", chainId) < 1) {
            throw new IllegalArgumentException("chainId %d, expected at least 1".formatted(chainId));
        }
        required("settlement", settlement);
        required("keystore", keystore);
        required("passwordFile", passwordFile);
        required("kafkaBootstrap", kafkaBootstrap);
        required("artifactDirectory", artifactDirectory);
        required("archiveDirectory", archiveDirectory);
        confirmations = within("confirmations", confirmations, 15, 1, 10_000);
        finalizes = finalizes == null || finalizes;
        requireRecomputed = requireRecomputed == null || requireRecomputed;
        pollMillis = within("pollMillis", pollMillis, 2_000, 10, 600_000);
        rpcTimeoutMillis = within("rpcTimeoutMillis", rpcTimeoutMillis, 15_000, 100, 600_000);
        replaceAfterMillis = within("replaceAfterMillis", replaceAfterMillis, 60_000, 1_000, 24 * HOUR_MILLIS);
        gapAfterMillis = within("gapAfterMillis", gapAfterMillis, 60_000, 1_000, 24 * HOUR_MILLIS);
        recheckAfterMillis = within("recheckAfterMillis", recheckAfterMillis, 10_000, 100, HOUR_MILLIS);
        gasHeadroomPercent = within("gasHeadroomPercent", gasHeadroomPercent, 130, 100, 1_000);
        maxGas = within("maxGas", maxGas, 1_000_000, 21_000, 1_000_000_000);
        maxFailures = within("maxFailures", maxFailures, 3, 1, 100);
        legacyFees = legacyFees != null && legacyFees;
        maxFeePerGasGwei = within("maxFeePerGasGwei", maxFeePerGasGwei, 100, 1, 1_000_000);
        maxPriorityFeePerGasGwei = within("maxPriorityFeePerGasGwei", maxPriorityFeePerGasGwei, 20, 1, 1_000_000);
        acknowledgeLate = acknowledgeLate == null ? List.of() : List.copyOf(acknowledgeLate);
        Map<String, Long> unused = lateOffsets(acknowledgeLate);
        opsPort = within("opsPort", opsPort, 0, 0, 65_535);
    }

    /** How the submitter behaves. */
    SubmitterPolicy policy() {
        return new SubmitterPolicy(
                chainId,
                confirmations,
                finalizes,
                requireRecomputed,
                replaceAfterMillis,
                gapAfterMillis,
                recheckAfterMillis,
                gasHeadroomPercent,
                maxGas,
                maxFailures,
                new FeePolicy(legacyFees, gwei(maxFeePerGasGwei), gwei(maxPriorityFeePerGasGwei)));
    }

    /** By topic, the offset up to which late records are acknowledged. */
    Map<String, Long> lateOffsets() {
        return lateOffsets(acknowledgeLate);
    }

    private static Map<String, Long> lateOffsets(List<String> acknowledged) {
        Map<String, Long> offsets = new HashMap<>();
        for (String late : acknowledged) {
            Matcher matcher = LATE.matcher(late);
            if (!matcher.matches()) {
                throw new IllegalArgumentException(
                        "acknowledgeLate '%s', expected TOPIC@OFFSET, such as telemetry-rejected@17".formatted(late));
            }
            offsets.merge(matcher.group(1), Long.parseLong(matcher.group(2)), Math::max);
        }
        return offsets;
    }

    private static BigInteger gwei(int amount) {
        return GWEI.multiply(BigInteger.valueOf(amount));
    }

    private static <T> T required(String key, @Nullable T value) {
        if (value == null) {
            throw new IllegalArgumentException("%s is missing".formatted(key));
        }
        return value;
    }

    private static int within(String key, @Nullable Integer value, int standard, int least, int most) {
        int given = value == null ? standard : value;
        if (given < least || given > most) {
            throw new IllegalArgumentException("%s %d, expected %d … %d".formatted(key, given, least, most));
        }
        return given;
    }

    /** Neither the message nor a cause shows the URL. */
    private static void requireHttp(Secret url) {
        boolean http;
        try {
            URI uri = URI.create(url.reveal());
            http = ("http".equals(uri.getScheme()) || "https".equals(uri.getScheme())) && uri.getHost() != null;
        } catch (IllegalArgumentException e) {
            http = false;
        }
        if (!http) {
            throw new IllegalArgumentException(
                    "rpcUrls: one is no URL (not shown, it may hold a key), expected http://HOST:PORT or https://HOST/PATH");
        }
    }
}
