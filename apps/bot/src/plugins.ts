import { commands, newCommand } from "@micro-bot/core";

commands.set(
  "^ping$",
  newCommand("ping", "ping", "Returns pong", () => "pong"),
);
commands.set(
  "^echo( |$)",
  newCommand("echo", "echo [text]", "Returns the [text]", (_a, c) => c.rest || "echo what?"),
);
