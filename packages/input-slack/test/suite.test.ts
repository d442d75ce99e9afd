import { type Peer, testInput } from "@micro-bot/testkit";
import { slack } from "../src/plugin.ts";
import { BOT, startSlack } from "./slack.ts";

const USERS: Readonly<Record<string, string>> = { alice: "U0ALICE", bob: "U0BOB" };
const NAMES = Object.fromEntries(Object.entries(USERS).map(([name, id]) => [id, name]));

async function peer(): Promise<Peer> {
  const server = await startSlack();
  return {
    values: { slack_token: server.botToken, slack_app_token: server.appToken, slack_api_url: server.apiUrl },
    secrets: [server.botToken, server.appToken],
    people: ["alice", "bob"],
    async say(text, person = "alice") {
      server.say(`<@${BOT}> ${escaped(text)}`, { user: USERS[person]! });
    },
    async overhear(text) {
      server.say(escaped(text));
    },
    async heard() {
      const { text, file } = await server.heard();
      if (file) return { text: file.data };
      const [, id, rest] = /^<@(\w+)> ([\s\S]*)$/.exec(text) ?? [];
      const said = decoded(rest ?? text);
      return id === undefined ? { text: said } : { text: said, to: NAMES[id]! };
    },
    own: (text, send) => send(text).then(() => undefined),
    async drop() {
      server.drop();
    },
    async stop() {
      await server.stop();
    },
  };
}

testInput({ name: "slack", create: slack, peer, missing: ["slack_app_token"] });

function escaped(text: string): string {
  return text.replace(/[&<>]/gu, (char) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[char]!);
}

function decoded(text: string): string {
  return text.replace(/&(amp|lt|gt);/gu, (_, name: string) => ({ amp: "&", lt: "<", gt: ">" })[name]!);
}
