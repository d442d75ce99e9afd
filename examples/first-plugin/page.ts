// What CONTRIBUTING.md tells somebody to write for a first plugin.
import { readFileSync } from "node:fs";

export function pageText(): string {
  return readFileSync(new URL("../../CONTRIBUTING.md", import.meta.url), "utf8");
}

/** The files on the page, by name: each is a block of code behind its name in bold. */
export function pageFiles(): Readonly<Record<string, string>> {
  const blocks = pageText().matchAll(
    /^\d\.\s+\*\*`([\w./]+)`\*\*[^\n]*(?:\n(?! *```)[^\n]*)*\n( *)```\w+\n([\s\S]*?)^ *```$/gmu,
  );
  const unindented = (indent: string, text: string) => text.replace(new RegExp(`^${indent}`, "gmu"), "");
  return Object.fromEntries([...blocks].map(([, file, indent, text]) => [file!, unindented(indent!, text!)]));
}
