import { type Peer, testInput } from "@micro-bot/testkit";
import { noProsody } from "../../../test/servers/prosody.ts";
import { startProxy } from "../../../test/servers/proxy.ts";
import { hipchat } from "../src/plugin.ts";
import { company, DEV, person } from "./company.ts";

async function peer(): Promise<Peer> {
  const server = await company();
  const proxy = await startProxy(server.port);
  const people = { ann: await person(server, "1_2", DEV), bob: await person(server, "1_3", DEV) };
  const mentions: Readonly<Record<string, keyof typeof people>> = { "@AnnExample": "ann", "@Bob": "bob" };
  return {
    values: {
      hipchat_username: "1_1@chat.hipchat.com",
      hipchat_password: "open sesame",
      hipchat_server: `127.0.0.1:${proxy.port}`,
    },
    secrets: ["open sesame", Buffer.from("\x001_1\0open sesame").toString("base64")],
    people: ["ann", "bob"],
    async say(text, name = "ann") {
      await people[name as keyof typeof people].say(DEV, `@MicroBot ${text}`);
    },
    async overhear(text) {
      await people.ann.say(DEV, text);
    },
    async heard() {
      const said = await people.ann.heard(`${DEV}/Micro Bot`);
      const [, mention = "", text] = /^(@\w+): (.*)$/su.exec(said) ?? [];
      return text === undefined ? { text: said } : { text, to: mentions[mention]! };
    },
    wrong: { hipchat_password: "open barley" },
    async again() {
      proxy.drop();
    },
    async before(text) {
      await people.ann.say(DEV, `@MicroBot ${text}`);
    },
    own: (text, send) => send(text).then(() => undefined),
    async drop() {
      proxy.drop();
    },
    async stop() {
      for (const one of Object.values(people)) one.close();
      await proxy.stop();
      await server.stop();
    },
  };
}

testInput({
  name: "hipchat",
  create: hipchat,
  peer,
  skip: noProsody ?? {
    "nobody is taken for another by their name":
      "rooms show real addresses, and a nick is the full name of whoever has it",
  },
});
