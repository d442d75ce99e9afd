import { type Event, newCommand } from "@micro-bot/core";
import { type CommandSuite, event, fakePluginContext, testCommand } from "@micro-bot/testkit";
import { commandsOf, Guard } from "../src/plugin.ts";

const said: Event = event({ input: "irc", person: "alice", room: "alice" });
const ping = newCommand("ping", "ping", "Returns pong", () => "pong");

function suite(pattern: string, examples: CommandSuite["examples"]): void {
  const guard = new Guard();
  guard.init(fakePluginContext({}, { commands: () => [ping] }), [], undefined);
  const create = () => commandsOf(guard)[pattern]!;
  testCommand({
    name: create().name,
    create,
    pattern,
    examples,
    context: () => ({ event: said, commands: { list: () => [ping], match: () => ping } }),
  });
}

suite("^can i( |$)", [
  { say: "can i ping", answers: "yes" },
  { say: "can i fly", throws: "not_found" },
  { say: "can i", throws: "invalid" },
]);
suite("^who can( |$)", [
  { say: "who can ping", answers: "ping is for anyone" },
  { say: "who can", throws: "invalid" },
]);
suite("^approve( |$)", [
  { say: "approve", throws: "invalid" },
  { say: "approve it", throws: "invalid" },
  { say: "approve 7F3K9", throws: "not_found" },
]);
suite("^deny( |$)", [{ say: "deny 7F3K9 not now", throws: "not_found" }]);
suite("^approvals$", [{ say: "approvals", answers: "nothing waits for you" }]);
suite("^link( |$)", [
  { say: "link", answers: /^irc:alice is linked to nothing/ },
  { say: "link irc:alice", throws: "invalid" },
]);
suite("^unlink( |$)", [{ say: "unlink", throws: "not_found" }]);
