import type { Attachment, Content } from "@micro-bot/core";
import { clean } from "@micro-bot/kit";

/** A reply as it is printed: without what could drive the terminal (ECMA-48). Choices are words to type; a file's text follows its name. */
export function shown({ data, action, choices = [], files = [] }: Content): string {
  const words = choices.length > 0 ? ` (${choices.join(" / ")})` : "";
  return clean([(action ? "* " : "") + data + words, ...files.map(file)].join("\n"));
}

function file({ name, data, encoding }: Attachment): string {
  if (encoding === "base64") return `${name}: ${Buffer.byteLength(data, "base64")} bytes`;
  return `${name}:\n${data}`;
}
