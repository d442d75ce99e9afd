import { createHmac } from "node:crypto";
import { describe, expect, onTestFinished, test } from "vitest";
import { freePort } from "../../../test/servers/lib.ts";
import { BOT, TEAM } from "./slack.ts";
import { inputOn, server } from "./support.ts";

const SECRET = "8f742231b10e8888abcd99yyyzzz85a5";

async function listening(more: { slack_host?: string } = {}) {
  const one = await server();
  const port = await freePort();
  const values = {
    slack_app_token: undefined as never,
    slack_signing_secret: SECRET,
    slack_port: port,
    ...more,
  };
  const { input } = inputOn(one, values);
  await input.start();
  const conn = await input.stream();
  onTestFinished(() => conn.close());
  const post = (
    body: string,
    { at = Date.now() / 1000, secret = SECRET, type = "application/json" } = {},
  ) => {
    const time = String(Math.floor(at));
    const signature = `v0=${createHmac("sha256", secret).update(`v0:${time}:${body}`).digest("hex")}`;
    return fetch(`http://127.0.0.1:${port}/`, {
      method: "POST",
      headers: { "content-type": type, "x-slack-request-timestamp": time, "x-slack-signature": signature },
      body,
    });
  };
  return { conn, post, port };
}

const said = (text: string) =>
  JSON.stringify({
    type: "event_callback",
    team_id: TEAM,
    event_id: "Ev1",
    event: { type: "message", user: "U0ALICE", text, ts: "1.000001", channel: "C0OPS", team: TEAM },
  });

describe("events by HTTP", () => {
  test("are answered when they are safe, and not before", async () => {
    const { conn, post } = await listening();
    let answered = false;
    const answer = post(said(`<@${BOT}> ping`)).then((response) => {
      answered = true;
      return response.status;
    });
    const event = await conn.recv();
    expect(event).toMatchObject({ data: "ping", addressed: true, assurance: 2 });
    expect(answered).toBe(false);
    await conn.ack!(event);
    expect(await answer).toBe(200);
  });

  test("must be signed by Slack, now", async () => {
    const { post } = await listening();
    const now = Date.now() / 1000;
    for (const how of [{ secret: "other" }, { at: now - 400 }, { at: now + 400 }])
      expect((await post(said("forged"), how)).status).toBe(401);
  });

  test("are listened for on this machine only, or on the address that was named", async () => {
    const at = (port: number, host: string) =>
      fetch(`http://${host}:${port}/`).then(
        ({ status }) => status,
        () => "nobody",
      );
    const { port } = await listening();
    expect([await at(port, "127.0.0.1"), await at(port, "127.0.0.2")]).toEqual([405, "nobody"]);
    const other = await listening({ slack_host: "127.0.0.2" });
    expect([await at(other.port, "127.0.0.1"), await at(other.port, "127.0.0.2")]).toEqual(["nobody", 405]);
  });

  test("may be the first greeting, a button, or nonsense", async () => {
    const { conn, post, port } = await listening();
    const greeting = await post(JSON.stringify({ type: "url_verification", challenge: "abc" }));
    expect(await greeting.text()).toBe("abc");
    expect((await post("nonsense")).status).toBe(400);
    expect((await post("x".repeat(2_000_000))).status).toBe(413);
    expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(405);
    const action = { block_id: "micro_choices", value: "yes", action_ts: "3.000001" };
    const payload = {
      type: "block_actions",
      user: { id: "U0BOB", team_id: TEAM },
      channel: { id: "C0OPS" },
      message: { ts: "2.000001" },
      actions: [action],
    };
    const form = `payload=${encodeURIComponent(JSON.stringify(payload))}`;
    const pressed = post(form, { type: "application/x-www-form-urlencoded" });
    const event = await conn.recv();
    expect(event).toMatchObject({ data: "yes", from: { person: "U0BOB" } });
    await conn.ack!(event);
    expect((await pressed).status).toBe(200);
  });
});
