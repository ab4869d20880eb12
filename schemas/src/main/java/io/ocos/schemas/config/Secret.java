package io.ocos.schemas.config;

import com.fasterxml.jackson.annotation.JsonCreator;
import java.io.Serializable;

/** A value that is never printed. */
public final class Secret implements Serializable {

    private static final long serialVersionUID = 1;

    private final String value;

    @JsonCreator
    public Secret(String value) {
        this.value = value;
    }

    /** The value itself, for the one place that needs it. */
    public String reveal() {
        return value;
    }

    @Override
    public String toString() {
        return "***";
    }
}
