import type { Element } from "./element.ts";

/** Files of one message, and letters of one name. */
const MOST = 20;
const LONGEST = 200;

/** Names of files that a message is about: where they lie (XEP-0066), or as it says (XEP-0446 in XEP-0447). */
export function filesOf(stanza: Element): string[] {
  const shared = stanza
    .getChildren("file-sharing", "urn:xmpp:sfs:0")
    .map((one) => one.getChild("file", "urn:xmpp:file:metadata:0")?.getChildText("name"));
  const linked = stanza.getChildren("x", "jabber:x:oob").map((one) => nameIn(one.getChildText("url")));
  const names = (shared.some(Boolean) ? shared : linked).flatMap((name) =>
    name ? [name.slice(0, LONGEST)] : [],
  );
  return names.slice(0, MOST);
}

/** The last part of an address's path. */
function nameIn(url: string | null | undefined): string | undefined {
  if (!url || !URL.canParse(url)) return undefined;
  const name = new URL(url).pathname.split("/").at(-1);
  try {
    return decodeURIComponent(name ?? "");
  } catch {
    return name;
  }
}
