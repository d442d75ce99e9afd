/** An element that is going to be sent. */
export interface Tag {
  readonly name: string;
  readonly attrs: Readonly<Record<string, string | undefined>>;
  readonly children: readonly (Tag | string)[];
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
  "\t": "&#9;",
  "\n": "&#10;",
  "\r": "&#13;",
};
// XML 1.0, section 2.2: all that may not stand in a document, also not as a reference; and half a surrogate pair.
const NOT_XML = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/gu;

/** `tag("message", { to }, tag("body", {}, text))`. Attributes that are undefined are left out. */
export function tag(
  name: string,
  attrs: Tag["attrs"] = {},
  ...children: readonly (Tag | string | undefined)[]
): Tag {
  return { name, attrs, children: children.filter((child) => child !== undefined) };
}

/** The element as XML 1.0. Whatever text and attributes hold, it is one element; what XML cannot hold is gone. */
export function render({ name, attrs, children }: Tag): string {
  const pairs = Object.entries(attrs).filter((pair): pair is [string, string] => pair[1] !== undefined);
  const open = [name, ...pairs.map(([key, value]) => `${key}="${escaped(value, /[&<>"'\t\n\r]/gu)}"`)].join(
    " ",
  );
  if (children.length === 0) return `<${open}/>`;
  const inside = children.map((child) =>
    typeof child === "string" ? escaped(child, /[&<>\r]/gu) : render(child),
  );
  return `<${open}>${inside.join("")}</${name}>`;
}

function escaped(text: string, special: RegExp): string {
  return text
    .toWellFormed()
    .replace(NOT_XML, "")
    .replace(special, (char) => ENTITIES[char]!);
}
