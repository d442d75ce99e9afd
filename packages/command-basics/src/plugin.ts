import type { Command } from "@micro-bot/core";
import { echo } from "./echo.ts";
import { hello } from "./hello.ts";
import { help } from "./help.ts";
import { more } from "./more.ts";
import { ping } from "./ping.ts";
import { status } from "./status.ts";
import { threeLaws } from "./three-laws.ts";
import { time } from "./time.ts";
import { whereAreYou } from "./where-are-you.ts";

export { echo, hello, help, more, ping, status, threeLaws, time, whereAreYou };

/** The commands that need nothing, by the pattern each is registered under. */
export const basics: Readonly<Record<string, () => Command>> = {
  "^hello$": hello,
  "^ping$": ping,
  "^echo( |$)": echo,
  "^time$": time,
  "^(the )?three laws( of robotics)?$": threeLaws,
  "^where are you\\??$": whereAreYou,
  "^help( |$)": help,
  "^more$": more,
  "^status$": status,
};
