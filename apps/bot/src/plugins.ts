// The link file: what is imported here is what the bot can do. Copy it, as micro.link.ts, to make a bot of your own.
import "@micro-bot/input-console";
import "@micro-bot/command-basics";
