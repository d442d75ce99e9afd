import { startSlack } from "../../../packages/input-slack/test/slack.ts";
import type { Random } from "../../soak/random.ts";
import { happens, index, mutateBytes } from "../bytes.ts";
import { mutateJson } from "../json.ts";
import type { Peer, Target } from "../target.ts";
import { envelope, sayingOf, slackBodies } from "./slack-bodies.ts";

/** Frames of Socket Mode: https://docs.slack.dev/apis/events-api/using-socket-mode */
export const slackTarget: Target = {
  name: "slack",
  about: "frames of Slack's Socket Mode",
  input: "slack",
  batch: 1000,
  start,
};

/** A frame is one of these, that is not about what was said, in so many. */
const OTHERS = 0.01;
const HELLO = {
  type: "hello",
  num_connections: 1,
  connection_info: { app_id: "A1" },
  debug_info: { host: "x" },
};
const DISCONNECT = { type: "disconnect", reason: "refresh_requested", debug_info: { host: "x" } };

async function start(): Promise<Peer> {
  const server = await startSlack({ retries: 0 });
  let said = 0;
  return {
    values: {
      slack_token: server.botToken,
      slack_app_token: server.appToken,
      slack_api_url: server.apiUrl,
      slack_timeout: 3000,
    },
    mutate(random) {
      const text = frame(random);
      const bytes = Buffer.from(text);
      if (server.sockets === 0) return;
      server.raw(
        happens(0.5, random) ? text : happens(0.9, random) ? mutateBytes(bytes, random).toString() : bytes,
      );
    },
    say(text) {
      // What it wrote down, and all that it counted of frames that it had not sent itself.
      for (const list of [server.violations, server.posts, server.acks, server.calls, server.ephemerals])
        (list as unknown[]).length = 0;
      said++;
      if (server.sockets > 0)
        server.raw(JSON.stringify(envelope("events_api", sayingOf(text, `9.${said}`), said)));
    },
    stop: () => server.stop(),
  };
}

function frame(random: Random): string {
  if (happens(OTHERS, random)) return mutateJson(random.pick([HELLO, DISCONNECT]), random);
  const number = index(1e9, random);
  const [type, body] = random.pick(slackBodies)(`1700000000.${number}`);
  return mutateJson(envelope(type, body, number), random);
}
