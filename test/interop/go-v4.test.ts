import { memoryRegistry } from "@micro-bot/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { client } from "../../packages/micro/src/index.ts";
import {
  canConnect,
  freePort,
  type Process,
  ready,
  removeDir,
  startProcess,
  tempDir,
} from "../servers/lib.ts";
import { buildGo } from "./go.ts";

const programs = await buildGo("v4", "greeter");
const name = "go.micro.srv.greeter";

describe.skipIf(!programs)("with go-micro v4.7, whose services still answer Debug", () => {
  const dir = tempDir("interop-v4");
  const registry = memoryRegistry();
  const caller = client({ registry });
  let started: Process | undefined;
  let address: string;

  beforeAll(async () => {
    const port = await freePort();
    address = `127.0.0.1:${port}`;
    started = startProcess("go", programs!.greeter, [address], { dir });
    await ready(started, () => canConnect(port));
    const node = { id: "n", address, metadata: { protocol: "mucp" } };
    await registry.register({ name, version: "latest", nodes: [node] }, { ttl: 0 });
  });

  afterAll(async () => {
    await caller.close();
    await started?.kill();
    removeDir(dir);
  });

  test("a call is answered on both wires, in any script and all 64 bits", async () => {
    const request = '{"name":"Zoë 😀","count":-9223372036854775808}';
    const expected = '{"msg":"Hello Zoë 😀","count":-9223372036854775808}';
    expect((await caller.call(name, "Greeter.Hello", request)).raw).toBe(expected);
    expect((await caller.call(name, "Greeter.Hello", request, { address })).raw).toBe(expected);
  });

  test("the node tells its health and its numbers on both wires", async () => {
    for (const options of [{}, { address }]) {
      expect((await caller.call(name, "Debug.Health", {}, options)).value).toEqual({ status: "ok" });
      const { value } = await caller.call(name, "Debug.Stats", {}, options);
      expect(Number((value as { started: unknown }).started)).toBeGreaterThan(1_600_000_000);
      expect(Number((value as { threads: unknown }).threads)).toBeGreaterThan(0);
    }
  });

  test("what it does not serve is not found on both wires", async () => {
    for (const options of [{}, { address }])
      await expect(caller.call(name, "Greeter.Nope", {}, options)).rejects.toMatchObject({
        code: "not_found",
      });
  });
});
