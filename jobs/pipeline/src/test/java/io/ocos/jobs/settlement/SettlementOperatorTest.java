package io.ocos.jobs.settlement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ocos.jobs.flink.RecordTypeInfo;
import io.ocos.rewardssettlement.domain.ContradictionException;
import io.ocos.rewardssettlement.domain.Earning;
import io.ocos.rewardssettlement.domain.LedgerShard;
import io.ocos.rewardssettlement.domain.MinuteAnnouncement;
import io.ocos.schemas.avro.MinuteClosed;
import io.ocos.schemas.avro.Reward;
import io.ocos.schemas.avro.SettlementBatch;
import io.ocos.schemas.avro.SettlementLeaf;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.TokenAmount;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import org.apache.flink.api.common.functions.util.ListCollector;
import org.apache.flink.api.common.serialization.SerializerConfigImpl;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.api.operators.KeyedProcessOperator;
import org.apache.flink.streaming.api.operators.co.KeyedCoProcessOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.AbstractStreamOperatorTestHarness;
import org.apache.flink.streaming.util.KeyedOneInputStreamOperatorTestHarness;
import org.apache.flink.streaming.util.KeyedTwoInputStreamOperatorTestHarness;
import org.apache.flink.streaming.util.TwoInputStreamOperatorTestHarness;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The four operators one behind the other, with any interleaving of their inputs, stopped and restored anywhere. */
class SettlementOperatorTest {

    private static final int WORLDS = 80;

    @TempDir
    static Path dir;

    @Test
    void streamIsReferenceForAnyInterleavingAndRestarts() throws Exception {
        ArtifactStore store = ArtifactStore.at(dir.resolve("stream").toString());
        int batches = 0;
        for (long seed = 0; seed < WORLDS; seed++) {
            SettlementWorld world = SettlementWorld.of(seed);
            Random random = new Random(seed);
            try (Chain chain = new Chain(world.epochMinutes(), false, store)) {
                Deque<Reward> rewards = new ArrayDeque<>(world.rewards());
                Deque<MinuteClosed> closed = new ArrayDeque<>(world.closed());
                while (!rewards.isEmpty() || !closed.isEmpty()) {
                    if (closed.isEmpty() || (!rewards.isEmpty() && random.nextInt(4) > 0)) {
                        chain.add(rewards.remove());
                    } else {
                        chain.close(closed.remove());
                    }
                    chain.flow(random);
                    if (random.nextInt(6) == 0) {
                        chain.restart();
                    }
                }
                chain.drain();
                chain.settled().assertIs(world, store);
                batches += world.batches().size();
            }
        }
        assertThat(batches).isGreaterThan(WORLDS);
    }

    @Test
    void boundedInputsMayComeInAnyOrder() throws Exception {
        ArtifactStore store = ArtifactStore.at(dir.resolve("bounded").toString());
        for (long seed = 1_000; seed < 1_000 + WORLDS; seed++) {
            SettlementWorld world = SettlementWorld.of(seed);
            List<MinuteClosed> closed = new ArrayList<>(world.closed());
            Collections.shuffle(closed, new Random(seed));
            try (Chain chain = new Chain(world.epochMinutes(), true, store)) {
                for (MinuteClosed minute : closed) {
                    chain.close(minute);
                }
                for (Reward reward : world.rewards()) {
                    chain.add(reward);
                }
                chain.end();
                chain.drain();
                chain.settled().assertIs(world, store);
            }
        }
    }

    @Test
    void afterAContradictionNoBatchIsMadeAlsoNotAfterARestart() throws Exception {
        ArtifactStore store = ArtifactStore.at(dir.resolve("halted").toString());
        try (Chain chain = new Chain(1, false, store)) {
            Address payee = new Address(1, 0, 0);
            chain.add(new Earning(7, payee, TokenAmount.wei(5)));
            chain.close(new MinuteAnnouncement(7, 1, TokenAmount.wei(6)));
            chain.restart();
            chain.add(new Earning(8, payee, TokenAmount.wei(5)));
            chain.close(new MinuteAnnouncement(8, 1, TokenAmount.wei(5)));
            chain.drain();
            assertThat(chain.settled()).isEqualTo(new Settled(List.of(), List.of()));
        }
    }

    @Test
    void aContradictionEndsABoundedRun() throws Exception {
        try (Chain chain = new Chain(1, true, ArtifactStore.at(dir.toString()))) {
            chain.add(new Earning(7, new Address(1, 0, 0), TokenAmount.wei(5)));
            assertThatThrownBy(() -> chain.close(new MinuteAnnouncement(7, 1, TokenAmount.wei(6))))
                    .isInstanceOf(ContradictionException.class)
                    .hasMessage("the 1 rewards of minute 7 are 5 wei, but it was closed with 6 wei");
        }
    }

    /** The operators; what one hands on waits until {@link #flow} takes it to the next. */
    private static final class Chain implements AutoCloseable {

        private final long epochMinutes;
        private final boolean bounded;
        private final ArtifactStore store;
        private final Deque<Earning> paying = new ArrayDeque<>();
        private final Deque<ShardClosing> closings = new ArrayDeque<>();
        private final List<SettlementBatch> batches = new ArrayList<>();
        private final List<SettlementLeaf> leaves = new ArrayList<>();
        /** Between rises and ledger blocks of different shards may overtake one another. */
        private final List<Rises> rises = new ArrayList<>();

        private final Deque<LedgerBlock> blocks = new ArrayDeque<>();

        private TwoInputStreamOperatorTestHarness<Earning, MinuteAnnouncement, ShardClosing> gate;
        private KeyedTwoInputStreamOperatorTestHarness<Long, Earning, ShardClosing, Rises> riser;
        private KeyedOneInputStreamOperatorTestHarness<Integer, Rises, LedgerBlock> ledger;
        private KeyedOneInputStreamOperatorTestHarness<Long, LedgerBlock, SettlementBatch> maker;

        Chain(long epochMinutes, boolean bounded, ArtifactStore store) throws Exception {
            this.epochMinutes = epochMinutes;
            this.bounded = bounded;
            this.store = store;
            gate = gate();
            riser = riser();
            ledger = ledger();
            maker = maker();
            gate.open();
            riser.open();
            ledger.open();
            maker.open();
        }

        void add(Reward reward) throws Exception {
            add(SettlementTopology.earning(reward));
        }

        void add(Earning earning) throws Exception {
            gate.processElement1(new StreamRecord<>(earning));
            if (earning.pays()) {
                paying.add(earning);
            }
            collect();
        }

        void close(MinuteClosed minute) throws Exception {
            close(SettlementTopology.announcement(minute));
        }

        void close(MinuteAnnouncement minute) throws Exception {
            gate.processElement2(new StreamRecord<>(minute));
            collect();
        }

        void end() throws Exception {
            gate.endInput1();
            gate.endInput2();
            collect();
        }

        /** Takes some of what waits one step on. */
        void flow(Random random) throws Exception {
            for (int i = random.nextInt(40); i > 0; i--) {
                switch (random.nextInt(4)) {
                    case 0 -> {
                        if (!paying.isEmpty()) {
                            riser.processElement1(new StreamRecord<>(paying.remove()));
                        }
                    }
                    case 1 -> {
                        if (!closings.isEmpty()) {
                            riser.processElement2(new StreamRecord<>(closings.remove()));
                        }
                    }
                    case 2 -> {
                        if (!rises.isEmpty()) {
                            ledger.processElement(new StreamRecord<>(rises.remove(random.nextInt(rises.size()))));
                        }
                    }
                    default -> {
                        if (!blocks.isEmpty()) {
                            maker.processElement(new StreamRecord<>(blocks.remove()));
                        }
                    }
                }
                collect();
            }
        }

        void drain() throws Exception {
            Random random = new Random(1);
            while (!paying.isEmpty() || !closings.isEmpty() || !rises.isEmpty() || !blocks.isEmpty()) {
                flow(random);
            }
        }

        /** Snapshots every operator and puts a new one in its place. */
        void restart() throws Exception {
            OperatorSubtaskState gateState = stop(gate);
            gate = gate();
            gate.initializeState(gateState);
            gate.open();
            OperatorSubtaskState riserState = stop(riser);
            riser = riser();
            riser.initializeState(riserState);
            riser.open();
            OperatorSubtaskState ledgerState = stop(ledger);
            ledger = ledger();
            ledger.initializeState(ledgerState);
            ledger.open();
            OperatorSubtaskState makerState = stop(maker);
            maker = maker();
            maker.initializeState(makerState);
            maker.open();
        }

        Settled settled() {
            return new Settled(batches, leaves);
        }

        @Override
        public void close() {
            try {
                gate.close();
                riser.close();
                ledger.close();
                maker.close();
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }

        private void collect() {
            closings.addAll(gate.extractOutputValues());
            gate.getOutput().clear();
            rises.addAll(riser.extractOutputValues());
            riser.getOutput().clear();
            List<LedgerBlock> made = ledger.extractOutputValues();
            blocks.addAll(made);
            made.forEach(block -> SettlementTopology.changedLeaves(block, new ListCollector<>(leaves)));
            ledger.getOutput().clear();
            batches.addAll(maker.extractOutputValues());
            maker.getOutput().clear();
        }

        private static OperatorSubtaskState stop(AbstractStreamOperatorTestHarness<?> harness) throws Exception {
            OperatorSubtaskState state = harness.snapshot(1, 1);
            harness.close();
            return state;
        }

        private TwoInputStreamOperatorTestHarness<Earning, MinuteAnnouncement, ShardClosing> gate() throws Exception {
            return with(
                    new TwoInputStreamOperatorTestHarness<>(new EpochGateOperator(epochMinutes, bounded)),
                    ShardClosingSerializer.TYPE);
        }

        private KeyedTwoInputStreamOperatorTestHarness<Long, Earning, ShardClosing, Rises> riser() throws Exception {
            long length = epochMinutes; // what Flink serializes is not this object
            return with(
                    new KeyedTwoInputStreamOperatorTestHarness<>(
                            new KeyedCoProcessOperator<>(new EpochRises()),
                            earning ->
                                    SettlementTopology.key(earning.minute() / length, LedgerShard.of(earning.payee())),
                            closing -> SettlementTopology.key(closing.closing().epoch(), closing.shard()),
                            Types.LONG),
                    RisesSerializer.TYPE);
        }

        private KeyedOneInputStreamOperatorTestHarness<Integer, Rises, LedgerBlock> ledger() throws Exception {
            return with(
                    new KeyedOneInputStreamOperatorTestHarness<>(
                            new KeyedProcessOperator<>(new Ledger()), Rises::shard, Types.INT),
                    LedgerBlockSerializer.TYPE);
        }

        private KeyedOneInputStreamOperatorTestHarness<Long, LedgerBlock, SettlementBatch> maker() throws Exception {
            return with(
                    new KeyedOneInputStreamOperatorTestHarness<>(
                            new KeyedProcessOperator<>(new BatchMaker(store)),
                            block -> block.closing().number(),
                            Types.LONG),
                    RecordTypeInfo.of(SettlementBatch.class));
        }

        private static <T, H extends AbstractStreamOperatorTestHarness<T>> H with(H harness, TypeInformation<T> out) {
            harness.setup(out.createSerializer(new SerializerConfigImpl()));
            return harness;
        }
    }
}
