import { BotError } from "@micro-bot/core";

const EXAMPLE = "--store=sqlite:micro.db or --store=sqlite:///var/lib/micro-bot/micro.db";

/**
 * The path in `sqlite:PATH` or `sqlite:///PATH`, letter for letter: nothing is decoded. Throws `config` for what names
 * no file.
 */
export function pathOf(url: string): string {
  const path = /^sqlite:(.*)$/is.exec(url)?.[1];
  if (path === undefined) throw wrong(url, "does not begin with sqlite:");
  const file = path.startsWith("///") ? path.slice(2) : path;
  if (file.startsWith("//")) throw wrong(url, "names a host, and SQLite is a file on this machine");
  if (file === "") throw wrong(url, "names no file");
  if (file === ":memory:") throw wrong(url, "would forget all at the end; --store=memory: says so");
  if (/[?#]/.test(file)) throw wrong(url, "has options after the path, and there are none");
  if (/\p{Cc}/u.test(file)) throw wrong(url, "has a control character");
  if (/[/\\]$/.test(file)) throw wrong(url, "names a folder; add a file name");
  return file;
}

function wrong(url: string, why: string): BotError {
  return new BotError("config", `[sqlite] --store: '${url}' ${why}; write ${EXAMPLE}`);
}
