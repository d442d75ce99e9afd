import { type Peer, testInput } from "@micro-bot/testkit";
import { noNgircd, startNgircd } from "../../../test/servers/ngircd.ts";
import { startProxy } from "../../../test/servers/proxy.ts";
import { irc } from "../src/plugin.ts";
import { Person } from "./person.ts";

async function ngircd(): Promise<Peer> {
  const server = await startNgircd({ password: "open sesame" });
  const proxy = await startProxy(server.port);
  const join = (nick: string) => Person.join(server.port, nick, { password: "open sesame" });
  const people = { alice: await join("alice"), bob: await join("bob") };
  return {
    values: {
      irc_server: "127.0.0.1",
      irc_port: proxy.port,
      irc_channels: ["#ops"],
      irc_password: "open sesame",
      irc_pace: 0,
    },
    secrets: ["open sesame"],
    people: ["alice", "bob"],
    async say(text, person = "alice") {
      people[person as keyof typeof people].say("#ops", `micro: ${text}`);
    },
    async overhear(text) {
      people.alice.say("#ops", text);
    },
    async heard() {
      const said = await people.alice.heard("#ops", /^micro/u);
      const [, to, text] = /^(alice|bob): (.*)$/su.exec(said) ?? [];
      return to === undefined ? { text: said } : { text: text!, to };
    },
    wrong: { irc_password: "open barley" },
    // A nick is whoever has it.
    async forge(text) {
      await people.alice.quit();
      people.alice = await join("alice");
      people.alice.say("#ops", `micro: ${text}`);
    },
    own: (text, send) => send(text).then(() => undefined),
    async drop() {
      proxy.drop();
    },
    async stop() {
      for (const person of Object.values(people)) person.close();
      await proxy.stop();
      await server.stop();
    },
  };
}

testInput({
  name: "irc",
  create: irc,
  peer: ngircd,
  skip: noNgircd ?? {
    "what the network delivers again has the same id": "IRC delivers once, or not at all",
    "what was said before it came is not taken for new":
      "ngIRCd keeps nothing; hostile.test.ts plays history back",
  },
});
