package io.ocos.jobs.registry;

import io.ocos.schemas.config.ConfigException;
import io.ocos.schemas.config.Secret;
import java.io.IOException;
import java.io.Serializable;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/**
 * A PostgreSQL database and who connects to it.
 *
 * @param host name or address
 * @param port 1 … 65 535
 * @param database name of the database
 * @param user role
 * @param password empty where the server asks for none
 */
public record PostgresDatabase(String host, int port, String database, String user, Secret password)
        implements Serializable {

    private static final int DEFAULT_PORT = 5432;
    private static final String CONNECT_SECONDS = "5";
    private static final int PROBE_SECONDS = 3;

    /**
     * As a configuration says it.
     *
     * @param url {@code postgresql://host[:port]/database}
     * @param passwordFile file that holds the password and nothing else; null = none
     * @throws IllegalArgumentException when the URL is none
     * @throws ConfigException when the file cannot be read
     */
    public static PostgresDatabase of(String url, String user, @Nullable Path passwordFile) {
        URI uri;
        try {
            uri = new URI(url);
        } catch (URISyntaxException e) {
            throw notAUrl(url, e);
        }
        String path = uri.getPath();
        if (!"postgresql".equals(uri.getScheme())
                || uri.getHost() == null
                || uri.getUserInfo() != null
                || uri.getQuery() != null
                || path == null
                || !path.matches("/[A-Za-z0-9_]+")) {
            throw notAUrl(url, null);
        }
        return new PostgresDatabase(
                uri.getHost(),
                uri.getPort() < 0 ? DEFAULT_PORT : uri.getPort(),
                path.substring(1),
                user,
                password(passwordFile));
    }

    /** {@code postgresql://host:port/database}. */
    public String url() {
        return "postgresql://%s:%d/%s".formatted(host, port, database);
    }

    String jdbcUrl() {
        return "jdbc:" + url();
    }

    /**
     * A new connection, in UTC.
     *
     * @param readSeconds silence of the server after which a statement fails; 0 = none
     */
    Connection connect(int readSeconds) throws SQLException {
        Properties properties = new Properties();
        properties.setProperty("user", user);
        properties.setProperty("password", password.reveal());
        properties.setProperty("ApplicationName", "ocos");
        properties.setProperty("connectTimeout", CONNECT_SECONDS);
        properties.setProperty("socketTimeout", Integer.toString(readSeconds));
        properties.setProperty("tcpKeepAlive", "true");
        properties.setProperty("options", "-c TimeZone=UTC");
        return DriverManager.getConnection(jdbcUrl(), properties);
    }

    /** Why it does not answer; empty when it does. */
    public Optional<String> problem() {
        try (Connection connection = connect(PROBE_SECONDS);
                Statement statement = connection.createStatement()) {
            statement.execute("SELECT 1");
            return Optional.empty();
        } catch (SQLException e) {
            return Optional.of(String.valueOf(e.getMessage()));
        }
    }

    private static Secret password(@Nullable Path file) {
        if (file == null) {
            return new Secret("");
        }
        try {
            return new Secret(Files.readString(file).strip());
        } catch (IOException e) {
            throw new ConfigException("passwordFile %s cannot be read: %s".formatted(file, e), e);
        }
    }

    private static IllegalArgumentException notAUrl(String url, @Nullable Exception cause) {
        return new IllegalArgumentException(
                "postgresUrl '%s', expected postgresql://host[:port]/database".formatted(url), cause);
    }
}
