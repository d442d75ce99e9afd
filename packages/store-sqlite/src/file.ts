import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  openSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
} from "node:fs";
import { dirname } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { setTimeout as delay } from "node:timers/promises";
import { BotError, type Log } from "@micro-bot/core";
import { teach } from "./checksum.ts";
import { fault, isBusy } from "./faults.ts";
import { loadSqlite } from "./load.ts";
import { lookThrough } from "./log.ts";

/** "mbot": by this a file is known as ours. https://sqlite.org/fileformat2.html#application_id */
const APPLICATION = 0x6d_62_6f_74;
/** Rises when the tables change. */
const SCHEMA = 2;
/** How long to wait for another process to let go of the file when it is opened, in milliseconds. */
const PATIENCE = 3000;
const PAUSE = 25;

// A row's id is its version, and AUTOINCREMENT never gives one twice, also when the highest was deleted. Keys are bytes:
// then their order is the bytes' order, and a nought in one does not end it. A row whose value is NULL was deleted, and
// stays for a while so that other processes hear of it. A bot of format 1 that still runs cannot write: it gives no crc.
const TABLE = `CREATE TABLE entries (
    version INTEGER PRIMARY KEY AUTOINCREMENT,
    key BLOB NOT NULL UNIQUE,
    value TEXT,
    until INTEGER,
    crc INTEGER NOT NULL
  )`;
const INDEX = "CREATE INDEX entries_until ON entries (until) WHERE until IS NOT NULL";
const TABLES = `
  ${TABLE};
  ${INDEX};
  PRAGMA application_id = ${APPLICATION};
  PRAGMA user_version = ${SCHEMA};
`;
// The table is made anew, so that a file's tables are the same text whichever version made it.
const UPGRADE = `
  ALTER TABLE entries RENAME TO entries_1;
  DROP INDEX entries_until;
  ${TABLE};
  INSERT INTO entries (version, key, value, until, crc)
    SELECT version, key, value, until, checksum(key, value, version, until) FROM entries_1;
  DELETE FROM sqlite_sequence WHERE name = 'entries';
  UPDATE sqlite_sequence SET name = 'entries' WHERE name = 'entries_1';
  DROP TABLE entries_1;
  ${INDEX};
  PRAGMA user_version = ${SCHEMA};
`;

// busy_timeout is short because SQLite waits with the whole program; longer waits are ours. The sync of FULL is what
// makes a write outlive a power cut; fullfsync is the same for macOS, and means nothing elsewhere.
const SETTINGS = `
  PRAGMA synchronous = FULL;
  PRAGMA fullfsync = ON;
  PRAGMA checkpoint_fullfsync = ON;
  PRAGMA journal_size_limit = 67108864;
  PRAGMA cell_size_check = ON;
`;
const BUSY_TIMEOUT = "PRAGMA busy_timeout = 10";

/** Opens the store's file, and makes it when there is none. Throws `config`, and then it has written nothing. */
export async function openFile(path: string, log: Log): Promise<DatabaseSync> {
  const until = performance.now() + PATIENCE;
  for (;;) {
    try {
      ensure(path, log);
      await checkLog(path, log);
      return connect(path, log);
    } catch (error) {
      if (!isBusy(error) || performance.now() > until) throw fault("config", path, error);
    }
    await delay(PAUSE);
  }
}

function ensure(path: string, log: Log): void {
  // The log first: another process may make both in between, and makes the file first.
  const hasLog = existsSync(`${path}-wal`);
  const file = look(path);
  if (file) {
    check(path, file, log);
    return;
  }
  const folder = dirname(path);
  if (!look(folder)?.isDirectory()) throw refuse(path, `there is no folder ${folder}; make it first`);
  if (hasLog)
    throw refuse(path, `it is missing, but its log ${path}-wal is there; restore the file or remove the log`);
  create(path);
  log.info({ path }, "a new store was made");
}

function check(path: string, file: Stats, log: Log): void {
  if (!file.isFile()) throw refuse(path, "it is no file; add a file name");
  // A store is never empty: it gets its name when it is whole.
  if (file.size === 0)
    throw refuse(path, "it is empty, and a store never is; restore it, or remove it to begin anew");
  if (file.mode & 0o007 && process.platform !== "win32")
    log.warn({ path }, "every user of this machine may open the store: chmod 600 it");
}

// Before SQLite reads it: what it takes for unwritten it overwrites.
async function checkLog(path: string, log: Log): Promise<void> {
  const damage = await lookThrough(path);
  if (damage === "lost")
    throw refuse(
      path,
      `its log ${path}-wal is damaged: restore both from a backup; or, to go on without what was written last, move the log away`,
    );
  if (damage === "torn")
    log.error(
      { path },
      `the end of ${path}-wal cannot be read: it was damaged, and then the last write is lost, or cut when the machine ended`,
    );
}

// Under another name until it is whole, so that a crash leaves either a store or nothing.
function create(path: string): void {
  const draft = `${path}.${process.pid}.new`;
  rmSync(draft, { force: true });
  try {
    closeSync(openSync(draft, "wx", 0o600));
    const db = new (loadSqlite().DatabaseSync)(draft);
    try {
      db.exec(SETTINGS);
      db.exec(`BEGIN; ${TABLES} COMMIT`);
      useLog(db, path);
    } finally {
      db.close();
    }
    publish(draft, path);
  } finally {
    rmSync(draft, { force: true });
  }
}

function publish(draft: string, path: string): void {
  try {
    linkSync(draft, path);
  } catch (error) {
    // Another process was quicker: its file is as good.
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return;
    // A file system without links.
    renameSync(draft, path);
  }
  syncFolder(dirname(path));
}

// Without it a power cut could take the file's name away. Windows opens no folders, and needs no such thing.
function syncFolder(folder: string): void {
  if (process.platform === "win32") return;
  const handle = openSync(folder, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

function connect(path: string, log: Log): DatabaseSync {
  const db = new (loadSqlite().DatabaseSync)(path);
  try {
    db.exec(BUSY_TIMEOUT);
    const schema = recognise(db, path);
    examine(db, path, log);
    db.exec(SETTINGS);
    useLog(db, path);
    teach(db);
    if (schema < SCHEMA) upgrade(db, path, log);
    checkTables(db, path);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

// Only reads: a file that is refused is left as it was.
function recognise(db: DatabaseSync, path: string): number {
  if (read(db, "application_id") !== APPLICATION)
    throw refuse(path, "it is a database of another program; name another file");
  const schema = Number(read(db, "user_version"));
  if (schema > SCHEMA)
    throw refuse(
      path,
      `it was written by a newer version (format ${schema}, this one knows ${SCHEMA}); update`,
    );
  const table = db.prepare("SELECT sql FROM sqlite_schema WHERE name = 'entries'").get();
  if (!table) throw refuse(path, "tables of it are missing: restore it from a backup");
  if (schema < 1) throw refuse(path, `it is damaged: restore it from a backup (format ${schema})`);
  return schema;
}

/** Gives each row a checksum: all or nothing, by one process. */
function upgrade(db: DatabaseSync, path: string, log: Log): void {
  db.exec("BEGIN IMMEDIATE");
  try {
    // Another process may have been quicker.
    const due = Number(read(db, "user_version")) < SCHEMA;
    if (due) db.exec(UPGRADE);
    db.exec("COMMIT");
    if (due) log.info({ path }, "the store's rows were given checksums");
  } catch (error) {
    db.exec("ROLLBACK");
    throw error;
  }
}

/** Looks at what a checksum of a row cannot show. An index tells nothing that its table does not, and is made anew. */
function examine(db: DatabaseSync, path: string, log: Log): void {
  const found = read(db, "integrity_check(1)");
  if (found === "ok") return;
  const damage = read(db, "quick_check(1)");
  if (damage !== "ok") throw refuse(path, `it is damaged: restore it from a backup (${damage})`);
  db.exec("REINDEX");
  const left = read(db, "integrity_check(1)");
  if (left !== "ok") throw refuse(path, `it is damaged: restore it from a backup (${left})`);
  log.error({ path, found }, `${path} was damaged: an index did not fit its table, and was made anew`);
}

// What is one bit beside a word of SQL is often SQL as well.
function checkTables(db: DatabaseSync, path: string): void {
  const made = db.prepare("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL").all();
  for (const sql of [TABLE, INDEX])
    if (!made.some((one) => one.sql === sql))
      throw refuse(path, "it is damaged: restore it from a backup (its tables are not as they were made)");
}

function useLog(db: DatabaseSync, path: string): void {
  if (read(db, "journal_mode = WAL") !== "wal")
    throw refuse(path, "this file system cannot keep a write-ahead log; use a local disk");
}

function read(db: DatabaseSync, pragma: string): unknown {
  return Object.values(db.prepare(`PRAGMA ${pragma}`).get() ?? {})[0];
}

function look(path: string): Stats | undefined {
  return statSync(path, { throwIfNoEntry: false });
}

function refuse(path: string, why: string): BotError {
  return new BotError("config", `[sqlite] --store: ${path}: ${why}`);
}
