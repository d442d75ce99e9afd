// Found by `micro` in the folder where it starts: these imports are the bot. Streams run in the order they stand here.
import "@micro-bot/input-console";
import "@micro-bot/input-irc";
import "@micro-bot/input-email";
import "@micro-bot/stream-access";
import "./quiet-hours.ts";
import "./redact.ts";
import "./digest.ts";
import "@micro-bot/command-basics";
