// People and bots on XMPP servers, for the tests of every package that speaks XMPP.
export { Person, statuses } from "../../packages/input-xmpp/test/person.ts";
export { type Bot, botOf, contextOf } from "../../packages/input-xmpp/test/support.ts";
