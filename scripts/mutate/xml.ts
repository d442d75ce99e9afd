import { render, type Tag, tag } from "../../packages/input-xmpp/src/tag.ts";
import type { Random } from "../soak/random.ts";
import { happens, index, oddText } from "./bytes.ts";

const NAMESPACES = [
  "jabber:client",
  "urn:xmpp:delay",
  "urn:xmpp:fallback:0",
  "urn:xmpp:sid:0",
  "urn:xmpp:sm:3",
  "http://jabber.org/protocol/muc#user",
  "urn:ietf:params:xml:ns:xmpp-stanzas",
  "",
  "x",
];
const NAMES = [
  "body",
  "x",
  "item",
  "error",
  "status",
  "message",
  "presence",
  "iq",
  "a",
  "r",
  "constructor",
  "x:y",
];
const ATTRIBUTES = [
  "from",
  "to",
  "id",
  "type",
  "jid",
  "nick",
  "code",
  "h",
  "start",
  "end",
  "xmlns",
  "by",
  "stamp",
];
/** Put in where nobody would. */
const STRANGERS: readonly Tag[] = [
  tag("delay", { xmlns: "urn:xmpp:delay", from: "ops@conference.localhost", stamp: "x" }),
  tag("replace", { xmlns: "urn:xmpp:message-correct:0" }),
  tag(
    "fallback",
    { xmlns: "urn:xmpp:fallback:0" },
    tag("body", { start: "-5", end: "99999999999999999999" }),
  ),
  tag("encrypted", { xmlns: "eu.siacs.conversations.axolotl" }, tag("payload", {}, "x")),
  tag("x", { xmlns: "jabber:x:oob" }, tag("url")),
  tag("reactions", { xmlns: "urn:xmpp:reactions:0" }),
  tag("error", {}, tag("text", { xmlns: "urn:ietf:params:xml:ns:xmpp-stanzas" }, "x")),
  tag("body", {}, "second"),
  tag("x", { xmlns: "http://jabber.org/protocol/muc#user" }, tag("status", { code: "110" })),
  nested(40),
];

/** An element as XML that is well-formed, with one to three changes of its attributes, names, namespaces, text and children. */
export function mutateXml(element: Tag, random: Random): string {
  let changed = element;
  for (let left = 1 + index(3, random); left > 0; left--) changed = somewhere(changed, random);
  return render(changed);
}

function somewhere(element: Tag, random: Random): Tag {
  const inside = element.children.filter((child) => typeof child !== "string");
  if (inside.length === 0 || happens(0.4, random)) return change(element, random);
  const chosen = random.pick(inside);
  const children = element.children.map((child) => (child === chosen ? somewhere(chosen, random) : child));
  return { ...element, children };
}

function change(element: Tag, random: Random): Tag {
  const { name, attrs, children } = element;
  const keys = Object.keys(attrs);
  const key = keys.length > 0 ? random.pick(keys) : "id";
  const at = index(children.length + 1, random);
  const put = (child: Tag | string): Tag => ({
    ...element,
    children: [...children.slice(0, at), child, ...children.slice(at)],
  });
  switch (index(9, random)) {
    case 0:
      return { ...element, attrs: { ...attrs, [key]: undefined } };
    case 1:
      return { ...element, attrs: { ...attrs, [key]: oddText(attrs[key] ?? "", random) } };
    case 2:
      return {
        ...element,
        attrs: { ...attrs, [random.pick(ATTRIBUTES)]: oddText(attrs[key] ?? "", random) },
      };
    case 3:
      return { ...element, attrs: { ...attrs, xmlns: random.pick(NAMESPACES) } };
    case 4:
      return { ...element, name: happens(0.8, random) ? random.pick(NAMES) : name };
    case 5:
      return put(oddText("text", random));
    case 6:
      return put(random.pick(STRANGERS));
    case 7:
      return put(children.length > 0 ? random.pick(children) : element);
    default:
      return { ...element, children: children.filter((_, n) => n !== at) };
  }
}

function nested(depth: number): Tag {
  return depth === 0 ? tag("a") : tag("a", {}, nested(depth - 1));
}
