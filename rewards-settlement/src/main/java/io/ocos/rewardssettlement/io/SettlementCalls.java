package io.ocos.rewardssettlement.io;

import io.ocos.rewardssettlement.domain.submission.Call;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.TokenAmount;
import java.math.BigInteger;
import java.util.List;
import org.web3j.abi.FunctionEncoder;
import org.web3j.abi.datatypes.Function;
import org.web3j.abi.datatypes.Utf8String;
import org.web3j.abi.datatypes.generated.Bytes32;
import org.web3j.abi.datatypes.generated.Uint256;
import org.web3j.abi.datatypes.generated.Uint64;

/** Calls as the settlement contract takes them. */
public final class SettlementCalls {

    private SettlementCalls() {}

    /** Encoded call, 0x-hex; empty for one that does nothing. */
    static String encode(Call call) {
        if (call instanceof Call.Propose propose) {
            return FunctionEncoder.encode(new Function(
                    "propose",
                    List.of(
                            uint64(propose.number()),
                            uint64(propose.batch().epoch()),
                            new Bytes32(propose.batch().root().toBytes()),
                            new Uint256(propose.batch().cumulativeTotal().wei()),
                            new Bytes32(propose.batch().artifactDigest().toBytes()),
                            new Bytes32(propose.inputsDigest().toBytes())),
                    List.of()));
        }
        return call instanceof Call.Finalize
                ? FunctionEncoder.encode(new Function("finalize", List.of(uint64(call.number())), List.of()))
                : "";
    }

    /** The guardian holds back an amount of a payee: encoded call, 0x-hex. */
    public static String withhold(Address payee, TokenAmount amount, String reason) {
        return decide("withhold", payee, amount, reason);
    }

    /** The guardian grants an amount to a payee: encoded call, 0x-hex. */
    public static String adjust(Address payee, TokenAmount amount, String reason) {
        return decide("adjust", payee, amount, reason);
    }

    private static String decide(String name, Address payee, TokenAmount amount, String reason) {
        return FunctionEncoder.encode(new Function(
                name,
                List.of(
                        new org.web3j.abi.datatypes.Address(payee.toString()),
                        new Uint256(amount.wei()),
                        new Utf8String(reason)),
                List.of()));
    }

    private static Uint64 uint64(long value) {
        return new Uint64(BigInteger.valueOf(value));
    }
}
