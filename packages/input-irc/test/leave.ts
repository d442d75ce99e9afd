// Run as a program by plugin.test.ts: connects, leaves lines unsaid, stops, and must then end by itself.
import { startBot } from "./support.ts";

const [port, nick] = process.argv.slice(2);
const bot = await startBot(Number(port), { irc_nick: nick, irc_pace: 2000 });
bot.recv().catch(() => {});
// More than the burst: lines wait on a timer when it stops.
for (let i = 0; i < 4; i++) bot.say("#ops", `${i}`).catch(() => {});
await bot.input.stop();
console.log("stopped");
