import { type Conn, type Event, type Input, replyTo } from "@micro-bot/core";
import { type FakeLog, fakeLog, fakePluginContext } from "@micro-bot/testkit";
import { onTestFinished } from "vitest";
import { slack } from "../src/plugin.ts";
import { type Slack, type SlackOptions, startSlack } from "./slack.ts";

export interface Setup {
  readonly server: Slack;
  readonly input: Input;
  readonly conn: Conn;
  readonly log: FakeLog;
}

export async function server(options: SlackOptions = {}): Promise<Slack> {
  const one = await startSlack(options);
  onTestFinished(() => one.stop());
  return one;
}

export function inputOn(
  one: Slack,
  values: Record<string, string | number> = {},
): { input: Input; log: FakeLog } {
  const input = slack();
  const log = fakeLog();
  const tokens = { slack_token: one.botToken, slack_app_token: one.appToken, slack_api_url: one.apiUrl };
  input.init(fakePluginContext({ slack_timeout: 3000, ...tokens, ...values }, { log }));
  onTestFinished(() => input.stop());
  return { input, log };
}

export async function connected(options: SlackOptions = {}): Promise<Setup> {
  const one = await server(options);
  const { input, log } = inputOn(one);
  await input.start();
  return { server: one, input, conn: await input.stream(), log };
}

let count = 0;

export function reply(event: Event, data: string, more: Partial<Event> = {}): Event {
  return { ...replyTo(event, data, `reply${count++}`, Date.now()), ...more };
}
