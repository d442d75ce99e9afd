import tls from "node:tls";
import { type Prosody, startHipchatLike } from "../../../test/servers/prosody.ts";
import { Person } from "../../../test/servers/xmpp-people.ts";

export const DEV = "1_dev@conf.hipchat.com";
export const OPS = "1_ops@conf.hipchat.com";
export const OLD = "1_old@conf.hipchat.com";
/** A room that is not listed. */
export const SECRET = "1_secret@conf.hipchat.com";

const PEOPLE = {
  "1_1": { password: "open sesame", name: "Micro Bot", mention_name: "MicroBot" },
  "1_2": { password: "a", name: "Ann Example", mention_name: "AnnExample" },
  "1_3": { password: "b", name: "Bob & Sons", mention_name: "Bob" },
};

/** A company on a HipChat-like server, whose certificate this process trusts from now on. */
export async function company(): Promise<Prosody> {
  const server = await startHipchatLike({
    people: PEOPLE,
    rooms: {
      "1_dev": { id: "7", name: "Dev", topic: "", privacy: "public", owner: "1_2@chat.hipchat.com" },
      "1_ops": { id: "8", name: "Ops", topic: "", privacy: "private", owner: "1_2@chat.hipchat.com" },
      "1_old": { id: "9", name: "Old", topic: "", privacy: "public", is_archived: true },
    },
  });
  tls.setDefaultCACertificates([...tls.getCACertificates("default"), server.ca]);
  return server;
}

/** Somebody of the company, in rooms under their full name. */
export async function person(
  server: Prosody,
  user: keyof typeof PEOPLE,
  ...rooms: string[]
): Promise<Person> {
  const { password, name } = PEOPLE[user];
  const one = await Person.join({
    host: server.host,
    tlsPort: server.tlsPort,
    ca: server.ca,
    user,
    password,
  });
  for (const room of rooms) await one.enter(room, name);
  return one;
}
