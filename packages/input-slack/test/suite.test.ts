import { type Peer, testInput } from "@micro-bot/testkit";
import { expect } from "vitest";
import { slack } from "../src/plugin.ts";
import { BOT, startSlack } from "./slack.ts";

const USERS: Readonly<Record<string, string>> = { alice: "U0ALICE", bob: "U0BOB" };
const NAMES = Object.fromEntries(Object.entries(USERS).map(([name, id]) => [id, name]));

async function peer(): Promise<Peer> {
  const server = await startSlack({ ackWait: 300 });
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
    wrong: { slack_token: "xoxb-wrong", slack_app_token: "xapp-wrong" },
    // It comes again by itself when it is not acknowledged.
    async again() {},
    async forge(text) {
      const profile = { display_name: "alice", real_name: "alice" };
      server.say(`<@${BOT}> ${escaped(text)}`, {
        user: "U0MALLORY",
        username: "alice",
        user_profile: profile,
      });
    },
    own: (text, send) => send(text).then(() => undefined),
    async drop() {
      // One that is still on its way would be a connection that is not lost.
      await expect.poll(() => server.sockets).toBe(2);
      server.drop();
    },
    async stop() {
      await server.stop();
    },
  };
}

testInput({
  name: "slack",
  create: slack,
  peer,
  missing: ["slack_app_token"],
  skip: {
    "what was said before it came is not taken for new":
      "Slack plays nothing back: it delivers what was missed, which is to be answered",
  },
});

function escaped(text: string): string {
  return text.replace(/[&<>]/gu, (char) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[char]!);
}

function decoded(text: string): string {
  return text.replace(/&(amp|lt|gt);/gu, (_, name: string) => ({ amp: "&", lt: "<", gt: ">" })[name]!);
}
