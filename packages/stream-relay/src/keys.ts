/** A store's keys have a limit; ids have none. */
const LONGEST = 300;

/** A key of these parts, whatever stands in them. */
export async function keyOf(kind: string, ...parts: readonly string[]): Promise<string> {
  const path = parts.map((part) => encodeURIComponent(part.toWellFormed())).join("/");
  if (path.length <= LONGEST) return `${kind}/${path}`;
  const { createHash } = await import("node:crypto");
  return `${kind}/#${createHash("sha256").update(path).digest("base64url")}`;
}
