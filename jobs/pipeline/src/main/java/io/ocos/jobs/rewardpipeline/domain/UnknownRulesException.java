package io.ocos.jobs.rewardpipeline.domain;

import java.math.BigInteger;

/** The DAO has set {@code rules.version} to one that this software does not have: nothing may be computed from there on. */
public final class UnknownRulesException extends RuntimeException {

    private static final long serialVersionUID = 1;

    UnknownRulesException(long minute, BigInteger version) {
        super("minute %d asks for rules.version %s, this software knows version 1: install one that knows it"
                .formatted(minute, version));
    }
}
