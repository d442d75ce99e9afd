import { streams } from "@micro-bot/core";

streams.set("quiet-hours", {
  name: "quiet-hours",
  async receive(turn, next) {
    const hour = new Date().getHours();
    const changes = turn.match.kind === "command" && turn.match.command.access === "operator";
    if (!changes || (hour >= 7 && hour < 22)) return next();
    await turn.reply("nothing is changed at night: ask again after 7");
  },
});
