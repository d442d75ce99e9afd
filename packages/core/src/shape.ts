/** Of a text that is shown, in characters. */
const MOST = 40;

/** What one member of a plugin must be. Returns what it must be instead, or undefined when it is right. */
type Check = (value: unknown) => string | undefined;

/** Members by name; `""` is the plugin itself. */
type Shape = Readonly<Record<string, Check>>;

const method: Check = (value) => (typeof value === "function" ? undefined : "a function");
const words: Check = (value) => (typeof value === "string" ? undefined : "a text");
const name: Check = (value) => (typeof value === "string" && value !== "" ? undefined : "a name");
const time: Check = (value) =>
  typeof value === "number" && value > 0 ? undefined : "a number of milliseconds";
const object: Check = (value) => (typeof value === "object" && value !== null ? undefined : "an object");
const maybe =
  (check: Check): Check =>
  (value) =>
    value === undefined ? undefined : check(value);
const oneOf =
  (...known: readonly string[]): Check =>
  (value) =>
    known.includes(value as string) ? undefined : known.map((word) => `'${word}'`).join(" or ");

const plugin: Shape = { "": object, flags: maybe(method), init: maybe(method), status: maybe(method) };
const TRAFFIC = ["receive", "may", "send", "follow"];

/** By the name of the map. Without types nobody else would see a slip before a chat does. */
const SHAPES: Readonly<Record<string, Shape>> = {
  commands: {
    ...plugin,
    name,
    usage: words,
    description: words,
    exec: method,
    help: maybe(words),
    access: maybe(oneOf("anyone", "operator")),
    rerun: maybe(oneOf("never", "safe")),
    timeout: maybe(time),
  },
  inputs: { ...plugin, name, flags: method, init: method, start: method, stream: method, stop: method },
  streams: { ...plugin, name, ...Object.fromEntries(TRAFFIC.map((member) => [member, maybe(method)])) },
  stores: { "": method },
  registries: {
    ...plugin,
    ...Object.fromEntries(
      ["list", "get", "register", "deregister", "watch"].map((member) => [member, method]),
    ),
    ...Object.fromEntries(["detect", "stale", "close"].map((member) => [member, maybe(method)])),
  },
};

/** What is wrong with a key of a map of plugins, in words. */
export function keyFault(kind: string, key: unknown): string | undefined {
  const what = kind === "commands" ? "the pattern" : kind === "stores" ? "the scheme" : "the name";
  if (key instanceof RegExp)
    return `${what} must be a text in RE2 syntax: write ${JSON.stringify(key.source)} instead of ${key}`;
  if (typeof key !== "string") return `${what} must be a text, not ${shown(key)}`;
  return key === "" ? `${what} is empty` : undefined;
}

/** What is wrong with a plugin of a kind, in words that name the member. */
export function pluginFault(kind: string, key: string, value: unknown): string | undefined {
  if (!Object.hasOwn(SHAPES, kind)) return undefined;
  for (const [member, check] of Object.entries(SHAPES[kind]!)) {
    const given = member === "" ? value : (value as Record<string, unknown>)[member];
    const wanted = check(given);
    const whose = `'${key}'`;
    if (wanted !== undefined)
      return member === ""
        ? `${whose} must be ${wanted}, not ${shown(given)}`
        : `'${member}' of ${whose} must be ${wanted}, not ${shown(given)}`;
  }
  const sees = (member: string) => (value as Record<string, unknown>)[member] !== undefined;
  if (kind === "streams" && !TRAFFIC.some(sees))
    return `'${key}' sees nothing: it has none of ${TRAFFIC.join(", ")}`;
  return undefined;
}

/** A value in a few words: a plugin may hold secrets, so what is in an object is not shown. */
function shown(value: unknown): string {
  if (value === undefined || value === null) return String(value);
  if (typeof value === "string") return value === "" ? "an empty text" : JSON.stringify(value.slice(0, MOST));
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
