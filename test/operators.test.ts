import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { Person } from "../packages/input-irc/test/person.ts";
import { type BotProcess, startBot } from "./bot.ts";
import { type Inspircd, noAtheme, startInspircd } from "./servers/inspircd.ts";

const GREETER = "go.micro.srv.greeter";

describe.skipIf(noAtheme)("operators on IRC, by their services account", () => {
  const dir = mkdtempSync(join(tmpdir(), "operators-"));
  const registry = ["--registry=local", `--registry_dir=${dir}`];
  let server: Inspircd;
  let greeter: BotProcess;
  let bot: BotProcess;

  beforeAll(async () => {
    server = await startInspircd({ accounts: { alice: "sesame", micro: "hunter2hunter2" } });
    greeter = startBot(registry, { main: join(import.meta.dirname, "../examples/greeter/main.ts") });
    await greeter.printed(/is at/);
    bot = startBot([
      "bot",
      ...registry,
      "--inputs=irc",
      "--irc_server=127.0.0.1",
      `--irc_port=${server.port}`,
      "--irc_channels=#ops",
      "--irc_pace=0s",
      "--irc_sasl_user=micro",
      "--irc_sasl_password=hunter2hunter2",
      "--operators=irc:alice",
    ]);
    await bot.logged(/irc is connected/);
  });

  afterAll(async () => {
    await bot?.stop();
    await greeter?.stop();
    await server?.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  async function person(nick: string, login?: [string, string]): Promise<Person> {
    const one = await Person.join(server.port, nick, { rooms: ["#ops"], ...(login && { login }) });
    onTestFinished(() => one.close());
    return one;
  }

  test("whoever is logged in as one may call, whatever nick they use", async () => {
    const al = await person("al", ["alice", "sesame"]);
    al.say("#ops", `micro: call ${GREETER} Greeter.Hello {“name”: “Jörg”}`);
    await al.next(/^:micro\S* PRIVMSG #ops :.*"msg": "Hello Jörg"/u);
    al.say("#ops", `micro: stats ${GREETER}`);
    await al.next(/^:micro\S* PRIVMSG #ops :.*\d\.\d\dmb/u);
    al.say("#ops", `micro: get service ${GREETER}`);
    await al.next(/^:micro\S* PRIVMSG #ops :.*Endpoint: Greeter\.Hello/u);
    al.say(
      "#ops",
      'micro: register service {"name": "by.irc", "nodes": [{"id": "1", "address": "127.0.0.1:9"}]}',
    );
    await al.next(/^:micro\S* PRIVMSG #ops :al: ok$/u);
  });

  test("a bare nick of the same name may read, and is told why not more", async () => {
    const impostor = await person("alice");
    impostor.say("#ops", `micro: health ${GREETER}`);
    await impostor.next(/^:micro\S* PRIVMSG #ops :.*\tok|^:micro\S* PRIVMSG #ops :.* ok$/u);
    impostor.say("#ops", `micro: call ${GREETER} Greeter.Hello`);
    expect(await impostor.next(/PRIVMSG #ops :alice: not done/u)).toContain(
      "nobody vouches that you are alice",
    );
  });

  test("the bot's own password is in no log", () => {
    expect(bot.log()).not.toContain("hunter2");
  });
});
