import { createHmac } from "node:crypto";
import net from "node:net";
import { startSlack } from "../../../packages/input-slack/test/slack.ts";
import { freePort } from "../../../test/servers/lib.ts";
import type { Random } from "../../soak/random.ts";
import { happens, index, mutateBytes } from "../bytes.ts";
import { mutateJson } from "../json.ts";
import type { Peer, Target } from "../target.ts";
import { sayingOf, slackBodies } from "./slack-bodies.ts";

/** Requests of the Events API and of interactions: https://docs.slack.dev/apis/events-api/using-http-request-urls */
export const slackHttpTarget: Target = {
  name: "slack-http",
  about: "requests of Slack's by HTTP, most of them rightly signed",
  input: "slack",
  batch: 500,
  start,
};

const SECRET = "8f742231b10e8888abcd99yyyzzz85a5";
/** A request is broken as a whole, in so many: what follows on its connection is lost. */
const BROKEN = 0.05;

async function start(): Promise<Peer> {
  const server = await startSlack({ retries: 0 });
  const port = await freePort();
  let said = 0;
  let socket: net.Socket | undefined;

  function connection(): net.Socket {
    if (socket?.writable) return socket;
    socket = net.connect(port, "127.0.0.1");
    socket.on("error", () => {});
    socket.resume();
    return socket;
  }

  return {
    values: {
      slack_token: server.botToken,
      slack_signing_secret: SECRET,
      slack_port: port,
      slack_api_url: server.apiUrl,
      slack_timeout: 3000,
    },
    mutate(random) {
      const bytes = request(...body(random));
      const broken = happens(BROKEN, random);
      connection().write(broken ? mutateBytes(bytes, random) : bytes);
      // Its rest would be waited for.
      if (broken) socket?.end();
    },
    say(text) {
      for (const list of [server.violations, server.posts, server.calls, server.ephemerals])
        (list as unknown[]).length = 0;
      socket?.end();
      socket = undefined;
      connection().write(request(JSON.stringify(sayingOf(text, `9.${++said}`)), false));
    },
    async stop() {
      socket?.destroy();
      await server.stop();
    },
  };
}

function body(random: Random): [text: string, form: boolean] {
  const [type, payload] = random.pick(slackBodies)(`1700000000.${index(1e9, random)}`);
  const json = mutateJson(payload, random);
  const text = happens(0.9, random) ? json : mutateBytes(Buffer.from(json), random).toString();
  return type === "interactive"
    ? [`payload=${encodeURIComponent(text.toWellFormed())}`, true]
    : [text, false];
}

function request(text: string, form: boolean): Buffer {
  const time = String(Math.floor(Date.now() / 1000));
  const signature = createHmac("sha256", SECRET).update(`v0:${time}:${text}`).digest("hex");
  const head = [
    "POST / HTTP/1.1",
    "host: localhost",
    `content-type: ${form ? "application/x-www-form-urlencoded" : "application/json"}`,
    `x-slack-request-timestamp: ${time}`,
    `x-slack-signature: v0=${signature}`,
    `content-length: ${Buffer.byteLength(text)}`,
  ];
  return Buffer.from(`${head.join("\r\n")}\r\n\r\n${text}`);
}
