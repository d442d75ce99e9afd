import type { Event } from "@micro-bot/core";
import { clean, cut } from "../text.ts";

/** A message as it may leave the bot: without secrets and control characters, and not too long. */
export function presentable(event: Event, redact: (text: string) => string, maxReply: number): Event {
  const tidy = (text: string) => clean(redact(text));
  const { choices, subject, files } = event;
  return {
    ...event,
    data: cut(tidy(event.data), maxReply),
    ...(choices && { choices: choices.map(tidy) }),
    ...(subject !== undefined && { subject: tidy(subject).replaceAll("\n", " ") }),
    ...(files && { files: files.map((file) => ({ ...file, name: tidy(file.name) })) }),
  };
}
