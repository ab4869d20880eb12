package io.ocos.ingest.domain;

import io.ocos.schemas.domain.Hash32;

/** What becomes of an envelope at a gateway. */
public sealed interface Decision {

    /** It passes every rule and its sequence number is now taken by it. */
    record Fresh(Hash32 digest) implements Decision {}

    /** The same content was taken before under the same sequence number. */
    record Repeated(Hash32 digest) implements Decision {}

    /** It is refused. */
    record Refused(Problem problem, String detail) implements Decision {}
}
