import {
  BotError,
  type Flag,
  type Log,
  messageOf,
  type Registry,
  type Service,
  type Status,
} from "@micro-bot/core";
import { type RegistryWatch, registryWatch } from "@micro-bot/kit";
import { defaultFolder } from "./folder.ts";
import { observe } from "./observe.ts";
import { self } from "./owner.ts";
import { decodeRecord, encodeRecord, fileOf, prefixOf, type Record } from "./record.ts";
import { MAX_BYTES, openRecords, type Records } from "./records.ts";
import { versionsOf } from "./versions.ts";

const flags = [
  {
    name: "registry_dir",
    usage:
      "Folder of the local registry, for this user alone (micro-bot/registry in the user's runtime folder)",
  },
  {
    name: "registry_runtime_dir",
    usage: "The user's runtime folder; without one the temporary folder is used",
    env: "XDG_RUNTIME_DIR",
  },
] as const satisfies readonly Flag[];

/**
 * Services in a folder that all processes of one user on this machine share: one file per node. A record is gone
 * when its time is up, or as soon as the process that registered it is, except one without a time to live, which
 * stays until it is deregistered.
 */
export function local(): Registry {
  let folder = open(defaultFolder(undefined));

  return {
    flags: () => flags,
    init({ flags: values, log }) {
      const { registry_dir, registry_runtime_dir } = values(flags);
      folder.close();
      folder = open(registry_dir || defaultFolder(registry_runtime_dir), log);
    },
    async list() {
      const records = await folder.read();
      return [...new Set(records.map(({ service }) => service.name))].sort();
    },
    async get(name) {
      const services = (await folder.read(prefixOf(name))).map(({ service }) => service);
      return structuredClone(versionsOf(services.filter((service) => service.name === name)));
    },
    async register(service, { ttl }) {
      if (service.name === "") throw new BotError("invalid", "the service has no name");
      if (!(ttl >= 0 && Number.isFinite(ttl)))
        throw new BotError("invalid", `ttl ${ttl} of '${service.name}' is no number of milliseconds`);
      const { records, ready } = folder;
      await ready();
      const rest = { expires: ttl === 0 ? null : Date.now() + ttl, owner: self() };
      for (const node of service.nodes) {
        const file = fileOf(service.name, node.id);
        const text = encodeRecord(service, node, rest);
        refuse(service, faultOf(file, text));
        await records.write(file, text);
      }
    },
    async deregister(service) {
      const { records, ready } = folder;
      await ready();
      for (const node of service.nodes) await records.remove(fileOf(service.name, node.id));
    },
    watch: (signal) => folder.watch.follow(signal),
    // Needs nothing, so it always serves.
    detect: async () => true,
    status: () => [folder.status()],
    async close() {
      folder.close();
    },
  };
}

/** Why a record that is written would not be read again. */
function faultOf(file: string, text: string): string | undefined {
  if (Buffer.byteLength(text) > MAX_BYTES) return `is longer than ${MAX_BYTES} bytes`;
  const record = decodeRecord(file, text);
  return typeof record === "string" ? record : undefined;
}

function refuse({ name }: Service, fault: string | undefined): void {
  if (fault !== undefined) throw new BotError("invalid", `the record of '${name}' ${fault}`);
}

interface Folder {
  readonly records: Records;
  readonly watch: RegistryWatch;
  read(prefix?: string): Promise<Record[]>;
  /** Settles when a change that is made now will be told to all who watch. */
  ready(): Promise<void>;
  status(): Status;
  close(): void;
}

function open(dir: string, log?: Log): Folder {
  const records = openRecords(dir);
  let state: Status["state"] = "starting";
  let since: number | undefined;
  let trouble = "";

  function turn(next: Status["state"], words = ""): void {
    if (state === "stopped") return;
    trouble = words;
    if (next === state) return;
    if (next === "down") log?.warn({ registry: "local" }, words);
    state = next;
    since = Date.now();
  }

  function mustBeOpen(): void {
    if (state === "stopped") throw new BotError("closed", "the registry local is closed");
  }

  async function read(prefix = ""): Promise<Record[]> {
    mustBeOpen();
    try {
      const found = await records.read(prefix);
      turn("up");
      return found;
    } catch (error) {
      turn("down", messageOf(error));
      throw error;
    }
  }

  const watch = registryWatch((signal, on) => observe(dir, read, signal, on));

  return {
    records,
    watch,
    read,
    async ready() {
      mustBeOpen();
      await watch.ready();
    },
    status: () => ({
      name: "registry local",
      state,
      ...(since !== undefined && { since }),
      note: trouble || [dir, ...skipped(records)].join("; "),
    }),
    close() {
      watch.stop();
      turn("stopped");
    },
  };
}

function skipped(records: Records): string[] {
  const faults = [...records.faults()];
  if (faults.length === 0) return [];
  const [file, reason] = faults[0]!;
  const others = faults.length > 1 ? ` and ${faults.length - 1} more` : "";
  return [`skipped ${file}, which ${reason}${others}`];
}
