package io.ocos.schemas.config;

/** A configuration that cannot be used; the message says which key, its value, and what was expected. */
public final class ConfigException extends RuntimeException {

    private static final long serialVersionUID = 1;

    public ConfigException(String message) {
        super(message);
    }

    public ConfigException(String message, Throwable cause) {
        super(message, cause);
    }
}
