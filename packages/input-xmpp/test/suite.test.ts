import { type Peer, testInput } from "@micro-bot/testkit";
import { noProsody, startProsody } from "../../../test/servers/prosody.ts";
import { startProxy } from "../../../test/servers/proxy.ts";
import { xmpp } from "../src/plugin.ts";
import { Person } from "./person.ts";

const PASSWORD = "open sesame";
const ROOM = "ops@conference.localhost";

async function prosody(): Promise<Peer> {
  const server = await startProsody({ users: { micro: PASSWORD, alice: "a", bob: "b", mallory: "m" } });
  const proxy = await startProxy(server.port);
  const join = async (user: string, password: string, nick = user) => {
    const person = await Person.join({ ...server, user, password });
    await person.enter(ROOM, nick);
    return person;
  };
  const people = { alice: await join("alice", "a"), bob: await join("bob", "b") };
  const { alice } = people;
  return {
    values: {
      xmpp_jid: "micro@localhost",
      xmpp_password: PASSWORD,
      xmpp_server: "127.0.0.1",
      xmpp_port: proxy.port,
      xmpp_ca: server.caFile,
      xmpp_rooms: [ROOM],
    },
    secrets: [PASSWORD, Buffer.from(`\0micro\0${PASSWORD}`).toString("base64")],
    people: ["alice", "bob"],
    async say(text, person = "alice") {
      await people[person as keyof typeof people].say(ROOM, `micro: ${text}`);
    },
    async overhear(text) {
      await alice.say(ROOM, text);
    },
    async heard() {
      const said = await alice.heard(`${ROOM}/micro`);
      const [, to, text] = /^(alice|bob): (.*)$/su.exec(said) ?? [];
      return to === undefined ? { text: said } : { text: text!, to };
    },
    wrong: { xmpp_password: "open barley" },
    async again() {
      proxy.drop();
    },
    async before(text) {
      await alice.say(ROOM, `micro: ${text}`);
    },
    async forge(text) {
      const mallory = await join("mallory", "m", "alice@localhost");
      await mallory.say(ROOM, `micro: ${text}`);
      mallory.close();
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
  name: "xmpp",
  create: xmpp,
  peer: prosody,
  ...(noProsody && { skip: noProsody }),
});
