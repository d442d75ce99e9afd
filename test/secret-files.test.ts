import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { secretFiles } from "../packages/engine/src/secret-files.ts";
import { MICRO, micro } from "./bot.ts";
import { removeDir, tempDir } from "./servers/lib.ts";

const dir = tempDir("secrets");
afterAll(() => removeDir(dir));
const secret = "xoxb-hunter2-hunter2";
const flag = { name: "slack_token", usage: "", secret: true } as const;

/** A file with the content; its path. */
function file(name: string, content: string | Uint8Array): string {
  const path = join(dir, name);
  writeFileSync(path, content);
  return path;
}
const token = file("token", `${secret}\n`);
const credentials = join(dir, "credentials");
mkdirSync(credentials);
file("credentials/slack_token", secret);

const own = { XDG_RUNTIME_DIR: dir };
/** What the program makes of the files, told by what it misses next. */
async function started(env: Record<string, string>, ...args: string[]) {
  const { err, code } = await micro(["bot", "--inputs=slack", ...args], {
    env: { ...own, ...env },
    cwd: dir,
  });
  expect(code).toBe(1);
  expect(err).not.toContain("hunter2");
  return err;
}

describe("a secret in a file", () => {
  test("is taken from the one that the variable names, without its last newline", async () => {
    expect(await started({})).toContain("slack_token is required");
    expect(await started({ MICRO_SLACK_TOKEN_FILE: token })).toContain("slack_app_token");
    for (const [content, value] of [
      ["a\n", "a"],
      ["a\r\n", "a"],
      ["a\n\n", "a\n"],
      [" a ", " a "],
      ["\ufeffa", "a"],
    ])
      expect(
        secretFiles({ MICRO_SLACK_TOKEN_FILE: file("some", content!) }, [flag]).env.MICRO_SLACK_TOKEN,
      ).toBe(value);
  });

  test("is taken from systemd's credentials, by the flag's name", async () => {
    expect(await started({ CREDENTIALS_DIRECTORY: credentials })).toContain("slack_app_token");
  });

  test("is read from a pipe, as from <(pass show slack)", async () => {
    const line = `printf ${secret} | MICRO_SLACK_TOKEN_FILE=/dev/stdin '${process.execPath}' '${MICRO}' bot --inputs=slack`;
    const { stderr } = spawnSync("sh", ["-c", line], { encoding: "utf8", cwd: dir });
    expect(stderr).toContain("slack_app_token");
  });

  test("is kept, whatever is in it", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "grapheme", minLength: 1 }).filter((text) => !/[\ufeff\r\n]/.test(text)),
        fc.constantFrom("", "\n", "\r\n"),
        (value, end) => {
          const env = { MICRO_SLACK_TOKEN_FILE: file("any", value + end) };
          expect(secretFiles(env, [flag]).env).toEqual({ MICRO_SLACK_TOKEN: value });
        },
      ),
      { numRuns: 50 },
    );
  });

  test.each([
    [
      "is not there",
      () => join(dir, "nowhere"),
      /MICRO_SLACK_TOKEN_FILE: the file .*nowhere cannot be read \(ENOENT/,
    ],
    ["is a folder", () => dir, /MICRO_SLACK_TOKEN_FILE: the file .* cannot be read \(EISDIR/],
    ["is empty", () => file("empty", ""), /MICRO_SLACK_TOKEN_FILE: the file .*empty is empty/],
    ["is a newline", () => file("newline", "\n"), /MICRO_SLACK_TOKEN_FILE: the file .*newline is empty/],
    [
      "is too long",
      () => file("long", "x".repeat(65_537)),
      /MICRO_SLACK_TOKEN_FILE: .*longer than 65536 bytes/,
    ],
    ["never ends", () => "/dev/zero", /MICRO_SLACK_TOKEN_FILE: .*longer than 65536 bytes/],
    [
      "is no text",
      () => file("bytes", Uint8Array.of(0xff, 0xfe)),
      /MICRO_SLACK_TOKEN_FILE: .*no text in UTF-8/,
    ],
  ])("that %s is an error that names the variable", async (_what, path, told) => {
    expect(await started({ MICRO_SLACK_TOKEN_FILE: path() })).toMatch(told);
  });

  test.each<[Record<string, string>, string[], string]>([
    [
      { MICRO_SLACK_TOKEN_FILE: token, MICRO_SLACK_TOKEN: secret },
      [],
      "MICRO_SLACK_TOKEN and MICRO_SLACK_TOKEN_FILE",
    ],
    [
      { MICRO_SLACK_TOKEN_FILE: token },
      [`--slack_token=${secret}`],
      "--slack_token and MICRO_SLACK_TOKEN_FILE",
    ],
    [
      { MICRO_SLACK_TOKEN_FILE: token, CREDENTIALS_DIRECTORY: credentials },
      [],
      "MICRO_SLACK_TOKEN_FILE and CREDENTIALS_DIRECTORY/slack_token",
    ],
    [
      { MICRO_SLACK_TOKEN: secret, CREDENTIALS_DIRECTORY: credentials },
      [],
      "MICRO_SLACK_TOKEN and CREDENTIALS_DIRECTORY/slack_token",
    ],
  ])("and given a second time is an error that names both (case %#)", async (env, args, both) => {
    expect(await started(env, ...args)).toContain(`micro: ${both} are both given: leave one out`);
  });

  test("is named by a variable that is known, which one for a flag that is no secret is not", async () => {
    const env = { MICRO_SLACK_TOKEN_FILE: token, MICRO_IRC_NICK_FILE: token, MICRO_SLACK_TOKNE_FILE: token };
    const { err } = await micro(["bot"], { env: { ...own, ...env }, cwd: dir, input: "" });
    expect(err).not.toContain("MICRO_SLACK_TOKEN_FILE belongs to no linked plugin");
    expect(err).toContain("MICRO_IRC_NICK_FILE belongs to no linked plugin");
    expect(err).toContain(
      "MICRO_SLACK_TOKNE_FILE belongs to no linked plugin and is ignored: did you mean MICRO_SLACK_TOKEN_FILE?",
    );
  });
});
