import type { Command } from "@micro-bot/core";
import { approvals, approve, deny } from "./approve.ts";
import { canI } from "./can-i.ts";
import type { Guard } from "./guard.ts";
import { link, unlink } from "./link.ts";
import { Objections } from "./objections.ts";
import { whoCan } from "./who-can.ts";

/** The commands that go with the stream, by pattern. They share what it knows. */
export function commandsOf(guard: Guard): Readonly<Record<string, Command>> {
  const objections = new Objections(guard);
  return {
    "^can i( |$)": canI(guard),
    "^who can( |$)": whoCan(guard),
    "^approve( |$)": approve(guard, objections),
    "^deny( |$)": deny(guard, objections),
    "^approvals$": approvals(guard, objections),
    "^link( |$)": link(guard),
    "^unlink( |$)": unlink(guard),
  };
}
