// Found by `micro` in the folder where it starts: these imports are the bot.
import "@micro-bot/command-basics";
import "@micro-bot/input-console";
import "./src/index.ts";
