// Found by `micro` in the folder where it starts: these imports are the bot.
import "@micro-bot/input-slack";
import "@micro-bot/input-email";
import "@micro-bot/stream-access";
import "./src/index.ts";
import "@micro-bot/command-basics";
import "@micro-bot/registry-consul";
import "@micro-bot/store-sqlite";
