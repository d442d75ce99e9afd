import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { memoryRegistry } from "@micro-bot/core";
import { type Service, service } from "@micro-bot/micro";
import { local } from "@micro-bot/registry-local/plugin";
import { event, fakeContext, fakePluginContext } from "@micro-bot/testkit";
import { expect, onTestFinished, test } from "vitest";
import { type BotProcess, startBot } from "../../test/bot.ts";
import { deploy } from "./src/plugin.ts";

function folder(): string {
  const dir = mkdtempSync(join(tmpdir(), "deploy-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** The service that deploys, and what it was asked to. */
async function deployer(dir: string): Promise<{ deployed: unknown[] }> {
  const registry = local();
  registry.init!(fakePluginContext({ registry_dir: dir }));
  const deployed: unknown[] = [];
  const running: Service = service({
    name: "go.micro.srv.deployer",
    version: "1",
    registry,
    handlers: {
      "Deployer.Deploy": (request: unknown) => {
        deployed.push(request);
        return { nodes: 3 };
      },
    },
  });
  await running.start();
  onTestFinished(() => running.stop());
  return { deployed };
}

function start(dir: string): BotProcess {
  const bot = startBot(
    [
      "bot",
      "--registry=local",
      `--registry_dir=${join(dir, "registry")}`,
      `--store=sqlite:${join(dir, "bot.db")}`,
    ],
    { cwd: import.meta.dirname },
  );
  onTestFinished(() => bot.stop());
  return bot;
}

test("a kill -9 between the two questions loses nothing, and deploys once", async () => {
  const dir = folder();
  const { deployed } = await deployer(join(dir, "registry"));
  const first = start(dir);
  first.type("deploy orders");
  await first.printed(/which version of orders\?/);
  first.type("1.2.3");
  await first.printed(/deploy orders 1\.2\.3\? \(yes \/ no\)/);
  first.signal("SIGKILL");
  await first.exit;

  const second = start(dir);
  await second.logged(/a run that was cut is taken up again/);
  second.type("yes");
  await second.printed(/deploying orders 1\.2\.3 …/);
  await second.printed(/orders 1\.2\.3 is up on 3 nodes/);
  expect(deployed).toEqual([
    { service: "orders", version: "1.2.3", key: expect.stringMatching(/\/deploy$/) },
  ]);
});

test("no leaves all as it is", async () => {
  const ctx = fakeContext({ event: event({ data: "deploy orders" }), registry: memoryRegistry() });
  ctx.answer("1.2.3");
  ctx.answer("no");
  expect(await deploy().exec(["deploy", "orders"], ctx)).toBe("orders is left as it is");
});
