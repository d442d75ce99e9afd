import { once } from "node:events";
import net from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { noProsody } from "../../../test/servers/prosody.ts";
import { type Client, inRoom, type PeerOptions, ROOM, startPeer, startTlsPeer } from "./server.ts";
import { type Bot, startBot, startInput } from "./support.ts";

/** A bot on a server of the test's own, and the server's end of the connection. */
async function scene(options: PeerOptions = {}, values = {}): Promise<{ bot: Bot; client: Client }> {
  const peer = await startPeer(options);
  onTestFinished(() => peer.stop());
  const [client, bot] = await Promise.all([peer.client(), startBot({ ...peer.values, ...values })]);
  onTestFinished(() => bot.input.stop());
  return { bot, client };
}

const BODY = "<body>micro: boo</body>";
const deep = (depth: number) => "<a>".repeat(depth) + "</a>".repeat(depth);

// Its certificates are made by openssl, which comes with what Prosody needs.
describe.skipIf(noProsody)("what no server should say", () => {
  it.each([
    "<message/>",
    `<message from="@" type="groupchat">${BODY}</message>`,
    `<message from="" type="chat">${BODY}</message>`,
    `<message from="a@@b/c/d" type="chat">${BODY}</message>`,
    `<message from="alice@localhost" type="error">${BODY}</message>`,
    `<message from="alice@localhost" type="headline">${BODY}</message>`,
    `<message from="alice@localhost" type="nonsense">${BODY}</message>`,
    `<message from="localhost" type="chat">${BODY}</message>`,
    `<message from="micro@localhost/other" type="chat">${BODY}</message>`,
    `<message from="${ROOM}" type="groupchat">${BODY}</message>`,
    `<message from="${ROOM}/micro" type="groupchat">${BODY}</message>`,
    `<message from="${ROOM}/micro" type="chat">${BODY}</message>`,
    `<message from="elsewhere@conference.localhost/alice" type="groupchat">${BODY}</message>`,
    "<presence/>",
    `<presence from="@" type="subscribe"/>`,
    `<presence from="${ROOM}/x" type="error"/>`,
    inRoom("", "<item/>"),
    inRoom("alice", "<item jid='@'/>"),
    inRoom("alice", "<item/>", "type='unavailable'"),
    "<iq/>",
    "<iq type='get'/>",
    "<iq type='get' id='x' from='@'><ping xmlns='urn:xmpp:ping'/></iq>",
    "<iq type='set' id='x' from='a@b/c'><query xmlns='jabber:iq:roster'/></iq>",
    "<iq type='result' id='nobody asked'/>",
    "<iq type='error' id='x'/>",
    "<iq type='error'><error/></iq>",
    "<constructor/>",
    "<toString/>",
    "<__proto__ __proto__='x' constructor='y'/>",
    "<a xmlns='urn:xmpp:sm:3'/>".replace("<a ", "<b "),
    "<enabled xmlns='urn:xmpp:sm:3'/>",
    "<failed xmlns='urn:xmpp:sm:3'/>",
    "<stream:features/>",
    "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>",
    "<challenge xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>eA==</challenge>",
    "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>",
    " \n\t ",
    `<message from="alice@localhost"><body><![CDATA[</body></message>]]></body><error/></message>`.replace(
      "alice@",
      "@",
    ),
    deep(50),
  ])("%j ends nothing", async (text) => {
    const { bot, client } = await scene();
    client.send(text);
    client.say("micro: ping");
    expect(await bot.recv()).toMatchObject({ data: "ping" });
  });

  it.each([
    ["</message>", /XML/u],
    ["<a></b>", /XML/u],
    ["</stream:stream>", /closed the stream/u],
    ["<!DOCTYPE x [<!ENTITY a 'b'>]>", /document type/u],
    ["<!-- -->", /comment/u],
    ["<message><?php ?></message>", /processing instruction/u],
    ["<a xmlns='urn:xmpp:sm:3' h='1000'/>", /more than it got/u],
    ["<a xmlns='urn:xmpp:sm:3' h='-1'/>", /more than it got/u],
    ["<a xmlns='urn:xmpp:sm:3'/>", /more than it got/u],
    [
      "<stream:error><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>",
      /xmpp_resource/u,
    ],
    [
      "<stream:error><see-other-host xmlns='urn:ietf:params:xml:ns:xmpp-streams'>other.example:5222</see-other-host></stream:error>",
      /other\.example:5222.*xmpp_server/u,
    ],
    ["<message><body>&#7;</body></message>", /XML/u],
    ["<stream:error/>", /undefined-condition/u],
  ])("%j ends the connection, not the process", async (text, message) => {
    const { bot, client } = await scene();
    client.send(text);
    await expect(bot.recv()).rejects.toMatchObject({ code: "not_connected", message });
  });

  it.each([
    ["elements inside elements", deep(5000), /64 elements/u],
    ["a text of a megabyte", `<message from="alice@localhost"><body>${"x".repeat(1_000_000)}`, /262144/u],
    ["an element of many attributes", `<message ${"a='b' ".repeat(100_000)}`, /262144/u],
    ["an endless name", `<${"x".repeat(300_000)}`, /262144/u],
  ])("%s end the connection, not the process", async (_, text, message) => {
    const { bot, client } = await scene();
    client.send(text);
    await expect(bot.recv()).rejects.toMatchObject({ code: "not_connected", message });
  });

  it("characters that come byte by byte are whole", async () => {
    const { bot, client } = await scene();
    const stanza = `<message from="${ROOM}/alice" type="groupchat"><body>micro: h\u00e9llo 👋 日本</body></message>`;
    for (const byte of Buffer.from(stanza)) {
      client.socket.write(Buffer.of(byte));
      // Lets the byte leave alone.
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await bot.recv()).toMatchObject({ data: "h\u00e9llo 👋 日本" });
  });

  it("control characters are not in what is heard", async () => {
    const { bot, client } = await scene();
    client.say("micro: a\u0001b\u0000c\u0007d\u001b[2Je\u009bf\ufffeg\th\ni");
    expect(await bot.recv()).toMatchObject({ data: "abcd[2Jefg\th\ni" });
  });

  it("a thousand messages without a pause keep their order", async () => {
    const { bot, client } = await scene();
    const all = Array.from({ length: 1000 }, (_, i) => `n${i}`);
    for (const one of all) client.say(one);
    for (const one of all) expect((await bot.recv()).data).toBe(one);
  });

  it.each(["</body>", "a'b\"c", "&amp;", "@here", "\u202eevil", "micro:", "micro_", "__proto__"])(
    "somebody called %j is only that",
    async (nick) => {
      const { bot, client } = await scene();
      const escaped = nick.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
      client.say("micro: ping", { nick: escaped });
      const event = await bot.recv();
      expect(event).toMatchObject({ assurance: 0, from: { room: ROOM, person: nick } });
      await bot.answer(event, "pong");
      const said = await client.next((one) => one.is("message"));
      expect(said.getChildText("body")).toBe(`${nick}: pong`);
    },
  );
});

describe.skipIf(noProsody)("what is heard and not run", () => {
  /** Says these, then `end`, and tells what of it was heard. */
  async function heard(...says: ((client: Client) => void)[]): Promise<string[]> {
    const { bot, client } = await scene();
    for (const say of says) say(client);
    client.say("micro: end");
    const all = [];
    for (let event = await bot.recv(); event.data !== "end"; event = await bot.recv())
      all.push(`${event.data} ${event.addressed}`);
    return all;
  }
  const direct = (more: string, from = "alice@localhost/phone") =>
    `<message from="${from}" type="chat"><body>ping</body>${more}</message>`;

  it.each([
    ["XEP-0203", `<delay xmlns="urn:xmpp:delay" stamp="2002-09-10T23:41:07Z"/>`],
    ["XEP-0203, as if by the bot's own server", `<delay xmlns="urn:xmpp:delay" from="micro@localhost"/>`],
    ["XEP-0203, in a prefix", `<d:delay xmlns:d="urn:xmpp:delay"/>`],
    ["XEP-0091", `<x xmlns="jabber:x:delay"/>`],
    ["a carbon", `<received xmlns="urn:xmpp:carbons:2"/>`],
    ["a carbon of one's own", `<sent xmlns="urn:xmpp:carbons:2"/>`],
    ["forwarded", `<forwarded xmlns="urn:xmpp:forward:0"/>`],
    ["from an archive", `<result xmlns="urn:xmpp:mam:2"/>`],
  ])("%s: nothing at all", async (_, more) => {
    expect(
      await heard(
        (client) => client.say("micro: ping", { more }),
        (client) => client.send(direct(more)),
      ),
    ).toEqual([]);
  });

  it("a correction and what somebody does is not asked of the bot", async () => {
    const replace = `<replace xmlns="urn:xmpp:message-correct:0" id="1"/>`;
    const all = await heard(
      (client) => client.say("micro: ping", { more: replace }),
      (client) => client.send(direct(replace)),
      (client) => client.send(direct("").replace("ping", "/me waves")),
    );
    expect(all).toEqual(["micro: ping false", "ping false", "waves false"]);
  });

  it("without a message of people in it, nothing", async () => {
    const all = await heard(
      (client) =>
        client.send(
          `<message from="alice@localhost" type="chat"><composing xmlns="http://jabber.org/protocol/chatstates"/></message>`,
        ),
      (client) =>
        client.send(`<message from="${ROOM}/alice" type="groupchat"><subject>ping</subject></message>`),
      (client) =>
        client.send(
          `<message from="alice@localhost"><body xmlns="http://www.w3.org/1999/xhtml">ping</body></message>`,
        ),
      (client) => client.send(`<message from="alice@localhost"><body>   </body></message>`),
    );
    expect(all).toEqual([]);
  });
});

describe.skipIf(noProsody)("receipts", () => {
  /** Does not say that it has got a message. */
  const silent: PeerOptions["answer"] = (one) =>
    one.is("r") || one.is("message") || one.getChild("ping") !== undefined;

  it("a direct message is taken when the server has counted it", async () => {
    const { bot, client } = await scene({ answer: silent });
    let taken = false;
    const sending = bot.say("alice@localhost", "hello").then(() => (taken = true));
    await client.next((one) => one.is("r"));
    client.say("micro: ping");
    await bot.recv();
    expect(taken).toBe(false);
    client.count();
    await sending;
  });

  it("a message to a room is taken when the room shows it, not when the server has counted it", async () => {
    const { bot, client } = await scene({ answer: silent });
    let taken = false;
    const sending = bot.say(ROOM, "hello").then(() => (taken = true));
    const message = await client.next((one) => one.is("message"));
    client.count();
    client.say("micro: ping");
    await bot.recv();
    expect(taken).toBe(false);
    client.say("hello", { nick: "micro", attrs: `id="${message.attrs.id}"` });
    await sending;
  });

  it("a room that gives messages ids of its own is understood by what was said", async () => {
    const { bot, client } = await scene({ answer: silent });
    const sending = bot.say(ROOM, "hello");
    await client.next((one) => one.is("message"));
    client.say("hello", { nick: "micro", attrs: `id="other"` });
    await sending;
  });

  it("where the server does not count, the answer to a ping after the message tells", async () => {
    const { bot, client } = await scene({ counts: false, answer: silent });
    let taken = false;
    const sending = bot.say("alice@localhost", "hello").then(() => (taken = true));
    const ping = await client.next((one) => one.getChild("ping") !== undefined);
    client.say("micro: ping");
    await bot.recv();
    expect(taken).toBe(false);
    client.send(`<iq type="result" id="${ping.attrs.id}" from="localhost"/>`);
    await sending;
  });

  it("nobody else can say that it was taken", async () => {
    const { bot, client } = await scene({ counts: false, answer: silent }, { xmpp_timeout: 1500 });
    const sending = bot.say("alice@localhost", "hello");
    const ping = await client.next((one) => one.getChild("ping") !== undefined);
    client.send(`<iq type="result" id="${ping.attrs.id}" from="mallory@example.org/x"/>`);
    await expect(sending).rejects.toMatchObject({ code: "timeout" });
  });

  it.each([
    ["forbidden", "denied"],
    ["item-not-found", "not_found"],
    ["resource-constraint", "limited"],
    ["service-unavailable", "failed"],
    ["of no known kind", "failed"],
  ])("an error %s that comes back is %s, in the server's words", async (condition, code) => {
    const name = condition.replaceAll(" ", "-");
    const answer: PeerOptions["answer"] = (one, client) => {
      if (one.is("message"))
        client.send(
          `<message type="error" id="${one.attrs.id}" from="${one.attrs.to}"><error><${name} xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/><text xmlns="urn:ietf:params:xml:ns:xmpp-stanzas">no way</text></error></message>`,
        );
      return one.is("message");
    };
    const { bot } = await scene({ answer });
    for (const to of [ROOM, "alice@localhost"])
      await expect(bot.say(to, "hello")).rejects.toMatchObject({
        code,
        message: new RegExp(`${name} \\(no way\\)`, "u"),
      });
  });

  it("a connection that ends for good leaves it unknown", async () => {
    const { bot, client } = await scene({ counts: false, answer: silent });
    const sending = expect(bot.say(ROOM, "hello")).rejects.toMatchObject({ code: "timeout" });
    await client.next((one) => one.is("message"));
    client.socket.destroy();
    await sending;
  });

  it("of two connections with one session the second tells what became of the first one's messages", async () => {
    let resumed = 0;
    const answer: PeerOptions["answer"] = (one, client) => {
      if (one.is("resume")) {
        resumed++;
        client.send(`<resumed xmlns="urn:xmpp:sm:3" previd="s" h="3"/>`);
      }
      return one.is("resume") || one.is("r") || one.is("message");
    };
    const peer = await startPeer({ answer });
    onTestFinished(() => peer.stop());
    const [client, bot] = await Promise.all([peer.client(), startBot(peer.values)]);
    onTestFinished(() => bot.input.stop());
    // Two presences went before: of these two messages the third stanza is the first.
    const first = bot.say("alice@localhost", "taken");
    const second = expect(bot.say("alice@localhost", "lost")).rejects.toMatchObject({
      code: "not_connected",
    });
    await client.next((one) => one.getChildText("body") === "lost");
    client.socket.destroy();
    await expect(bot.recv()).rejects.toMatchObject({ code: "not_connected" });
    await bot.input.stream();
    expect(resumed).toBe(1);
    await first;
    await second;
  });

  it("what is refused later, when nobody waits, is not answered", async () => {
    const { bot, client } = await scene();
    client.send(
      `<message from="alice@localhost" type="error" id="x"><body>ping</body><error type="cancel"/></message>`,
    );
    client.say("micro: ping");
    expect(await bot.recv()).toMatchObject({ data: "ping" });
    expect(client.left((one) => one.is("message"))).toEqual([]);
  });
});

describe.skipIf(noProsody)("a server that falls silent", () => {
  const deaf: PeerOptions["answer"] = (one) => one.attrs.id === "quiet";

  it("is pinged, and left when it does not answer", async () => {
    const { bot, client } = await scene({ answer: deaf }, { xmpp_timeout: 1000 });
    await client.next((one) => one.attrs.id === "quiet");
    await expect(bot.recv()).rejects.toMatchObject({
      code: "not_connected",
      message: /no answer in 1000 ms/u,
    });
  });

  it("is kept when it answers", async () => {
    const { bot, client } = await scene({}, { xmpp_timeout: 1000 });
    for (let i = 0; i < 2; i++) await client.next((one) => one.attrs.id === "quiet");
    client.say("micro: ping");
    expect(await bot.recv()).toMatchObject({ data: "ping" });
  });

  it.each(["auth", "iq", "enable"])("at %s is not_connected", async (name) => {
    const peer = await startPeer({ answer: (one) => one.is(name) });
    onTestFinished(() => peer.stop());
    const { input } = await startInput({ ...peer.values, xmpp_timeout: 300 });
    onTestFinished(() => input.stop());
    await expect(input.stream()).rejects.toMatchObject({ code: "not_connected", message: /300 ms/u });
  });

  it.each(["starttls", "direct"])("from the first byte on, with %s, is not_connected", async (xmpp_tls) => {
    const sockets = new Set<net.Socket>();
    const server = net.createServer((socket) => sockets.add(socket)).listen(0, "127.0.0.1");
    onTestFinished(() => {
      for (const socket of sockets) socket.destroy();
      server.close();
    });
    await once(server, "listening");
    const { port: xmpp_port } = server.address() as net.AddressInfo;
    const account = { xmpp_jid: "micro@localhost", xmpp_password: "hunter2" };
    const { input } = await startInput({ ...account, xmpp_port, xmpp_tls, xmpp_timeout: 300 });
    onTestFinished(() => input.stop());
    await expect(input.stream()).rejects.toMatchObject({ code: "not_connected", message: /300 ms/u });
  });

  it("that lets nobody into the room is connected to all the same, and shows which", async () => {
    const { bot } = await scene({ answer: (one) => one.is("presence") }, { xmpp_timeout: 1500 });
    expect(bot.input.status?.()).toMatchObject([{ name: `xmpp ${ROOM}`, state: "down" }]);
    await expect(bot.say(ROOM, "hello")).rejects.toMatchObject({
      code: "limited",
      detail: { retryAfter: expect.any(Number) },
    });
  });

  it("that answers no farewell is left all the same", async () => {
    const { bot, client } = await scene();
    client.socket.pause();
    await expect(bot.conn.close()).resolves.toBeUndefined();
  });
});

describe.skipIf(noProsody)("who is believed", () => {
  async function who(presence: string, room = ROOM): Promise<string> {
    const { bot, client } = await scene({}, { xmpp_rooms: [ROOM] });
    client.send(presence);
    client.send(`<message from="${room}/alice" type="groupchat"><body>micro: ping</body></message>`);
    const { from, assurance } = await bot.recv();
    return `${from.person} ${assurance}`;
  }

  it.each([
    ["a room that tells the JID", inRoom("alice", "<item jid='Boss@Localhost/phone'/>"), "boss@localhost 1"],
    ["a room that does not", inRoom("alice", "<item affiliation='owner'/>"), "alice 0"],
    ["nobody, before they are there", "", "alice 0"],
    ["a JID of no person", inRoom("alice", "<item jid='localhost'/>"), "alice 0"],
    [
      "two different words in one presence",
      inRoom("alice", "<item jid='boss@localhost'/><item jid='eve@localhost'/>"),
      "alice 0",
    ],
    [
      "a second extension beside the room's",
      inRoom("alice", "<item/>").replace(
        "</presence>",
        `<x xmlns="http://jabber.org/protocol/muc#user"><item jid="boss@localhost"/></x></presence>`,
      ),
      "alice 0",
    ],
    [
      "somebody who took the nick of one who left",
      inRoom("alice", "<item jid='boss@localhost'/>") + inRoom("alice", "<item/>", "type='unavailable'"),
      "alice 0",
    ],
    [
      "somebody who took the nick of one who took another",
      inRoom("alice", "<item jid='boss@localhost'/>") +
        inRoom("alice", "<item nick='bob'/><status code='303'/>", "type='unavailable'") +
        inRoom("alice", "<item/>"),
      "alice 0",
    ],
  ])("%s", async (_, presence, expected) => {
    expect(await who(presence)).toBe(expected);
  });

  it("an invitation in an inviter's name by a room elsewhere is not followed, the inviter's own is", async () => {
    const { bot, client } = await scene({}, { xmpp_inviters: ["boss@localhost"] });
    const evil = "trap@rooms.example.org";
    client.send(
      `<message from="${evil}"><x xmlns="http://jabber.org/protocol/muc#user"><invite from="boss@localhost"/></x></message>`,
      `<message from="mallory@localhost"><x xmlns="jabber:x:conference" jid="${evil}"/></message>`,
      `<message from="boss@localhost/phone"><x xmlns="jabber:x:conference" jid="lab@rooms.example.org"/></message>`,
    );
    await client.next((one) => one.attrs.to === "lab@rooms.example.org/micro");
    expect(client.left((one) => one.attrs.to?.startsWith("trap") === true)).toEqual([]);
    // And what that room says of people is still only a claim.
    const said = inRoom("boss", "<item jid='boss@localhost'/>") + inRoom("micro", "<status code='110'/>");
    client.send(said.replaceAll(ROOM, "lab@rooms.example.org"));
    client.send(
      `<message from="lab@rooms.example.org/boss" type="groupchat"><body>micro: ping</body></message>`,
    );
    expect(await bot.recv()).toMatchObject({ assurance: 0, from: { person: "boss" } });
  });

  it("who asks to see the bot's presence may when of its own domain", async () => {
    const { client } = await scene();
    client.send(
      `<presence type="subscribe" from="alice@localhost"/><presence type="subscribe" from="eve@example.org"/>`,
    );
    const answer = (to: string) => client.next((one) => one.is("presence") && one.attrs.to === to);
    expect((await answer("alice@localhost")).attrs.type).toBe("subscribed");
    expect((await answer("eve@example.org")).attrs.type).toBe("unsubscribed");
  });
});

describe.skipIf(noProsody)("what is said before TLS", () => {
  it.each([
    `<stream:features><mechanisms xmlns="urn:ietf:params:xml:ns:xmpp-sasl"><mechanism>PLAIN</mechanism></mechanisms></stream:features>`,
    `<success xmlns="urn:ietf:params:xml:ns:xmpp-sasl"/><message from="boss@localhost"><body>boo</body></message>`,
  ])("%j is forgotten", async (injected) => {
    const peer = await startTlsPeer(injected);
    onTestFinished(() => peer.stop());
    const [client, bot] = await Promise.all([peer.client(), startBot(peer.values)]);
    onTestFinished(() => bot.input.stop());
    client.say("micro: ping");
    expect(await bot.recv()).toMatchObject({ data: "ping" });
  });

  it("a certificate of another domain is refused, by STARTTLS and direct", async () => {
    for (const peer of [await startTlsPeer(""), await startPeer()]) {
      onTestFinished(() => peer.stop());
      const { input } = await startInput({ ...peer.values, xmpp_jid: "micro@example.org" });
      onTestFinished(() => input.stop());
      await expect(input.stream()).rejects.toMatchObject({
        code: "not_connected",
        message: /certificate is not for example\.org.*xmpp_jid/u,
      });
    }
  });

  it("is not answered with a password, when TLS is not offered", async () => {
    const peer = await startTlsPeer("");
    onTestFinished(() => peer.stop());
    const { input, logged } = await startInput({ ...peer.values, xmpp_tls: "none", xmpp_timeout: 500 });
    onTestFinished(() => input.stop());
    await expect(input.stream()).rejects.toMatchObject({ code: "not_connected" });
    expect(logged.join("")).not.toContain("hunter2");
  });
});

describe.skipIf(noProsody)("ids of events", () => {
  it("are the room's or the own server's, by nobody else, and else unique", async () => {
    const { bot, client } = await scene();
    const id = (by: string) => `<stanza-id xmlns="urn:xmpp:sid:0" by="${by}" id="abc"/>`;
    client.say("1", { more: id(ROOM) });
    client.say("2", { more: id("alice@localhost") });
    client.say("3", { attrs: "id='abc'" });
    client.send(`<message from="alice@localhost"><body>4</body>${id("micro@localhost")}</message>`);
    const ids = [];
    for (let i = 0; i < 4; i++) ids.push((await bot.recv()).id);
    expect(ids[0]).toBe(`${ROOM} abc`);
    expect(ids[3]).toBe("alice@localhost abc");
    expect(new Set(ids).size).toBe(4);
    expect(ids[1]).not.toContain("abc");
    expect(ids[2]).not.toContain("abc");
  });

  it("what was not acknowledged is not told to be handled, and has the same id when it comes again", async () => {
    const handled: (string | undefined)[] = [];
    const answer: PeerOptions["answer"] = (one, client) => {
      if (!one.is("resume")) return false;
      handled.push(one.attrs.h);
      client.send(`<resumed xmlns="urn:xmpp:sm:3" previd="s" h="2"/>`);
      client.say("second", {
        more: `<delay xmlns="urn:xmpp:delay" from="micro@localhost" stamp="2026-01-01T00:00:00Z"/>`,
      });
      return true;
    };
    const peer = await startPeer({ answer });
    onTestFinished(() => peer.stop());
    const [client, bot] = await Promise.all([peer.client(), startBot(peer.values)]);
    onTestFinished(() => bot.input.stop());
    client.say("first");
    client.say("second");
    await bot.recv();
    const once = await bot.conn.recv();
    client.socket.destroy();
    await expect(bot.conn.recv()).rejects.toMatchObject({ code: "not_connected" });
    const conn = await bot.input.stream();
    expect(await conn.recv()).toEqual({ ...once, time: expect.any(Number) });
    // Its own presence and the first message; not the second one.
    expect(handled).toEqual(["2"]);
  });
});
