// Good access files. Of each, many a beginning is a good one, too, and lets people do more.
import { readFileSync } from "node:fs";

const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");

export const FILES: Readonly<Record<string, string>> = {
  "of the README": /```yaml\n([\s\S]*?)```/u.exec(readme)![1]!,
  "with an approval at its end": `people:
  alice: [slack:U0ALICE, irc:alice]
  bob: irc:bob
  carol: xmpp:carol@example.com
rules:
  - command: deregister
    allow: anyone
    assurance: 1
    why: Während des Frühlings
    approval:
      by: [alice, bob, carol, operators]
      count: 12
      within: 10m
`,
  "with a refusal at its end, and people whose lists are long": `people:
  bob:
    - irc:bob
    - slack:U0BOB
roles:
  away: [bob]
rules:
  - command: deploy
    allow: anyone
  - command: call
    args: staging|production
    rooms: irc:#operations
    allow: anyone
  - command: "*"
    deny: away
`,
  "whose rules go before its people": `rules:
  - { command: [deploy, call], deny: bob }
  - { command: [deploy, call], allow: anyone }
people:
  alice: irc:alice
  bob:
    - irc:bob
    - slack:U0BOB
    - xmpp:carol@example.com
`,
  "with line ends of Windows":
    "people:\r\n  bob: irc:bob\r\nrules:\r\n  - command: deploy\r\n    allow: anyone\r\n    approval: { by: operators }\r\n  - command: call\r\n    deny: anyone\r\n",
  "of JSON": JSON.stringify(
    { people: { bob: "irc:bob" }, rules: [{ command: "call", deny: "bob" }] },
    null,
    2,
  ),
};
