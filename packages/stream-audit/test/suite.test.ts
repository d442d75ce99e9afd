import { memoryStore } from "@micro-bot/core";
import { event, fakePluginContext, fakeTurn, testCommand, testStream } from "@micro-bot/testkit";
import { audit } from "../src/plugin.ts";

testStream({
  name: "audit",
  has: ["receive", "send", "follow"],
  create: () => audit().stream,
  turn: () => fakeTurn({ match: { kind: "unknown" } }),
  reply: () => event({ data: "pong", addressed: false, to: { input: "fake", room: "elsewhere" } }),
});

testCommand({
  name: "audit",
  pattern: "^audit( |$)",
  create() {
    const { stream, command } = audit();
    stream.init!(fakePluginContext({}, { store: memoryStore() }));
    return command;
  },
  examples: [
    { say: "audit", answers: "nothing of that is recorded" },
    { say: "audit last 5 by fake:alice command ping since 2h", answers: "nothing of that is recorded" },
    { say: "audit between 2026-01-01 and 2026-01-02 17:30", answers: "nothing of that is recorded" },
    { say: "audit verify", answers: "no records yet" },
    { say: "audit last none", throws: "invalid" },
    { say: "audit verify all", throws: "invalid" },
  ],
});
