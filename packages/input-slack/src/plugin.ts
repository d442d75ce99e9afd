import { BotError, type Flag, type Input, type Log, type Status, type Values } from "@micro-bot/core";
import { RecentMap } from "@micro-bot/kit";
import type { SlackConn, Taken, Transport } from "./conn.ts";
import type { Sockets } from "./sockets.ts";

const flags = [
  { name: "slack_token", required: true, secret: true, usage: "Bot token of the app (xoxb-…)" },
  { name: "slack_app_token", secret: true, usage: "App-level token (xapp-…), for Socket Mode" },
  {
    name: "slack_signing_secret",
    secret: true,
    usage: "Signing secret of the app, for events by HTTP instead",
  },
  { name: "slack_port", type: "number", usage: "Port to listen on, for events by HTTP instead" },
  {
    name: "slack_host",
    default: "127.0.0.1",
    usage: "Address of this machine that slack_port listens on; 0.0.0.0 is all of them",
  },
  { name: "slack_api_url", usage: "Another address of the Web API, for tests" },
  {
    name: "slack_timeout",
    type: "duration",
    min: 1,
    default: "15s",
    usage: "How long Slack may take to answer a call",
  },
] as const satisfies readonly Flag[];

const name = "slack";
/** Replies of several parts that are not yet whole. */
const MAX_PARTLY_SENT = 1000;

/** Slack: Socket Mode by two sockets at least, or events by HTTP, and the Web API. */
export function slack(): Input {
  let settings: Values<typeof flags>;
  let log: Log;
  let parts: (typeof import("./parts.ts") & Pick<typeof import("@slack/web-api"), "WebClient">) | undefined;
  let conn: SlackConn | undefined;
  let sockets: Sockets | undefined;
  const taken: Taken = new RecentMap(MAX_PARTLY_SENT);

  async function hangUp(): Promise<void> {
    await conn?.close();
    conn = undefined;
    sockets = undefined;
  }

  function transportFor(mine: SlackConn): Transport {
    const { slack_app_token: appToken, slack_api_url: apiUrl, slack_timeout: timeout } = settings;
    const took = mine.took.bind(mine);
    if (appToken === undefined)
      return new parts!.HttpEvents({
        host: settings.slack_host,
        port: settings.slack_port!,
        secret: settings.slack_signing_secret!,
        took,
      });
    sockets = new parts!.Sockets({ appToken, apiUrl, timeout, log, took, over: (error) => mine.end(error) });
    return sockets;
  }

  return {
    name,
    flags: () => flags,

    init(ctx) {
      settings = check(ctx.flags(flags));
      log = ctx.log;
    },

    async start() {
      if (parts) return;
      const [own, { WebClient }] = await Promise.all([import("./parts.ts"), import("@slack/web-api")]);
      parts = { ...own, WebClient };
    },

    async stream() {
      await hangUp();
      if (!parts) throw new BotError("closed", "[input-slack] it is not started");
      const { slack_token: token, slack_api_url: slackApiUrl, slack_timeout: timeout } = settings;
      const web = new parts.WebClient(token, {
        // Trying again, and waiting when told to, are the engine's: a lost answer must not become a second message.
        retryConfig: { retries: 0 },
        rejectRateLimitedCalls: true,
        timeout,
        logger: parts.SILENT,
        ...(slackApiUrl !== undefined && { slackApiUrl }),
      });
      const mine = new parts.SlackConn(web, log, taken);
      conn = mine;
      try {
        await mine.open(transportFor(mine));
      } catch (error) {
        await mine.close();
        throw error;
      }
      return mine;
    },

    async stop() {
      parts = undefined;
      await hangUp();
    },

    status(): readonly Status[] {
      if (!conn || !sockets || sockets.size >= 2) return [];
      return [{ name: "slack sockets", state: "up", note: `${sockets.size} of 2` }];
    },
  };
}

function check(given: Values<typeof flags>): Values<typeof flags> {
  const wrong = (what: string) => new BotError("config", `[input-slack] ${what}`);
  const { slack_token: token, slack_app_token: app, slack_signing_secret: secret, slack_port: port } = given;
  const { slack_api_url: url, slack_host: host } = given;
  if (!token) throw wrong("slack_token is required: --slack_token=xoxb-… or MICRO_SLACK_TOKEN");
  for (const [flag, value] of Object.entries({
    slack_token: token,
    slack_app_token: app,
    slack_signing_secret: secret,
  }))
    if (/[^\x21-\x7e]/u.test(value ?? ""))
      throw wrong(`${flag} has a space or another letter that no token has`);
  if (token.startsWith("xapp-"))
    throw wrong("slack_token is an app-level token: the bot token, which begins with xoxb-, is wanted here");
  if (app?.startsWith("xoxb-"))
    throw wrong(
      "slack_app_token is a bot token: the app-level token, which begins with xapp-, is wanted here",
    );
  if (url !== undefined && !(URL.canParse(url) && /^https?:/u.test(url)))
    throw wrong(`slack_api_url '${url}' is not a URL, as in https://slack.com/api/`);
  if (app !== undefined && (secret !== undefined || port !== undefined))
    throw wrong(
      "slack_app_token is for Socket Mode, slack_signing_secret and slack_port are for HTTP: give one of the two",
    );
  if (app === undefined && secret === undefined && port === undefined)
    throw wrong(
      "slack_app_token is required (for Socket Mode), or slack_signing_secret and slack_port (for HTTP)",
    );
  if (app === undefined && secret === undefined)
    throw wrong("slack_signing_secret is required with slack_port");
  if (app === undefined && port === undefined)
    throw wrong("slack_port is required with slack_signing_secret");
  if (port !== undefined && (!Number.isInteger(port) || port < 1 || port > 65535))
    throw wrong(`slack_port ${port} is not a port: it is a whole number from 1 to 65535`);
  if (!/^[a-z0-9._-]+$|^[0-9a-f:.]+$/iu.test(host))
    throw wrong(`slack_host '${host}' is not an address of this machine: it is one like 127.0.0.1 or ::`);
  return given;
}
