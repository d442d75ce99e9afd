// What other processes do to the file, by role: node child.ts ROLE FILE [ARGUMENT]
import { once } from "node:events";
import { DatabaseSync } from "node:sqlite";
import { type Change, codeOf, type Entry, type Store } from "@micro-bot/core";
import { sqlite } from "../src/plugin.ts";
import { silent } from "./help-log.ts";

const [, , role = "", file = "", argument = ""] = process.argv;

const roles: Record<string, () => Promise<void>> = {
  /** Does the writes it is sent, and dies the moment the last one resolves. */
  async crash() {
    const store = await open();
    const [writes] = (await once(process, "message")) as [readonly (readonly Change[])[]];
    for (const changes of writes) await store.write(changes);
    process.kill(process.pid, "SIGKILL");
  },

  /** Writes for ever, many at once, and tells of each that resolved. */
  async pour() {
    const store = await open();
    const one = async (writer: number) => {
      for (let i = 0; ; i++) {
        await store.write([
          { key: `pour/${writer}/${i}`, value: i },
          { key: `last/${writer}`, value: i },
        ]);
        process.send!(`pour/${writer}/${i}`);
      }
    };
    await Promise.all(Array.from({ length: 8 }, (_, writer) => one(writer)));
  },

  /** Writes 64 keys at once, so many times, and dies: closing would sync too. */
  async groups() {
    const store = await open();
    for (let left = Number(argument); left > 0; left--)
      await Promise.all(Array.from({ length: 64 }, (_, i) => store.write([{ key: `${i}`, value: left }])));
    process.exit();
  },

  /** Adds one to a counter so many times. */
  async count() {
    const store = await open();
    for (let left = Number(argument); left > 0; ) if (await add(store)) left--;
    await store.close();
    process.disconnect();
  },

  /** Says that it is ready, and when told to go opens the file, writes one key and closes. */
  async put() {
    process.send!("ready");
    await once(process, "message");
    const store = await open();
    await store.write([{ key: argument, value: true }]);
    await store.close();
    process.disconnect();
  },

  /** Holds the file in a way of SQLite's until it is told to let go. */
  async hold() {
    const db = new DatabaseSync(file);
    db.exec(argument);
    process.send!("held");
    await once(process, "message");
    db.close();
    process.disconnect();
  },
};

async function add(store: Store): Promise<boolean> {
  const entry = (await store.get("count")) as Entry<number> | undefined;
  const change = { key: "count", value: (entry?.value ?? 0) + 1, version: entry?.version ?? 0 };
  try {
    await store.write([change]);
    return true;
  } catch (error) {
    if (codeOf(error) === "conflict") return false;
    throw error;
  }
}

function open(): Promise<Store> {
  return sqlite(`sqlite:${file}`, { log: silent });
}

await roles[role]!();
