import { BotError, type Conn, type Event, type Input } from "@micro-bot/core";
import { type FakeInput, fakeInput } from "../../src/fake-input.ts";
import type { InputSuite, Peer } from "../../src/input.ts";

export const flags = [
  { name: "fake_key", usage: "Key to the network", required: true, secret: true },
] as const;

/** An input that keeps every rule, on the network of a fake one. */
export function goodInput(network: FakeInput = fakeInput()): InputSuite {
  return {
    name: "good input",
    create: () => onNetwork(network),
    peer: async () => peerOf(network),
  };
}

function onNetwork(network: FakeInput): Input {
  let key = "";
  return {
    name: network.name,
    flags: () => flags,
    init(ctx) {
      key = ctx.flags(flags).fake_key;
    },
    start: () => network.start(),
    stop: () => network.stop(),
    async stream() {
      if (key !== "open sesame") throw new BotError("config", "fake_key is not the key");
      const conn: Conn = await network.stream();
      return {
        ...conn,
        send: (event) => conn.send({ ...event, data: shown(event).replace(/[^\P{Cc}\n\t]/gu, "") }),
      };
    },
  };
}

/** Choices and files in words. */
export function shown({ data, choices = [], files = [] }: Event): string {
  const words = choices.length > 0 ? ` (${choices.join(" / ")})` : "";
  return data + words + files.map(({ name }) => ` [${name}]`).join("");
}

function peerOf(network: FakeInput): Peer {
  let last: Event;
  return {
    values: { fake_key: "open sesame" },
    secrets: ["open sesame"],
    people: ["alice", "bob"],
    async say(text, person = "alice") {
      last = network.say(text, { person, meta: { line: 1 } });
    },
    wrong: { fake_key: "open barley" },
    async again() {
      network.say(last.data, last);
    },
    async before(text) {
      network.overhear(text);
    },
    async forge(text) {
      network.say(text, { person: "alice", assurance: 0 });
    },
    async overhear(text) {
      network.overhear(text);
    },
    async heard() {
      const { data, to } = await network.hear();
      return { text: data, ...(to.person !== undefined && { to: to.person }) };
    },
    async own(text, send) {
      await send(text);
    },
    async drop() {
      network.drop();
    },
    async stop() {},
  };
}
