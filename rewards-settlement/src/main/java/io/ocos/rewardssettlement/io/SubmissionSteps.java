package io.ocos.rewardssettlement.io;

import io.ocos.rewardssettlement.domain.submission.Call;
import io.ocos.rewardssettlement.domain.submission.Fees;
import io.ocos.rewardssettlement.domain.submission.JournalEntry;
import io.ocos.rewardssettlement.domain.submission.JournalEntry.BatchFinalized;
import io.ocos.rewardssettlement.domain.submission.JournalEntry.BatchVetoed;
import io.ocos.rewardssettlement.domain.submission.JournalEntry.Confirmed;
import io.ocos.rewardssettlement.domain.submission.JournalEntry.Failed;
import io.ocos.rewardssettlement.domain.submission.JournalEntry.Failure;
import io.ocos.rewardssettlement.domain.submission.JournalEntry.Halted;
import io.ocos.rewardssettlement.domain.submission.JournalEntry.Mined;
import io.ocos.rewardssettlement.domain.submission.JournalEntry.Planned;
import io.ocos.rewardssettlement.domain.submission.JournalEntry.Resumed;
import io.ocos.rewardssettlement.domain.submission.JournalEntry.Sent;
import io.ocos.rewardssettlement.domain.submission.JournalEntry.Signed;
import io.ocos.rewardssettlement.domain.submission.Proposal;
import io.ocos.rewardssettlement.domain.submission.SettlementChain.BlockRef;
import io.ocos.schemas.avro.SubmissionAttempt;
import io.ocos.schemas.avro.SubmissionBlock;
import io.ocos.schemas.avro.SubmissionCall;
import io.ocos.schemas.avro.SubmissionFailure;
import io.ocos.schemas.avro.SubmissionProposal;
import io.ocos.schemas.avro.SubmissionStep;
import io.ocos.schemas.avro.SubmissionStepKind;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.domain.Hex;
import io.ocos.schemas.domain.TokenAmount;
import io.ocos.schemas.io.AvroValues;
import io.ocos.schemas.io.MalformedRecordException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** The submitter's journal entries as records of topic {@code settlement-journal}. */
public final class SubmissionSteps {

    private static final long NO_OPERATION = -1;

    private SubmissionSteps() {}

    /** The record of an entry. */
    public static SubmissionStep record(JournalEntry entry) {
        SubmissionStep step = new SubmissionStep();
        step.setAt(entry.at());
        step.setOperation(NO_OPERATION);
        if (entry instanceof Planned planned) {
            plan(step, planned.call());
        } else if (entry instanceof Signed signed) {
            of(step, SubmissionStepKind.SIGNED, signed.operation(), signed.hash());
            step.setAttempt(new SubmissionAttempt(
                    signed.nonce(),
                    signed.gasLimit(),
                    signed.fees().dynamic(),
                    AvroValues.avro(new TokenAmount(signed.fees().maxFeePerGas())),
                    AvroValues.avro(new TokenAmount(signed.fees().maxPriorityFeePerGas())),
                    ByteBuffer.wrap(Hex.parse(signed.raw()))));
        } else if (entry instanceof Sent sent) {
            of(step, SubmissionStepKind.SENT, sent.operation(), sent.hash());
        } else if (entry instanceof Mined mined) {
            of(step, SubmissionStepKind.MINED, mined.operation(), mined.hash());
            step.setBlock(block(mined.block()));
            step.setSucceeded(mined.succeeded());
        } else if (entry instanceof Confirmed confirmed) {
            of(step, SubmissionStepKind.CONFIRMED, confirmed.operation(), confirmed.hash());
            step.setBlock(block(confirmed.block()));
        } else if (entry instanceof Failed failed) {
            step.setKind(SubmissionStepKind.FAILED);
            step.setOperation(failed.operation());
            step.setFailure(SubmissionFailure.valueOf(failed.failure().name()));
            step.setDetail(failed.detail());
        } else if (entry instanceof BatchFinalized finalized) {
            step.setKind(SubmissionStepKind.FINALIZED);
            step.setNumber(finalized.number());
        } else if (entry instanceof BatchVetoed vetoed) {
            step.setKind(SubmissionStepKind.VETOED);
            step.setNumber(vetoed.number());
        } else if (entry instanceof Halted halted) {
            step.setKind(SubmissionStepKind.HALTED);
            step.setDetail(halted.reason());
        } else if (entry instanceof Resumed resumed) {
            step.setKind(SubmissionStepKind.RESUMED);
            step.setOperation(resumed.halt());
        }
        return step;
    }

    private static void plan(SubmissionStep step, Call call) {
        step.setKind(SubmissionStepKind.PLANNED);
        step.setNumber(call.number());
        if (call instanceof Call.Propose propose) {
            Proposal batch = propose.batch();
            step.setCall(SubmissionCall.PROPOSE);
            step.setProposal(new SubmissionProposal(
                    batch.epoch(),
                    AvroValues.avro(batch.root()),
                    AvroValues.avro(batch.cumulativeTotal()),
                    AvroValues.avro(batch.artifactDigest()),
                    AvroValues.avro(propose.inputsDigest()),
                    propose.lastProposed()));
        } else {
            step.setCall(call instanceof Call.Finalize ? SubmissionCall.FINALIZE : SubmissionCall.FILL);
        }
    }

    private static void of(SubmissionStep step, SubmissionStepKind kind, long operation, Hash32 hash) {
        step.setKind(kind);
        step.setOperation(operation);
        step.setHash(AvroValues.avro(hash));
    }

    private static SubmissionBlock block(BlockRef block) {
        return new SubmissionBlock(block.number(), AvroValues.avro(block.hash()));
    }

    /**
     * The entry of a record.
     *
     * @throws MalformedRecordException when a field that its kind needs is missing
     */
    public static JournalEntry entry(SubmissionStep step) throws MalformedRecordException {
        long at = step.getAt();
        long operation = step.getOperation();
        return switch (step.getKind()) {
            case PLANNED -> new Planned(at, call(step));
            case SIGNED -> {
                SubmissionAttempt attempt = needed(step, "attempt", step.getAttempt());
                yield new Signed(
                        at,
                        operation,
                        attempt.getNonce(),
                        attempt.getGasLimit(),
                        new Fees(
                                attempt.getDynamicFees(),
                                AvroValues.amount(attempt.getMaxFeePerGas()).wei(),
                                AvroValues.amount(attempt.getMaxPriorityFeePerGas())
                                        .wei()),
                        hash(step),
                        Hex.format(AvroValues.bytes(attempt.getRaw())));
            }
            case SENT -> new Sent(at, operation, hash(step));
            case MINED -> new Mined(at, operation, hash(step), block(step), step.getSucceeded());
            case CONFIRMED -> new Confirmed(at, operation, hash(step), block(step));
            case FAILED ->
                new Failed(
                        at,
                        operation,
                        Failure.valueOf(
                                needed(step, "failure", step.getFailure()).name()),
                        needed(step, "detail", step.getDetail()));
            case FINALIZED -> new BatchFinalized(at, step.getNumber());
            case VETOED -> new BatchVetoed(at, step.getNumber());
            case HALTED -> new Halted(at, needed(step, "detail", step.getDetail()));
            case RESUMED -> new Resumed(at, operation);
        };
    }

    private static Call call(SubmissionStep step) throws MalformedRecordException {
        return switch (needed(step, "call", step.getCall())) {
            case PROPOSE -> {
                SubmissionProposal proposal = needed(step, "proposal", step.getProposal());
                yield new Call.Propose(
                        new Proposal(
                                step.getNumber(),
                                proposal.getEpoch(),
                                AvroValues.hash32(proposal.getRoot()),
                                AvroValues.amount(proposal.getCumulativeTotal()),
                                AvroValues.hash32(proposal.getArtifactDigest())),
                        AvroValues.hash32(proposal.getInputsDigest()),
                        proposal.getLastProposed());
            }
            case FINALIZE -> new Call.Finalize(step.getNumber());
            case FILL -> new Call.Fill();
        };
    }

    private static Hash32 hash(SubmissionStep step) throws MalformedRecordException {
        return AvroValues.hash32(needed(step, "hash", step.getHash()));
    }

    private static BlockRef block(SubmissionStep step) throws MalformedRecordException {
        SubmissionBlock block = needed(step, "block", step.getBlock());
        return new BlockRef(block.getNumber(), AvroValues.hash32(block.getHash()));
    }

    private static <T> T needed(SubmissionStep step, String field, @Nullable T value) throws MalformedRecordException {
        if (value == null) {
            throw new MalformedRecordException("UNREADABLE", "a step %s without %s".formatted(step.getKind(), field));
        }
        return value;
    }
}
