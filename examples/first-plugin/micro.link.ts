import "@micro-bot/command-basics";
import "@micro-bot/input-console";
import "./src/index.ts";
