// Found by `micro` in the folder where it starts: these imports are the bot.
import "@micro-bot/input-console";
import "@micro-bot/stream-access";
import "@micro-bot/command-basics";
import "./src/index.ts";
import "@micro-bot/registry-local";
import "@micro-bot/store-sqlite";
