import { type Event, streams } from "@micro-bot/core";
import { batch } from "@micro-bot/kit";

async function* alerts(events: AsyncIterable<Event>) {
  for await (const event of events)
    if (event.from.input === "irc" && event.from.room === "#alerts") yield event;
}

streams.set("digest", {
  name: "digest",
  async follow(events, ctx) {
    for await (const some of batch(alerts(events), { every: 3_600_000, most: 500 })) {
      const lines = some.map(({ from, data }) => `${from.person}: ${data}`);
      const mail = { subject: `${some.length} alerts`, data: lines.join("\n") };
      await ctx.send("email:ops@example.com", mail);
    }
  },
});
