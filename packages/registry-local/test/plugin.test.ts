import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { registries, type Service, type Value } from "@micro-bot/core";
import { expect, onTestFinished, test, vi } from "vitest";
import { defaultFolder } from "../src/folder.ts";
import { self } from "../src/owner.ts";
import { encodeRecord, fileOf } from "../src/record.ts";
import { newFolder, open, service, until, watching } from "./help.ts";

test("it registers itself in the shared map", async () => {
  await import("../src/index.ts");
  expect(
    registries
      .get("local")
      ?.flags?.()
      .map(({ name }) => name),
  ).toEqual(["registry_dir", "registry_runtime_dir"]);
});

test("nothing is there at first", async () => {
  const registry = open({ registry_dir: newFolder() });
  expect(registry.status?.()[0]?.state).toBe("starting");
  expect(await registry.list()).toEqual([]);
  expect(await registry.get("go.micro.srv.nobody")).toEqual([]);
  expect(registry.status?.()[0]?.state).toBe("up");
});

test("a registered service is read back whole, by another registry too", async () => {
  const registry_dir = newFolder();
  const one = service({
    name: "größer/🦊 ..",
    metadata: { team: "größer 🦊" },
    endpoints: [
      { name: "Say.Hello", request: { name: "Req", type: "Req", values: [{ name: "n", type: "string" }] } },
    ],
    nodes: [
      { id: "a", address: "10.0.0.1:8080", metadata: { 名前: "値", id: "9007199254740993" } },
      { id: "b", address: "[fd00::1]:8080" },
    ],
  });
  await open({ registry_dir }).register(one, { ttl: 60_000 });
  expect(await open({ registry_dir }).get(one.name)).toEqual([one]);
  expect(await open({ registry_dir }).list()).toEqual([one.name]);
});

test("names are listed in order, versions are grouped and sorted", async () => {
  const registry = open({ registry_dir: newFolder() });
  const [newer, older] = ["2.0.0", "1.0.0"].map((version) =>
    service({ version, nodes: [{ id: version, address: "127.0.0.1:1" }] }),
  ) as [Service, Service];
  for (const one of [service({ name: "b" }), newer, service({ name: "a" }), older])
    await registry.register(one, { ttl: 60_000 });
  expect(await registry.list()).toEqual(["a", "b", newer.name]);
  expect(await registry.get(newer.name)).toEqual([older, newer]);
});

test("what get returned can be changed without harm", async () => {
  const registry = open({ registry_dir: newFolder() });
  await registry.register(service(), { ttl: 60_000 });
  ((await registry.get(service().name)) as unknown[]).pop();
  expect(await registry.get(service().name)).toEqual([service()]);
});

test("a record past its time is gone and its file is removed; a renewed one stays", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  onTestFinished(() => void vi.useRealTimers());
  const registry_dir = newFolder();
  const registry = open({ registry_dir });
  const forever = service({ name: "forever" });
  await registry.register(forever, { ttl: 0 });
  await registry.register(service(), { ttl: 10_000 });
  vi.advanceTimersByTime(9_999);
  await registry.register(service(), { ttl: 10_000 });
  vi.advanceTimersByTime(9_999);
  expect(await registry.list()).toEqual(["forever", service().name]);
  vi.advanceTimersByTime(1);
  expect(await registry.list()).toEqual(["forever"]);
  expect(readdirSync(registry_dir)).toEqual([fileOf("forever", "forever-1")]);
});

test("deregistering goes by the node's id and leaves the others; one that is not there is no error", async () => {
  const registry = open({ registry_dir: newFolder() });
  const both = service({
    nodes: [
      { id: "a", address: "127.0.0.1:1" },
      { id: "b", address: "127.0.0.1:2" },
    ],
  });
  await registry.register(both, { ttl: 60_000 });
  await registry.deregister({ name: both.name, version: "", nodes: [{ id: "a", address: "" }] });
  await registry.deregister({ name: both.name, version: "", nodes: [{ id: "c", address: "" }] });
  expect((await registry.get(both.name))[0]?.nodes).toEqual([both.nodes[1]]);
});

test("watch tells create, update and delete, also of what others do", async () => {
  const registry_dir = newFolder();
  const [registry, other] = [open({ registry_dir }), open({ registry_dir })];
  await other.register(service({ name: "before" }), { ttl: 60_000 });
  const events = watching(registry);
  await registry.register(service(), { ttl: 60_000 });
  expect((await events.next()).value).toEqual({ action: "create", service: service() });
  const second = service({ nodes: [{ id: "second", address: "127.0.0.1:2" }] });
  await other.register(second, { ttl: 60_000 });
  expect((await until(events, "update")).service.nodes).toHaveLength(2);
  await other.deregister(service());
  expect((await until(events, "delete")).service).toEqual(service());
});

test("watch tells that a record's time is up", async () => {
  const registry = open({ registry_dir: newFolder() });
  const events = watching(registry);
  await registry.register(service(), { ttl: 200 });
  await until(events, "create");
  expect((await until(events, "delete")).service).toEqual(service());
});

test("a renewal is no event", async () => {
  const registry = open({ registry_dir: newFolder() });
  const events = watching(registry);
  await registry.register(service(), { ttl: 60_000 });
  await registry.register(service(), { ttl: 60_000 });
  await registry.register(service({ name: "last" }), { ttl: 60_000 });
  expect((await events.next()).value.service.name).toBe(service().name);
  expect((await events.next()).value.service.name).toBe("last");
});

test("watch ends when its signal aborts, and at once when it has aborted before", async () => {
  const registry = open({ registry_dir: newFolder() });
  const ending = new AbortController();
  const next = registry.watch(ending.signal)[Symbol.asyncIterator]().next();
  ending.abort();
  expect(await next).toMatchObject({ done: true });
  expect(await registry.watch(ending.signal)[Symbol.asyncIterator]().next()).toMatchObject({ done: true });
});

test("watch outlives that its folder is removed", async () => {
  const registry_dir = newFolder();
  const registry = open({ registry_dir });
  const events = watching(registry);
  await registry.register(service(), { ttl: 60_000 });
  await until(events, "create");
  rmSync(registry_dir, { recursive: true });
  await until(events, "delete");
  await registry.register(service(), { ttl: 60_000 });
  await until(events, "create");
});

test("after close every call says closed, a watch ends, and close twice is safe", async () => {
  const registry = open({ registry_dir: newFolder() });
  const next = watching(registry).next();
  await registry.close?.();
  await registry.close?.();
  expect(await next).toMatchObject({ done: true });
  await expect(registry.list()).rejects.toMatchObject({ code: "closed" });
  await expect(registry.register(service(), { ttl: 0 })).rejects.toMatchObject({ code: "closed" });
  expect(registry.status?.()[0]?.state).toBe("stopped");
});

test("the folder is made for its user alone", async () => {
  const registry_dir = newFolder();
  await open({ registry_dir }).register(service(), { ttl: 60_000 });
  expect(statSync(registry_dir).mode & 0o777).toBe(0o700);
  expect(statSync(join(registry_dir, readdirSync(registry_dir)[0]!)).mode & 0o777).toBe(0o600);
});

test("a folder that others can write into is refused", async () => {
  const registry_dir = newFolder();
  mkdirSync(registry_dir);
  chmodSync(registry_dir, 0o777);
  const registry = open({ registry_dir });
  await expect(registry.list()).rejects.toMatchObject({
    code: "config",
    message: /^registry_dir: .* writable/,
  });
  await expect(registry.register(service(), { ttl: 0 })).rejects.toMatchObject({ code: "config" });
  expect(registry.status?.()[0]).toMatchObject({ state: "down", note: expect.stringContaining("writable") });
});

test("a link in the folder's place is refused", async () => {
  const registry_dir = newFolder();
  symlinkSync(dirname(registry_dir), registry_dir);
  await expect(open({ registry_dir }).list()).rejects.toMatchObject({ code: "config", message: /is a link/ });
});

test.skipIf(process.getuid?.() !== 0)(
  "a folder of another user is refused (needs root to make one)",
  async () => {
    const registry_dir = newFolder();
    mkdirSync(registry_dir, { mode: 0o700 });
    chownSync(registry_dir, 65_534, 65_534);
    await expect(open({ registry_dir }).list()).rejects.toMatchObject({
      code: "config",
      message: /another user/,
    });
  },
);

test("a folder that cannot be made names the flag to set", async () => {
  const registry_dir = join(newFolder(), "registry");
  writeFileSync(dirname(registry_dir), "a file");
  await expect(open({ registry_dir }).list()).rejects.toMatchObject({
    code: "failed",
    message: /registry_dir/,
  });
});

test.skipIf(!existsSync("/proc/self"))("a folder where there can be none is told at once", async () => {
  await expect(open({ registry_dir: "/proc/micro-bot/registry" }).list()).rejects.toMatchObject({
    code: "failed",
    message: /the folder \/proc\/micro-bot\/registry cannot be made.*registry_dir/,
  });
});

test("the user's runtime folder is used, else one with the user's number", async () => {
  const runtime = dirname(newFolder());
  await open({ registry_runtime_dir: runtime }).register(service(), { ttl: 60_000 });
  expect(readdirSync(join(runtime, "micro-bot", "registry"))).toHaveLength(1);
  expect(defaultFolder(undefined)).toBe(join(tmpdir(), `micro-bot-registry-${process.getuid?.()}`));
});

test("damaged and foreign files are skipped and told by status", async () => {
  const registry_dir = newFolder();
  const registry = open({ registry_dir });
  await registry.register(service(), { ttl: 60_000 });
  const half = encodeRecord(service(), service().nodes[0]!, { expires: null, owner: self() }).slice(0, 40);
  writeFileSync(join(registry_dir, fileOf("damaged", "a")), half);
  expect(await registry.list()).toEqual([service().name]);
  expect(registry.status?.()[0]?.note).toMatch(/; skipped damaged\.\w+\.json, which is not JSON$/);
  writeFileSync(join(registry_dir, "notes.txt"), "hello");
  mkdirSync(join(registry_dir, fileOf("folder", "a")));
  expect(await registry.list()).toEqual([service().name]);
  expect(registry.status?.()[0]?.note).toMatch(/and 2 more$/);
  await registry.get(service().name);
  expect(registry.status?.()[0]?.note).toMatch(/and 2 more$/);
  expect(existsSync(join(registry_dir, "notes.txt"))).toBe(true);
});

test("what a writer left unfinished is removed after a while, and not before", async () => {
  const registry_dir = newFolder();
  const registry = open({ registry_dir });
  await registry.list();
  const [old, fresh] = [join(registry_dir, ".1-1-x.tmp"), join(registry_dir, ".1-2-x.tmp")];
  writeFileSync(old, "{");
  writeFileSync(fresh, "{");
  utimesSync(old, 1, 1);
  await registry.list();
  expect([existsSync(old), existsSync(fresh)]).toEqual([false, true]);
});

test("a record that would not be read again is refused where it is registered", async () => {
  const registry = open({ registry_dir: newFolder() });
  const types = (depth: number): Value => ({
    name: "a",
    type: "b",
    ...(depth > 1 && { values: [types(depth - 1)] }),
  });
  const asked = (depth: number) => service({ endpoints: [{ name: "e", request: types(depth) }] });
  await expect(registry.register(asked(300), { ttl: 0 })).rejects.toMatchObject({
    code: "invalid",
    message: "the record of 'go.micro.srv.greeter' is nested deeper than 100 levels",
  });
  const long = service({ metadata: { a: "x".repeat(300_000) } });
  await expect(registry.register(long, { ttl: 0 })).rejects.toThrow("is longer than 262144 bytes");
  expect(await registry.list()).toEqual([]);
  await registry.register(asked(32), { ttl: 0 });
  expect(await registry.get("go.micro.srv.greeter")).toEqual([asked(32)]);
});

test("a time to live that is none is refused", async () => {
  const registry = open({ registry_dir: newFolder() });
  await expect(registry.register(service(), { ttl: -1 })).rejects.toMatchObject({
    code: "invalid",
    message: /ttl -1/,
  });
  await expect(registry.register(service({ name: "" }), { ttl: 0 })).rejects.toMatchObject({
    code: "invalid",
  });
});

async function start(registry_dir: string, name: string, ttl: number): Promise<ChildProcess> {
  const child = fork(new URL("./register-forever.ts", import.meta.url), [registry_dir, name, String(ttl)]);
  onTestFinished(() => void child.kill("SIGKILL"));
  await once(child, "message");
  return child;
}

test("processes share the folder, and a killed one's record is gone at once", async () => {
  const registry_dir = newFolder();
  const registry = open({ registry_dir });
  const [first, second] = await Promise.all([
    start(registry_dir, "one", 60_000),
    start(registry_dir, "two", 60_000),
  ]);
  expect(await registry.list()).toEqual(["one", "two"]);
  const events = watching(registry);
  await registry.deregister(service()); // from here on the watch is known to listen
  const gone = until(events, "delete");
  first.kill("SIGKILL");
  await once(first, "exit");
  expect(await registry.list()).toEqual(["two"]);
  expect(await registry.get("one")).toEqual([]);
  expect((await gone).service.name).toBe("one");
  second.kill("SIGKILL");
  await once(second, "exit");
  expect(await registry.list()).toEqual([]);
});

test("a record without a time to live outlives its process", async () => {
  const registry_dir = newFolder();
  const child = await start(registry_dir, "one", 0);
  child.kill("SIGKILL");
  await once(child, "exit");
  expect(await open({ registry_dir }).list()).toEqual(["one"]);
});

test("many writers of many records do not disturb each other", async () => {
  const registry_dir = newFolder();
  const all = Array.from({ length: 200 }, (_, index) =>
    service({ name: `s${String(index).padStart(3, "0")}` }),
  );
  const writers = [open({ registry_dir }), open({ registry_dir }), open({ registry_dir })];
  const reader = open({ registry_dir });
  const write = Promise.all(
    writers.flatMap((writer) => all.map((one) => writer.register(one, { ttl: 60_000 }))),
  );
  let done = false;
  const ended = write.finally(() => {
    done = true;
  });
  while (!done) {
    await reader.list();
    expect(reader.status?.()[0]?.note).toBe(registry_dir);
  }
  await ended;
  expect(await reader.list()).toEqual(all.map(({ name }) => name));
});
