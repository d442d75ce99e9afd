import { userInfo } from "node:os";
import { createInterface } from "node:readline";
import { PassThrough } from "node:stream";
import { type Heard, type Peer, testInput } from "@micro-bot/testkit";
import { consoleInput } from "../src/plugin.ts";

// The process's own streams stay the same for its life, and so do these.
const input = new PassThrough();
const output = new PassThrough();

async function pipe(): Promise<Peer> {
  const lines = createInterface({ input: output })[Symbol.asyncIterator]();
  return {
    values: {},
    secrets: [],
    people: [userInfo().username],
    async say(text) {
      input.write(`${text}\n`);
    },
    async heard(): Promise<Heard> {
      const { value } = await lines.next();
      return { text: value ?? "" };
    },
    async stop() {
      input.destroy();
      output.destroy();
    },
  };
}

const ONE_PERSON = "a pipe has one person on it, and nothing else to hear";
const NO_NETWORK = "a pipe is no network: its end is the end";

testInput({
  name: "console",
  create: () => consoleInput({ input, output }),
  peer: pipe,
  skip: {
    "init without a needed flag fails with config and names the flag": "no flag is needed",
    "no secret is in a log line or an error": "it has no secrets",
    "a credential that is refused is config, and names its flag": "it has no credentials",
    "what the network delivers again has the same id": NO_NETWORK,
    "what was said before it came is not taken for new": NO_NETWORK,
    "nobody is taken for another by their name": ONE_PERSON,
    "two people are told apart": ONE_PERSON,
    "what is not said to the bot is not addressed": ONE_PERSON,
    "its own messages are ignored": ONE_PERSON,
    "a dropped connection gives not_connected and a new one works": NO_NETWORK,
    "a send on a lost connection rejects with not_connected": NO_NETWORK,
  },
});
