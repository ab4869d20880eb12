package io.ocos.jobs.cli;

import io.ocos.jobs.settlement.BatchLog;
import io.ocos.rewardssettlement.domain.Batch;
import io.ocos.rewardssettlement.domain.BatchLines;
import io.ocos.rewardssettlement.domain.MerkleTree;
import io.ocos.rewardssettlement.io.ProofJson;
import io.ocos.schemas.avro.SettlementBatch;
import io.ocos.schemas.config.ConfigException;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.io.AvroValues;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.NavigableMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code ./ocos proof}: what a payee needs to claim. Reads the topic of batches and the artifact, nothing else. */
@Command(
        name = "proof",
        description = "Prints the Merkle proof of a payee's cumulative amount; exit code 1 when the batch has none.",
        mixinStandardHelpOptions = true)
final class ProofCommand implements Callable<Integer> {

    /** How the proof is printed. */
    enum Format {
        /** One object: number, epoch, root, payee, cumulative, proof. */
        json,
        /** The whole tree as StandardMerkleTree of {@code @openzeppelin/merkle-tree} loads it. */
        oz
    }

    @Parameters(paramLabel = "PAYEE", description = "0x and 40 hex digits.")
    private String payee = "";

    @Option(names = "--batch", paramLabel = "N", description = "Number of the batch; default: the last one.")
    private @Nullable Long number;

    @Mixin
    private BatchSourceOptions source = new BatchSourceOptions();

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            defaultValue = "json",
            description = "json, or oz: the whole tree in OpenZeppelin's dump format; default: ${DEFAULT-VALUE}.")
    private Format format = Format.json;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        Address address;
        try {
            address = Address.parse(payee);
        } catch (IllegalArgumentException e) {
            throw new ConfigException("PAYEE: " + e.getMessage(), e);
        }
        try {
            return print(address);
        } catch (StackDirectoryOption.NoStackException | IOException e) {
            return fail(String.valueOf(e.getMessage()));
        }
    }

    private int print(Address address) throws IOException {
        NavigableMap<Long, SettlementBatch> batches = BatchLog.read(source.kafka(), source.kafkaProperties());
        if (batches.isEmpty()) {
            return fail("there is no batch yet");
        }
        SettlementBatch record = number == null ? batches.lastEntry().getValue() : batches.get(number);
        if (record == null) {
            return fail("batch %d: there is none, expected %d … %d"
                    .formatted(number, batches.firstKey(), batches.lastKey()));
        }
        BatchLines lines = source.artifacts().read(record.getCid());
        Batch batch = new Batch(record.getNumber(), record.getEpoch(), lines);
        MerkleTree tree = batch.tree();
        if (!tree.root().equals(AvroValues.hash32(record.getRoot()))) {
            return fail("batch %d: the artifact %s has root %s, but the batch %s"
                    .formatted(record.getNumber(), record.getCid(), tree.root(), AvroValues.hash32(record.getRoot())));
        }
        int row = lines.indexOf(address);
        if (row < 0) {
            return fail("payee %s: batch %d has no leaf for it".formatted(address, record.getNumber()));
        }
        PrintWriter out = spec.commandLine().getOut();
        if (format == Format.oz) {
            ProofJson.writeDump(batch, tree, out);
        } else {
            ProofJson.writeProof(batch, tree, row, out);
        }
        out.println();
        return out.checkError() ? 1 : 0;
    }

    private int fail(String message) {
        spec.commandLine().getErr().println("ocos: " + message);
        return 1;
    }
}
