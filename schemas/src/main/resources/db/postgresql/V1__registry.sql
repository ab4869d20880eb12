-- The registry: who operates what, customers, announced maintenance. It never changes a reward; it explains and bills.
-- Captured by publication ocos_registry. Keys have collation "C": the capture job splits tables by key, in that order.

CREATE EXTENSION IF NOT EXISTS btree_gist WITH SCHEMA public;

CREATE FUNCTION registry.is_address(value text) RETURNS boolean
    LANGUAGE sql IMMUTABLE
    RETURN value ~ '^0x[0-9a-f]{40}$';

-- Ascending, without repetition, at most 10, each above 0 and at most ten times the quota.
CREATE FUNCTION registry.are_thresholds(ppm integer[]) RETURNS boolean
    LANGUAGE sql IMMUTABLE
    RETURN cardinality(ppm) <= 10 AND array_position(ppm, NULL) IS NULL
           AND ppm = ARRAY(SELECT DISTINCT value FROM unnest(ppm) AS value WHERE value BETWEEN 1 AND 10000000 ORDER BY value);

CREATE TABLE registry.operators
(
    operator   text COLLATE "C" PRIMARY KEY
        CONSTRAINT operator_is_an_address CHECK (registry.is_address(operator)),
    name       text NOT NULL
        CONSTRAINT name_has_1_to_200_characters CHECK (length(name) BETWEEN 1 AND 200),
    contact    text
        CONSTRAINT contact_has_at_most_1000_characters CHECK (length(contact) <= 1000),
    ended_at   timestamptz(3),
    changed_at timestamptz(3) NOT NULL DEFAULT statement_timestamp()
);

CREATE TABLE registry.nodes
(
    node       text COLLATE "C" PRIMARY KEY
        CONSTRAINT node_is_an_address CHECK (registry.is_address(node)),
    operator   text COLLATE "C" NOT NULL
        CONSTRAINT operator_is_registered REFERENCES registry.operators,
    region     text NOT NULL
        CONSTRAINT region_is_lower_case_words CHECK (region ~ '^[a-z0-9]+(-[a-z0-9]+)*$' AND length(region) <= 64),
    hardware   text
        CONSTRAINT hardware_has_at_most_1000_characters CHECK (length(hardware) <= 1000),
    contact    text
        CONSTRAINT contact_has_at_most_1000_characters CHECK (length(contact) <= 1000),
    ended_at   timestamptz(3),
    changed_at timestamptz(3) NOT NULL DEFAULT statement_timestamp()
);

CREATE INDEX nodes_of_operator ON registry.nodes (operator);

CREATE TABLE registry.customers
(
    account                text COLLATE "C" PRIMARY KEY
        CONSTRAINT account_is_an_address CHECK (registry.is_address(account)),
    name                   text NOT NULL
        CONSTRAINT name_has_1_to_200_characters CHECK (length(name) BETWEEN 1 AND 200),
    contact                text
        CONSTRAINT contact_has_at_most_1000_characters CHECK (length(contact) <= 1000),
    alert_thresholds_ppm   integer[] NOT NULL DEFAULT '{800000,1000000}'
        CONSTRAINT thresholds_ascend CHECK (registry.are_thresholds(alert_thresholds_ppm)),
    declared_storage_bytes bigint NOT NULL DEFAULT 0
        CONSTRAINT declared_storage_is_not_negative CHECK (declared_storage_bytes >= 0),
    ended_at               timestamptz(3),
    changed_at             timestamptz(3) NOT NULL DEFAULT statement_timestamp()
);

CREATE TABLE registry.maintenance
(
    id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    node       text COLLATE "C" NOT NULL
        CONSTRAINT node_is_registered REFERENCES registry.nodes,
    starts_at  timestamptz(3) NOT NULL,
    ends_at    timestamptz(3) NOT NULL,
    reason     text
        CONSTRAINT reason_has_at_most_1000_characters CHECK (length(reason) <= 1000),
    changed_at timestamptz(3) NOT NULL DEFAULT statement_timestamp(),
    CONSTRAINT window_ends_after_it_starts CHECK (ends_at > starts_at),
    CONSTRAINT window_is_finite CHECK (isfinite(starts_at) AND isfinite(ends_at)),
    CONSTRAINT windows_of_a_node_do_not_overlap
        EXCLUDE USING gist (node WITH =, tstzrange(starts_at, ends_at) WITH &&)
);

-- One row that the capture job counts up: it shows how far the stream is, and lets the server drop old WAL when nothing else changes.
CREATE TABLE registry.heartbeat
(
    id   integer PRIMARY KEY DEFAULT 1
        CONSTRAINT one_row CHECK (id = 1),
    beat bigint NOT NULL
);

INSERT INTO registry.heartbeat (beat) VALUES (0);

CREATE FUNCTION registry.set_changed_at() RETURNS trigger
    LANGUAGE plpgsql AS
$$
BEGIN
    NEW.changed_at := statement_timestamp();
    RETURN NEW;
END
$$;

CREATE FUNCTION registry.refuse_truncate() RETURNS trigger
    LANGUAGE plpgsql AS
$$
BEGIN
    RAISE EXCEPTION 'TRUNCATE of %.%: its rows would be gone without a change that anybody sees', TG_TABLE_SCHEMA, TG_TABLE_NAME
        USING HINT = 'Use DELETE.', ERRCODE = 'feature_not_supported';
END
$$;

DO
$$
DECLARE
    captured text;
BEGIN
    FOREACH captured IN ARRAY ARRAY ['operators', 'nodes', 'customers', 'maintenance']
    LOOP
        EXECUTE format('CREATE TRIGGER changed_at BEFORE INSERT OR UPDATE ON registry.%I FOR EACH ROW EXECUTE FUNCTION registry.set_changed_at()', captured);
        EXECUTE format('CREATE TRIGGER no_truncate BEFORE TRUNCATE ON registry.%I FOR EACH STATEMENT EXECUTE FUNCTION registry.refuse_truncate()', captured);
        EXECUTE format('ALTER TABLE registry.%I REPLICA IDENTITY FULL', captured);
    END LOOP;
END
$$;

ALTER TABLE registry.heartbeat REPLICA IDENTITY FULL;

CREATE PUBLICATION ocos_registry FOR TABLE registry.operators, registry.nodes, registry.customers, registry.maintenance, registry.heartbeat
    WITH (publish = 'insert, update, delete');

-- What the capture job may do besides reading, whoever it connects as: grant EXECUTE to it.

CREATE FUNCTION registry.beat() RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS
$$
    UPDATE registry.heartbeat SET beat = beat + 1
$$;

-- A position in the WAL that no transaction of the captured tables spans: those that wrote before have ended, and what is
-- written later is behind it. Waits for open writers as long as lock_timeout says; writers wait for the caller's transaction.
CREATE FUNCTION registry.quiet_position() RETURNS pg_lsn
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS
$$
BEGIN
    LOCK TABLE registry.operators, registry.nodes, registry.customers, registry.maintenance, registry.heartbeat IN SHARE MODE;
    RETURN pg_current_wal_insert_lsn();
END
$$;

REVOKE EXECUTE ON FUNCTION registry.beat(), registry.quiet_position() FROM PUBLIC;
