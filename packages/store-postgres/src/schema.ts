import { BotError } from "@micro-bot/core";
import type { ClientBase, QueryConfig } from "pg";

/** "micro" in ASCII: any number will do that no other program in the database locks. */
const LOCK = 0x6d6963726f;

/**
 * One row in `micro_bot_store` counts the writes. Each write locks it first, so there is one order of commits, no
 * deadlock, and a version is never seen before a lower one. A deleted key stays for an hour as a row without value, so
 * that a watcher whose connection was cut still learns of it.
 */
export const MIGRATIONS: readonly string[] = [
  `
CREATE TABLE micro_bot_store (
  id boolean PRIMARY KEY DEFAULT true CHECK (id),
  schema integer NOT NULL,
  version bigint NOT NULL
);
INSERT INTO micro_bot_store (schema, version) VALUES (0, 0);

CREATE TABLE micro_bot_entry (
  key text COLLATE "C" PRIMARY KEY,
  value text,
  version bigint NOT NULL,
  expires timestamptz
);
CREATE INDEX micro_bot_entry_expires ON micro_bot_entry (expires) WHERE expires IS NOT NULL;

-- The version that what was put has now, or the key that was in conflict. A key that is only checked has kept[n].
CREATE FUNCTION micro_bot_write(
  new_keys text[], new_values text[], expected float8[], ttls float8[], kept boolean[],
  OUT written bigint, OUT lost text
) LANGUAGE plpgsql AS $$
DECLARE
  channel text := 'micro_bot_' || 'micro_bot_entry'::regclass::oid;
  next_version bigint;
  instant timestamptz;
BEGIN
  -- A database may be set to answer before a commit is on disk.
  IF current_setting('synchronous_commit') = 'off' THEN
    PERFORM set_config('synchronous_commit', 'on', true);
  END IF;
  SELECT s.version + 1 INTO STRICT next_version FROM micro_bot_store s FOR UPDATE;
  -- Waiting for the row took time.
  instant := clock_timestamp();

  SELECT c.key INTO lost
    FROM unnest(new_keys, expected) WITH ORDINALITY AS c(key, version, n)
    LEFT JOIN micro_bot_entry e
      ON e.key = c.key AND e.value IS NOT NULL AND (e.expires IS NULL OR e.expires > instant)
    WHERE c.version <> coalesce(e.version, 0)
    ORDER BY c.n LIMIT 1;
  IF FOUND THEN
    RETURN;
  END IF;

  UPDATE micro_bot_store SET version = next_version;
  DELETE FROM micro_bot_entry WHERE key IN
    (SELECT e.key FROM micro_bot_entry e WHERE e.expires <= instant ORDER BY e.expires LIMIT 100);
  INSERT INTO micro_bot_entry AS e (key, value, version, expires)
    SELECT DISTINCT ON (c.key) c.key, c.value, next_version,
      instant + CASE WHEN c.value IS NULL THEN interval '1 hour' ELSE c.ttl * interval '1 millisecond' END
      FROM unnest(new_keys, new_values, ttls, kept) WITH ORDINALITY AS c(key, value, ttl, keep, n)
      WHERE NOT c.keep
      ORDER BY c.key, c.n DESC
    ON CONFLICT (key) DO UPDATE
      SET value = excluded.value, version = excluded.version, expires = excluded.expires;
  PERFORM pg_notify(channel, next_version || ' ' || c.key) FROM unnest(new_keys, kept) AS c(key, keep)
    WHERE NOT c.keep;
  written := next_version;
END $$;
`,
  `
-- PostgreSQL has no CRC before version 18. Sixteen digits of a hash find every flipped bit as well, and let pass one of
-- 2^64 of whatever else happens. The bytes of a time are the same in all versions; its text is not.
CREATE FUNCTION micro_bot_sum(key text, value text, version bigint, expires timestamptz)
RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
  RETURN substr(encode(sha256(
    int8send(version) || coalesce(timestamptz_send(expires), '-') || int8send(octet_length(key)) ||
    convert_to(key || CASE WHEN value IS NULL THEN '-' ELSE '=' || value END, 'UTF8')
  ), 'hex'), 1, 16);
END $$;

-- Made by the server whoever writes the row: bots of an older version go on, and whoever mends something by hand.
ALTER TABLE micro_bot_entry
  ADD COLUMN sum text GENERATED ALWAYS AS (micro_bot_sum(key, value, version, expires)) STORED;

CREATE FUNCTION micro_bot_whole(e micro_bot_entry) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT e.sum IS NOT DISTINCT FROM micro_bot_sum(e.key, e.value, e.version, e.expires) $$;

-- As before, and what expects something of a damaged row is lost to it, unless it replaces or deletes it at its version.
CREATE OR REPLACE FUNCTION micro_bot_write(
  new_keys text[], new_values text[], expected float8[], ttls float8[], kept boolean[],
  OUT written bigint, OUT lost text
) LANGUAGE plpgsql AS $$
DECLARE
  channel text := 'micro_bot_' || 'micro_bot_entry'::regclass::oid;
  next_version bigint;
  instant timestamptz;
BEGIN
  IF current_setting('synchronous_commit') = 'off' THEN
    PERFORM set_config('synchronous_commit', 'on', true);
  END IF;
  SELECT s.version + 1 INTO STRICT next_version FROM micro_bot_store s FOR UPDATE;
  instant := clock_timestamp();

  SELECT c.key INTO lost
    FROM unnest(new_keys, expected, kept) WITH ORDINALITY AS c(key, version, keep, n)
    LEFT JOIN micro_bot_entry e ON e.key = c.key AND
      (e.value IS NOT NULL AND (e.expires IS NULL OR e.expires > instant) OR NOT micro_bot_whole(e))
    WHERE c.version <> coalesce(e.version, 0)
      OR c.version IS NOT NULL AND c.keep AND e.key IS NOT NULL AND NOT micro_bot_whole(e)
    ORDER BY c.n LIMIT 1;
  IF FOUND THEN
    RETURN;
  END IF;

  UPDATE micro_bot_store SET version = next_version;
  DELETE FROM micro_bot_entry WHERE key IN (
    SELECT e.key FROM micro_bot_entry e WHERE e.expires <= instant AND micro_bot_whole(e) ORDER BY e.expires LIMIT 100
  );
  INSERT INTO micro_bot_entry AS e (key, value, version, expires)
    SELECT DISTINCT ON (c.key) c.key, c.value, next_version,
      instant + CASE WHEN c.value IS NULL THEN interval '1 hour' ELSE c.ttl * interval '1 millisecond' END
      FROM unnest(new_keys, new_values, ttls, kept) WITH ORDINALITY AS c(key, value, ttl, keep, n)
      WHERE NOT c.keep
      ORDER BY c.key, c.n DESC
    ON CONFLICT (key) DO UPDATE
      SET value = excluded.value, version = excluded.version, expires = excluded.expires;
  PERFORM pg_notify(channel, next_version || ' ' || c.key) FROM unnest(new_keys, kept) AS c(key, keep)
    WHERE NOT c.keep;
  written := next_version;
END $$;
`,
];

/** A table with a million rows takes its time to be made anew, in milliseconds. */
const PATIENCE = 3_600_000;

/** Makes or updates the tables, one process at a time. Throws `config` when a newer version of this package made them. */
export async function migrate(client: ClientBase): Promise<void> {
  await client.query("BEGIN ISOLATION LEVEL READ COMMITTED");
  try {
    await client.query("SELECT pg_advisory_xact_lock($1)", [LOCK]);
    const found = await schemaOf(client);
    if (found > MIGRATIONS.length) throw newer(found);
    // Who writes holds this row first: then nobody waits for anybody in a circle.
    if (found > 0 && found < MIGRATIONS.length)
      await client.query(
        `SET LOCAL statement_timeout = ${PATIENCE}; SELECT 1 FROM micro_bot_store FOR UPDATE`,
      );
    for (const text of MIGRATIONS.slice(found)) await client.query(patient(text));
    if (found < MIGRATIONS.length)
      await client.query("UPDATE micro_bot_store SET schema = $1", [MIGRATIONS.length]);
    await client.query("COMMIT");
  } catch (error) {
    // A lost connection cannot roll back, and need not.
    await client.query("ROLLBACK").catch(() => {});
    throw error;
  }
}

// The library's types know it of a client only.
function patient(text: string): QueryConfig {
  return { text, query_timeout: PATIENCE } as QueryConfig;
}

async function schemaOf(client: ClientBase): Promise<number> {
  const { rows: tables } = await client.query("SELECT to_regclass('micro_bot_store') IS NOT NULL AS made");
  if (!tables[0].made) return 0;
  const { rows } = await client.query("SELECT schema FROM micro_bot_store");
  return rows[0].schema;
}

function newer(found: number): BotError {
  return new BotError(
    "config",
    `--store: the tables were made by a newer bot (schema ${found}; this one knows ${MIGRATIONS.length}): update @micro-bot/store-postgres`,
  );
}
