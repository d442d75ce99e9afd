import type { Command } from "@micro-bot/core";
import { type Example, testCommand } from "@micro-bot/testkit";
import { basics } from "../src/plugin.ts";

const examples: Readonly<Record<string, readonly [Example, ...Example[]]>> = {
  "^hello$": [{ say: "hello", answers: "hey what's up?" }],
  "^ping$": [{ say: "ping", answers: "pong" }],
  "^echo( |$)": [
    { say: "echo a  b", answers: "a  b" },
    { say: "echo", answers: "echo what?" },
  ],
  "^time$": [{ say: "time", answers: /^Server time is: \w{3}, \d{2} \w{3} \d{4} \d\d:\d\d:\d\d \S+$/ }],
  "^(the )?three laws( of robotics)?$": [{ say: "three laws", answers: /^1\. A robot may not injure/ }],
  "^where are you\\??$": [{ say: "where are you?", answers: /^hostname: / }],
  "^help( |$)": [{ say: "help nothing", answers: /nothing/ }],
  "^more$": [{ say: "more", answers: "there is no more" }],
  "^status$": [{ say: "status" }],
};

for (const [pattern, create] of Object.entries(basics))
  testCommand({ name: (create() as Command).name, pattern, create, examples: examples[pattern]! });
