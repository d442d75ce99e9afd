import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { Person } from "../packages/input-irc/test/person.ts";
import { type BotProcess, startBot } from "./bot.ts";
import { type Ngircd, noNgircd, startNgircd } from "./servers/ngircd.ts";

const dir = mkdtempSync(join(tmpdir(), "bot-irc-"));
afterAll(() => rmSync(dir, { recursive: true }));

// The assembled bot's own list, and three commands that behave badly.
const imported = (name: string) => `import ${JSON.stringify(import.meta.resolve(name))};`;
writeFileSync(
  join(dir, "link.js"),
  `${imported("@micro-bot/bot/plugins")}
  import { commands, newCommand } from ${JSON.stringify(import.meta.resolve("@micro-bot/core"))};
  commands.set("^slow$", newCommand("slow", "slow", "", () => new Promise((resolve) => setTimeout(resolve, 5000, "slow is done"))));
  commands.set("^stuck$", newCommand("stuck", "stuck", "", () => new Promise(() => {}), { timeout: 500 }));
  commands.set("^fleet$", newCommand("fleet", "fleet", "", () => Array.from({ length: 52 }, (_, i) => "go.micro.srv." + i).join("\\n")));
  commands.set("^json$", newCommand("json", "json", "", () => ({ data: '{\\n\\t"msg": "a: b",\\n\\t"id": 9223372036854775807\\n}', format: "code" })));
  commands.set("^big$", newCommand("big", "big", "", () => "x".repeat(1_000_000)));`,
);

describe.skipIf(noNgircd)("the bot on a real IRC server", () => {
  let server: Ngircd;
  beforeAll(async () => {
    server = await startNgircd();
  });
  afterAll(() => server.stop());

  async function start(nick: string, ...more: string[]): Promise<BotProcess> {
    const bot = startBot([
      "bot",
      `--link=${join(dir, "link.js")}`,
      "--inputs=console,irc",
      "--irc_server=127.0.0.1",
      `--irc_port=${server.port}`,
      `--irc_nick=${nick}`,
      `--irc_channels=#${nick}`,
      "--irc_pace=0s",
      "--registry=memory",
      ...more,
    ]);
    onTestFinished(() => bot.stop());
    await bot.logged(/irc is connected/);
    return bot;
  }

  async function person(nick: string, room: string): Promise<Person> {
    const one = await Person.join(server.port, nick, { rooms: [room] });
    onTestFinished(() => one.close());
    return one;
  }

  test("answers in a channel, naming the person, and directly", async () => {
    await start("talker");
    const ann = await person("ann", "#talker");
    ann.say("#talker", "talker: ping");
    expect(await ann.heard("#talker")).toBe("ann: pong");
    ann.say("#talker", "@talker echo a  b");
    expect(await ann.heard("#talker")).toBe("ann: a  b");
    ann.say("talker", "ping");
    expect(await ann.heard("ann")).toBe("pong");
    ann.say("#talker", "ping");
    ann.say("#talker", "talker, time");
    expect(await ann.heard("#talker")).toMatch(/^ann: Server time is: /);
  });

  test("comes back by itself when the server was killed, and the terminal never noticed", async () => {
    const bot = await start("phoenix");
    await server.kill();
    await bot.logged(/irc is down/);
    bot.type("ping");
    expect(await bot.printed(/pong/)).toBe("pong");
    bot.type("status");
    expect(await bot.printed(/input irc/)).toMatch(/down|starting/);
    await server.start();
    await bot.logged(/irc is connected/);
    const ann = await person("ann2", "#phoenix");
    ann.say("#phoenix", "phoenix: ping");
    expect(await ann.heard("#phoenix")).toBe("ann2: pong");
    bot.type("status");
    expect(await bot.printed(/input console +up/)).toBeTruthy();
  });

  test("is not stopped by somebody who holds its nick", async () => {
    const thief = await person("wanted", "#wanted");
    await start("wanted");
    const ann = await person("ann3", "#wanted");
    ann.say("#wanted", "wanted: ping");
    expect(await ann.heard("#wanted")).toBe("ann3: pong");
    await thief.quit();
    await ann.next(/^:wanted_\S* NICK :?wanted/u);
  });

  test("a command of 5 s does not delay another person, and one past its deadline is stopped", async () => {
    await start("quick");
    const ann = await person("ann4", "#quick");
    const bob = await person("bob4", "#quick");
    ann.say("#quick", "quick: slow");
    bob.say("#quick", "quick: ping");
    expect(await bob.heard("#quick", /quick/u)).toBe("bob4: pong");
    bob.say("#quick", "quick: stuck");
    expect(await bob.heard("#quick", /quick/u)).toBe("bob4: stopped: stuck took longer than 500ms");
    expect(await bob.heard("#quick", /quick/u)).toBe("ann4: slow is done");
  });

  test("a reply of a megabyte is cut with a note, never a flood; help fits", async () => {
    await start("modest");
    const ann = await person("ann5", "#modest");
    ann.say("modest", "big");
    await ann.next(/PRIVMSG ann5 :.*more (?:lines|characters): say 'more' for the rest/u);
    expect((await ann.rest(/PRIVMSG ann5 /u)).length).toBeLessThanOrEqual(19);
    ann.say("modest", "help ping");
    expect(await ann.next(/PRIVMSG ann5 :ping - /u)).toContain("Returns pong");
    const ben = await person("ben5", "#modest");
    ben.say("#modest", "modest: help");
    ben.say("#modest", "modest: ping");
    const heard = [];
    for (let line = ""; !line.endsWith("pong"); heard.push(line)) line = await ben.heard("#modest");
    expect(heard.length).toBeLessThanOrEqual(4);
    expect(heard.join(" ")).toMatch(/ echo, .*three laws.*say 'help NAME'/u);
  });

  test("all 52 services can be read: more goes on where it was cut, after a kill -9 too", async () => {
    const home = mkdtempSync(join(dir, "home-"));
    const store = `--store=sqlite:${join(home, "micro.db")}`;
    const first = await start("lister", store);
    const ann = await person("ann8", "#lister");
    const heard: string[] = [];
    const page = async () => {
      for (let lines = 1; ; lines++) {
        const line = (await ann.heard("#lister", /^lister/u)).replace(/^ann8: /u, "");
        if (/^… \d+ more lines: say 'more' for the rest$/u.test(line)) {
          expect(lines).toBe(20);
          return;
        }
        heard.push(line);
        if (line.endsWith(".51")) return;
      }
    };
    ann.say("#lister", "lister: fleet");
    await page();
    first.signal("SIGKILL");
    await first.exit;
    await start("lister", store);
    for (let pages = 0; pages < 2; pages++) {
      ann.say("#lister", "lister: more");
      await page();
    }
    expect(heard).toEqual(Array.from({ length: 52 }, (_, i) => `go.micro.srv.${i}`));
    ann.say("#lister", "lister: more");
    expect(await ann.heard("#lister", /^lister/u)).toBe("ann8: there is no more");
  });

  test("JSON that fits a line is one, its numbers as they were", async () => {
    await start("jason");
    const ann = await person("ann9", "#jason");
    ann.say("#jason", "jason: json");
    expect(await ann.heard("#jason")).toBe('ann9: {"msg": "a: b", "id": 9223372036854775807}');
  });

  test("a text of a megabyte in lines stalls nothing", async () => {
    await start("steady");
    const ann = await person("ann6", "#steady");
    const bob = await person("bob6", "#steady");
    for (let i = 0; i < 500; i++) ann.say("#steady", `steady: ${"a".repeat(400)}!`);
    bob.say("#steady", "steady: ping");
    expect(await bob.next(/PRIVMSG #steady :bob6: /u)).toContain("pong");
  });

  test("stops on SIGTERM with 0, after what runs has finished and was answered", async () => {
    const bot = await start("polite");
    const ann = await person("ann7", "#polite");
    const bob = await person("bob7", "#polite");
    ann.say("#polite", "polite: slow");
    ann.say("#polite", "polite: ping");
    // Said later and answered: the two before it were taken.
    await ann.rest(/never/u);
    bob.say("#polite", "polite: ping");
    expect(await bob.heard("#polite", /polite/u)).toBe("bob7: pong");
    bot.signal("SIGTERM");
    expect(await bob.heard("#polite", /polite/u)).toBe("ann7: slow is done");
    expect(await bob.heard("#polite", /polite/u)).toBe("ann7: pong");
    expect(await bot.exit).toBe(0);
  });
});
