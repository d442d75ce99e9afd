import type * as Sqlite from "node:sqlite";

/** Loads Node's SQLite. Node 22 warns on stderr that it may change; what is used here has not, and a user can do nothing. */
export function loadSqlite(): typeof Sqlite {
  const warn = process.emitWarning;
  process.emitWarning = ((...args: Parameters<typeof warn>) => {
    if (!String(args[0]).startsWith("SQLite is an experimental feature")) warn.apply(process, args);
  }) as typeof warn;
  try {
    return process.getBuiltinModule("node:sqlite");
  } finally {
    process.emitWarning = warn;
  }
}
