import type { Target } from "./target.ts";
import { imapTarget } from "./targets/imap.ts";
import { ircTarget } from "./targets/irc.ts";
import { mailTarget } from "./targets/mail.ts";
import { slackTarget } from "./targets/slack.ts";
import { slackHttpTarget } from "./targets/slack-http.ts";
import { xmppTarget } from "./targets/xmpp.ts";

/** Inputs that are tried, by name. */
export const targets: ReadonlyMap<string, Target> = new Map(
  [ircTarget, imapTarget, mailTarget, slackTarget, slackHttpTarget, xmppTarget].map((one) => [one.name, one]),
);
