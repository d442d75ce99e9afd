// What another process does to a store's file: node child.ts ROLE FILE
import { appendFileSync } from "node:fs";
import { type Log, newCommand } from "@micro-bot/core";
import { sqlite } from "@micro-bot/store-sqlite/plugin";
import { event, fakePluginContext, fakeTurn } from "@micro-bot/testkit";
import { audit } from "../src/plugin.ts";
import { newChain, patiently, said } from "./support.ts";

const [, , role = "", file = "", argument = ""] = process.argv;
const quiet = () => {};
const log: Log = { debug: quiet, info: quiet, warn: quiet, error: quiet };
const store = await sqlite(`sqlite:${file}`, { log });

const roles: Record<string, () => Promise<void>> = {
  /** Runs commands for ever, many at once. Each notes in a file of its own that it ran, as the world would. */
  async burst() {
    const { stream } = audit();
    stream.init!(fakePluginContext({}, { store, log }));
    const command = newCommand("work", "work", "", () => "");
    const person = async (name: string) => {
      for (let i = 0; ; i++) {
        const id = `${name}-${i}`;
        const match = { kind: "command", pattern: "^work", command, args: ["work"] } as const;
        const turn = fakeTurn({ id, match, event: event({ data: "work", person: name }) });
        await stream.receive!(turn, async () => {
          appendFileSync(argument, `${id}\n`);
          (turn as { outcome?: object }).outcome = { state: "done" };
        });
        if (i === 50) process.send!("busy");
      }
    };
    await Promise.all(Array.from({ length: 16 }, (_, i) => person(`p${i}`)));
  },

  /** Appends a thousand records, some at a time. */
  async append() {
    const chain = newChain(store, { pause: patiently });
    for (let i = 0; i < 1000; i += 20)
      await Promise.all(Array.from({ length: 20 }, (_, k) => chain.append(said(`${argument} ${i + k}`))));
    await store.close();
    process.disconnect();
  },
};

await roles[role]!();
