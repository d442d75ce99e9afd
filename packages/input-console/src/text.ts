import type { Attachment, Content } from "@micro-bot/core";

// C0 but tab and newline, DEL, and C1: what could drive the terminal (ECMA-48 section 5.2 and 5.3).
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/** A reply as it is printed. Choices are words to type; a file's text follows its name. */
export function shown({ data, action, choices = [], files = [] }: Content): string {
  const words = choices.length > 0 ? ` (${choices.join(" / ")})` : "";
  return clean([(action ? "* " : "") + data + words, ...files.map(file)].join("\n"));
}

function file({ name, data, encoding }: Attachment): string {
  if (encoding === "base64") return `${name}: ${Buffer.byteLength(data, "base64")} bytes`;
  return `${name}:\n${data}`;
}

/** Without control characters other than newline and tab. */
export function clean(text: string): string {
  return text.replace(CONTROL, "");
}
