import { type Command, newCommand } from "@micro-bot/core";

const LAWS = [
  "1. A robot may not injure a human being or, through inaction, allow a human being to come to harm.",
  "2. A robot must obey the orders given it by human beings except where such orders would conflict with the First Law.",
  "3. A robot must protect its own existence as long as such protection does not conflict with the First or Second Laws.",
].join("\n");

/** Asimov's laws. */
export function threeLaws(): Command {
  return newCommand("the three laws", "the three laws", "Returns the three laws of robotics", () => LAWS, {
    reads: true,
    rerun: "safe",
  });
}
