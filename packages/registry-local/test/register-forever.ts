// Keeps one service alive until it is killed: node register-forever.ts FOLDER NAME TTL
import { type Log, memoryStore, type PluginContext, type Service } from "@micro-bot/core";
import { local } from "../src/plugin.ts";

const [, , registry_dir = "", name = "", ttl = "0"] = process.argv;
const quiet = () => {};
const log: Log = { debug: quiet, info: quiet, warn: quiet, error: quiet };
const flags = (() => ({ registry_dir })) as unknown as PluginContext["flags"];

const registry = local();
registry.init?.({ flags, log, store: memoryStore(), redact: (text) => text, commands: () => [] });
const nodes = [{ id: `${name}-${process.pid}`, address: "127.0.0.1:1" }];
const service: Service = { name, version: "1.0.0", nodes };
await registry.register(service, { ttl: Number(ttl) });
setInterval(() => void registry.register(service, { ttl: Number(ttl) }), 1_000);
process.send?.("registered");
