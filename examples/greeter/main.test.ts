import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, onTestFinished, test } from "vitest";
import { micro, startBot } from "../../test/bot.ts";

const dir = mkdtempSync(join(tmpdir(), "greeter-"));
const flags = ["--registry=local", `--registry_dir=${dir}`];
afterAll(() => rmSync(dir, { recursive: true, force: true }));

test("the greeter is found, called and gone again, without any server", async () => {
  const greeter = startBot(flags, { main: join(import.meta.dirname, "main.ts") });
  await greeter.printed(/is at 127/);
  const { out, code } = await micro([
    ...flags,
    "call",
    "go.micro.srv.greeter",
    "Greeter.Hello",
    '{"name": "John"}',
  ]);
  expect({ out, code }).toEqual({ out: '{\n\t"msg": "Hello John"\n}\n', code: 0 });
  await greeter.stop();
  expect((await micro([...flags, "list", "services"])).out).toMatch(/^no services\n/);
});

test("the command as a service is in help while it runs, and answers", async () => {
  const dice = startBot(flags, { main: join(import.meta.dirname, "../service-command/main.ts") });
  await dice.printed(/is at 127/);
  const bot = startBot(["bot", ...flags]);
  onTestFinished(() => bot.stop());
  await bot.logged(/is the command 'dice'/);
  bot.type("dice 2");
  expect(await bot.printed(/🎲/u)).toMatch(/^🎲 [12]$/u);
  bot.type("dice none");
  expect(await bot.printed(/error/u)).toBe("error executing cmd: 'none' is not a number of sides");
  bot.type("help dice");
  expect(await bot.printed(/Rolls/u)).toBe("dice [sides] - Rolls a die");
  await dice.stop();
});
