import { expect, test } from "vitest";
import { MARK, running } from "./support.ts";

const alice = { input: "email", room: "alice@example.com", person: "alice@example.com" } as const;

test("whoever only claims to be somebody gives them no name", async () => {
  const relay = running({ relay: `email:alice@example.com -> irc:#ops,${MARK}` });
  relay.hear({ ...alice, assurance: 0, names: { person: "Bob" }, data: "I am Bob" });
  relay.hear({ ...alice, assurance: 1, data: "I am Alice" });
  relay.hear({ ...alice, assurance: 1, names: { person: "Alice" }, data: "so I am called" });
  relay.hear({ ...alice, assurance: 0, names: { person: "Bob" }, data: "I am Bob again" });
  relay.hear({ ...alice, assurance: 1, data: "I am Alice still" });
  expect((await relay.rest()).map(({ data }) => data)).toEqual([
    "[Bob] I am Bob",
    "[alice] I am Alice",
    "[Alice] so I am called",
    "[Bob] I am Bob again",
    "[Alice] I am Alice still",
  ]);
});
