package io.ocos.ingest.domain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ocos.schemas.domain.NodeType;
import io.ocos.schemas.domain.TokenAmount;
import io.ocos.schemas.io.Secp256k1Keys;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class FleetPlanTest {

    @Test
    void sameSeedSamePlan() {
        assertThat(FleetPlan.of(7, 200)).isEqualTo(FleetPlan.of(7, 200));
        assertThat(FleetPlan.of(7, 3).nodes().get(0).address())
                .isNotEqualTo(FleetPlan.of(8, 3).nodes().get(0).address());
    }

    /** Frozen: whoever registered a fleet on chain must find the same keys in a later version. */
    @Test
    void keysOfSeedOneAreFrozen() {
        FleetPlan plan = FleetPlan.of(1, 5);

        assertThat(plan.nodes())
                .extracting(node -> node.address().toString())
                .containsExactly(
                        "0x2319c201e9b6c59f47f9b665f6bce0d8bc38cb7c",
                        "0x8d753b565c8e2f3b0d6dd37d10a5c7a1aecdb7a1",
                        "0x0618b7292c93dbd2554d359299b0de219efb912e",
                        "0xe88d0202f7a06f68072a7fc678065b76e528b919",
                        "0x3caa1ccb512845d252fe3546a64040dbcfce3722");
        assertThat(plan.owners())
                .extracting(Object::toString)
                .containsExactly(
                        "0xa6efeeb2f246df29c2b125594fa4208868eef3e7", "0xd444485d457777e0f3e473998d784625295b5671");
    }

    @Test
    void aLargerPlanBeginsWithTheKeysOfASmallerOne() {
        List<FleetPlan.Node> small = FleetPlan.of(1, 20).nodes();
        List<FleetPlan.Node> large = FleetPlan.of(1, 200).nodes();

        assertThat(large.subList(0, 20))
                .extracting(FleetPlan.Node::key)
                .containsExactlyElementsOf(
                        small.stream().map(FleetPlan.Node::key).toList());
    }

    @Test
    void holdsAllTypesDistinctKeysAndSharedOwners() {
        FleetPlan plan = FleetPlan.of(1, 200);

        assertThat(FleetPlan.of(1, 5).nodes())
                .extracting(FleetPlan.Node::type)
                .containsExactlyInAnyOrder(NodeType.values());
        assertThat(plan.nodes().stream().collect(Collectors.groupingBy(FleetPlan.Node::type, Collectors.counting())))
                .containsEntry(NodeType.AI, 40L)
                .containsEntry(NodeType.WASM, 60L)
                .containsEntry(NodeType.STORAGE, 40L)
                .containsEntry(NodeType.SIMULATION, 30L)
                .containsEntry(NodeType.EDGE, 30L);
        assertThat(plan.nodes()).extracting(FleetPlan.Node::address).doesNotHaveDuplicates();
        assertThat(plan.owners())
                .hasSize(50)
                .containsAll(plan.nodes().stream()
                        .map(FleetPlan.Node::owner)
                        .distinct()
                        .toList());
        assertThat(plan.nodes().stream().map(FleetPlan.Node::owner).distinct().count())
                .isBetween(10L, 49L);
        assertThat(plan.nodes()).allSatisfy(node -> {
            assertThat(node.key().address())
                    .isEqualTo(Secp256k1Keys.address(node.key().privateKey().toBytes()));
            assertThat(node.capacityUnits()).isBetween(1L, 80L);
            assertThat(node.stake()).isGreaterThan(TokenAmount.ZERO);
        });
    }

    @Test
    void printsNoKey() {
        FleetPlan.Account account = FleetPlan.of(1, 1).nodes().get(0).key();

        assertThat(account).hasToString(account.address().toString());
    }

    @Test
    void refusesAnEmptyFleet() {
        assertThatThrownBy(() -> FleetPlan.of(1, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("fleet of 0 nodes, expected 1 … 1000000");
    }
}
