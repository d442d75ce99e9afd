/** Keys of some databases end at 2,000 bytes; a name in a key takes at most so many characters. */
const LONGEST = 500;

/** A name from outside as the last part of a key: two names are never the same. */
export async function keyName(text: string): Promise<string> {
  const name = encodeURIComponent(text.toWellFormed());
  if (name.length <= LONGEST) return name;
  const { createHash } = await import("node:crypto");
  return `#${createHash("sha256").update(name).digest("base64url")}`;
}
