// Run as a program by plugin.test.ts: connects, speaks, stops, and must then end by itself.
import { startBot } from "./support.ts";

const bot = await startBot(JSON.parse(process.argv[2]!));
bot.recv().catch(() => {});
for (let i = 0; i < 4; i++) bot.say("alice@localhost", `${i}`).catch(() => {});
await bot.input.stop();
console.log("stopped");
