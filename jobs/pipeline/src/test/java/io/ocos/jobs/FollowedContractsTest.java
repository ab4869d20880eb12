package io.ocos.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.ocos.ingest.domain.EventSignature;
import io.ocos.ingest.domain.FollowedContract;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the chain follower decodes is what the compiled contracts emit: same names, types, order, topics. */
class FollowedContractsTest {

    private static final String ABI = "/io/ocos/rewardssettlement/contracts/%s.abi";
    private static final ObjectMapper JSON = new ObjectMapper();

    @ParameterizedTest
    @EnumSource
    void eventsAreDeclaredAsInTheCompiledContract(FollowedContract contract) throws IOException {
        JsonNode abi = abi(contract);
        assertThat(contract.events()).isNotEmpty();
        for (EventSignature event : contract.events()) {
            List<String> declared = StreamSupport.stream(abi.spliterator(), false)
                    .filter(entry -> entry.path("type").asText().equals("event")
                            && entry.path("name").asText().equals(event.name()))
                    .map(FollowedContractsTest::declaration)
                    .toList();
            assertThat(declared).as(event.name()).containsExactly(declaration(event));
        }
    }

    private static String declaration(JsonNode event) {
        StringBuilder text = new StringBuilder(event.path("name").asText());
        assertThat(event.path("anonymous").asBoolean()).isFalse();
        for (JsonNode input : event.path("inputs")) {
            text.append("; ")
                    .append(input.path("type").asText())
                    .append(input.path("indexed").asBoolean() ? " indexed " : " ")
                    .append(input.path("name").asText());
        }
        return text.toString();
    }

    private static String declaration(EventSignature event) {
        StringBuilder text = new StringBuilder(event.name());
        for (EventSignature.Parameter parameter : event.parameters()) {
            text.append("; ")
                    .append(parameter.type().canonical())
                    .append(parameter.indexed() ? " indexed " : " ")
                    .append(parameter.name());
        }
        return text.toString();
    }

    private static JsonNode abi(FollowedContract contract) throws IOException {
        // On a public chain the feed is Chainlink's; the local one declares its event through the same interface.
        String name = contract == FollowedContract.PRICE_FEED ? "LocalPriceFeed" : contract.contractName();
        try (InputStream in = FollowedContractsTest.class.getResourceAsStream(ABI.formatted(name))) {
            assertThat(in).as(name).isNotNull();
            return JSON.readTree(in);
        }
    }
}
