import { type Command, newCommand } from "@micro-bot/core";
import { describe, expect, test } from "vitest";
import { lives, slow } from "./many.ts";

const deploy = (rerun: "safe" | "never" = "safe"): Command =>
  newCommand(
    "deploy",
    "deploy",
    "",
    async (_args, ctx) => {
      const version = await ctx.ask("which version?");
      const sure = await ctx.ask(`deploy ${version}?`, { choices: ["yes", "no"] });
      return sure === "yes" ? `deployed ${version}` : "left alone";
    },
    { rerun },
  );
const ping = () => "pong";
const commands = { deploy: deploy(), ping };

describe("a question", () => {
  test("is answered without a mention, by the person asked, in the room where it was asked", async () => {
    const { net } = lives().begin({ commands });
    net.say("deploy");
    expect((await net.heard()).data).toBe("which version?");
    net.say("9.9", { person: "bob", addressed: false });
    net.say("8.8", { room: "#dev", addressed: false });
    net.say("7.7", { assurance: 0, addressed: false });
    net.say("1.2", { addressed: false });
    expect(await net.heard()).toMatchObject({ data: "deploy 1.2?", choices: ["yes", "no"] });
    net.say("YES", { addressed: false });
    expect((await net.heard()).data).toBe("deployed 1.2");
  });

  test("holds up nobody: not even the person asked, who may run other commands", async () => {
    const { net } = lives().begin({ commands });
    net.say("deploy");
    await net.heard();
    net.say("ping");
    expect((await net.heard()).data).toBe("pong");
    net.say("ping", { person: "bob" });
    expect((await net.heard()).data).toBe("pong");
    net.say("1.2");
    expect((await net.heard()).data).toBe("deploy 1.2?");
  });

  test("is answered by the next line of a pipe, however long the store takes to keep it", async () => {
    const { net } = lives(slow(({ key }) => key.startsWith("ask/"))).begin({ commands, sequential: true });
    for (const line of ["deploy", "1.2", "yes", "ping"]) net.say(line);
    const said = [await net.heard(), await net.heard(), await net.heard(), await net.heard()];
    expect(said.map(({ data }) => data)).toEqual(["which version?", "deploy 1.2?", "deployed 1.2", "pong"]);
  });

  test("that nobody can answer is refused before it is asked", async () => {
    const { net } = lives().begin({ commands, dialogs: false });
    net.say("deploy");
    expect((await net.heard()).data).toContain("deploy asks a question, which nobody can answer here");
  });

  test("with choices says which there are, and takes nothing else", async () => {
    const { net } = lives().begin({ commands });
    net.say("deploy");
    await net.heard();
    net.say("1.2");
    await net.heard();
    net.say("perhaps");
    expect((await net.heard()).data).toBe("answer with one of: yes / no");
    net.say("no");
    expect((await net.heard()).data).toBe("left alone");
  });

  test("is answered by its own button, in whatever thread, and by that of no other question", async () => {
    const { net } = lives().begin({ commands });
    const question = async () => {
      net.say("deploy");
      await net.heard();
      net.say("1.2");
      const { id } = await net.heard();
      // Once more is said, the network's word on what was said before has come.
      net.say("ping");
      await net.heard();
      return id;
    };
    const first = await question();
    net.say("yes", { chosen: first });
    expect((await net.heard()).data).toBe("deployed 1.2");
    const second = await question();
    net.say("yes", { chosen: first });
    expect((await net.heard()).data).toBe("not done: that question is over");
    net.say("no", { chosen: second });
    expect((await net.heard()).data).toBe("left alone");
  });

  test("that is over is not answered by its button, and a button is no unknown command", async () => {
    const { net } = lives().begin({ commands });
    net.say("no", { chosen: "a message from before" });
    expect((await net.heard()).data).toBe("not done: that question is over");
    net.say("ping", { chosen: "a message from before" });
    expect((await net.heard()).data).toBe("pong");
  });

  test("is not answered by what replaces something said before it came", async () => {
    const { net } = lives().begin({ commands });
    net.say("deploy");
    await net.heard();
    net.say("1.3", { addressed: false, edit: "an earlier message" });
    net.say("1.2", { addressed: false });
    expect((await net.heard()).data).toBe("deploy 1.2?");
  });

  test("is not answered by what was typed before it was asked, which is told", async () => {
    const roll = newCommand("roll", "roll", "", async (_args, ctx) =>
      ctx.ask("sure?", { choices: ["yes", "no"] }),
    );
    const { net } = lives().begin({ commands: { roll } });
    net.say("roll");
    net.say("yes");
    const heard = [await net.heard(), await net.heard()].map(({ data }) => data);
    expect(heard).toContain("you said that before I asked: answer with one of: yes / no");
  });

  test("ends with cancel, also without a mention", async () => {
    const { net } = lives().begin({ commands });
    net.say("deploy");
    await net.heard();
    net.say("cancel", { addressed: false });
    expect((await net.heard()).data).toBe("stopped: it was cancelled");
  });

  test("ends when nobody answers in time; the time of the command stands still meanwhile", async () => {
    const patient = newCommand(
      "patient",
      "patient",
      "",
      async (_args, ctx) => ctx.ask("well?", { timeout: 300 }),
      {
        timeout: 100,
        rerun: "safe",
      },
    );
    const { net } = lives().begin({ commands: { patient } });
    net.say("patient");
    await net.heard();
    expect((await net.heard()).data).toMatch(/^no answer within \d+ms$/u);
  });

  test("of several in different rooms each gets its own answer", async () => {
    const { net } = lives().begin({ commands });
    for (const room of ["#a", "#b"]) {
      net.say("deploy", { room });
      await net.heard();
    }
    net.say("1", { room: "#a" });
    expect((await net.heard()).data).toBe("deploy 1?");
    net.say("2", { room: "#b" });
    expect((await net.heard()).data).toBe("deploy 2?");
    net.say("yes", { room: "#b" });
    expect((await net.heard()).data).toBe("deployed 2");
    net.say("no", { room: "#a" });
    expect((await net.heard()).data).toBe("left alone");
  });

  test("leaves nothing in the store when it is over, also when it was answered twice", async () => {
    const all = lives();
    const { net } = all.begin({ commands });
    net.say("deploy");
    await net.heard();
    net.say("1", { addressed: false });
    net.say("2", { addressed: false });
    await net.heard();
    net.say("no");
    await net.heard();
    const left = async () => {
      const keys = [];
      for await (const { key } of all.store.list(""))
        if (!/^(seen|replica|lease)\//.test(key)) keys.push(key);
      return keys;
    };
    await expect.poll(left).toEqual([]);
  });
});

describe("after a crash", () => {
  test("the answer to a question that was waiting is taken, and the command ends well", async () => {
    const all = lives();
    const first = all.begin({ commands });
    first.net.say("deploy");
    await first.net.heard();
    first.net.say("1.2");
    await first.net.heard();
    await all.kill(first.bot);
    const { net, bot } = all.begin({ commands });
    await expect.poll(() => bot.status()[0]!.note).toContain("1 asking");
    net.say("yes", { addressed: false });
    expect((await net.heard()).data).toBe("deployed 1.2");
    expect(net.messages).toHaveLength(1);
  });

  test("a question may wait over any number of restarts", async () => {
    const all = lives();
    const first = all.begin({ commands });
    first.net.say("deploy");
    await first.net.heard();
    await all.kill(first.bot);
    for (let i = 0; i < 7; i++) {
      const { bot } = all.begin({ commands });
      await expect.poll(() => bot.status()[0]!.note).toContain("1 asking");
      await all.kill(bot);
    }
    const { net, bot } = all.begin({ commands });
    await expect.poll(() => bot.status()[0]!.note).toContain("1 asking");
    net.say("cancel");
    expect((await net.heard()).data).toBe("stopped: it was cancelled");
    const asked = async () => (await Array.fromAsync(all.store.list("ask/"))).length;
    await expect.poll(asked).toBe(0);
  });

  test("a command that must not run twice is told as unknown", async () => {
    const all = lives();
    const first = all.begin({ commands: { deploy: deploy("never") } });
    first.net.say("deploy");
    await first.net.heard();
    await all.kill(first.bot);
    const { net } = all.begin({ commands: { deploy: deploy("never") } });
    expect((await net.heard()).data).toMatch(/^interrupted, outcome unknown: deploy/);
  });

  test("a stop in good order leaves a safe question to the next process as well", async () => {
    const all = lives();
    const first = all.begin({ commands });
    first.net.say("deploy");
    await first.net.heard();
    await first.bot.stop();
    const { net, bot } = all.begin({ commands });
    await expect.poll(() => bot.status()[0]!.note).toContain("1 asking");
    net.say("1.2");
    expect((await net.heard()).data).toBe("deploy 1.2?");
  });
});
