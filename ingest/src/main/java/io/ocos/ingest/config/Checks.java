package io.ocos.ingest.config;

import io.ocos.schemas.config.ConfigException;
import io.ocos.schemas.config.Secret;
import java.net.URI;
import org.jspecify.annotations.Nullable;

/** What configuration records check in their constructors; each failure is one line that names the key. */
final class Checks {

    private Checks() {}

    static <T> T required(String key, @Nullable T value) {
        if (value == null) {
            throw new ConfigException(key + ": is not set, expected a value");
        }
        return value;
    }

    static int range(String key, @Nullable Integer value, int standard, int least, int most) {
        int given = value == null ? standard : value;
        range(key, given, least, most);
        return given;
    }

    static void range(String key, long value, long least, long most) {
        if (value < least || value > most) {
            throw new ConfigException("%s: %d, expected %d … %d".formatted(key, value, least, most));
        }
    }

    static void httpUrl(String key, String value) {
        try {
            URI uri = URI.create(value);
            if (("http".equals(uri.getScheme()) || "https".equals(uri.getScheme())) && uri.getHost() != null) {
                return;
            }
        } catch (IllegalArgumentException e) {
            throw new ConfigException("%s: '%s' is no URL: %s".formatted(key, value, e.getMessage()), e);
        }
        throw new ConfigException("%s: '%s', expected http://HOST:PORT or https://HOST:PORT".formatted(key, value));
    }

    /** As {@link #httpUrl}, of a URL that is not printed. */
    static void secretHttpUrl(String key, Secret value) {
        try {
            httpUrl(key, value.reveal());
        } catch (ConfigException e) {
            // Neither the message nor the cause: both show the value.
            throw new ConfigException(
                    "%s: is no URL (not shown, it may hold a key), expected http://HOST:PORT or https://HOST/PATH"
                            .formatted(key));
        }
    }
}
