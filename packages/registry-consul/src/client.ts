import { EventEmitter, setMaxListeners } from "node:events";
import { readFile } from "node:fs/promises";
import type { LookupFunction } from "node:net";
import { BotError, type Log, messageOf, type Status } from "@micro-bot/core";
import { isBotError } from "@micro-bot/kit";
import type Consul from "consul";
import { decoders, jsonOf, limited, type TooMuch } from "./answers.ts";

export interface Address {
  readonly host: string;
  readonly port: number;
  readonly secure: boolean;
}

export interface Settings {
  /** Whether somebody said where Consul is, and it is not only looked for in its usual place. */
  readonly named: boolean;
  readonly addresses: readonly Address[];
  readonly token: string | undefined;
  readonly datacenter: string | undefined;
  /** Path of a PEM file with the authorities to trust instead of Node's own. */
  readonly ca: string | undefined;
  /** Milliseconds that one request may take. */
  readonly timeout: number;
  readonly log: Log | undefined;
}

/** What a blocking query waits for: a change after `index`, for `wait` milliseconds at most. */
export interface ReadOptions {
  readonly index?: number;
  readonly wait?: number;
  readonly signal?: AbortSignal;
  /** The default allows any server to answer, also one that is a little behind. */
  readonly consistency?: "stale" | "default";
}

export interface Answer {
  /** `X-Consul-Index`. */
  readonly index: number;
  readonly body: unknown;
}

/** Options that every call of the library takes, though its types do not say so. */
interface CallOptions {
  readonly ctx: EventEmitter;
  readonly timeout: number;
  readonly stale?: boolean;
  readonly dc?: string;
  readonly index?: string;
  readonly wait?: string;
}

/** One call of the library, to whichever address answers. */
export type Call = (consul: Consul, options: CallOptions) => Promise<unknown>;

/**
 * Requests to Consul: each with a deadline, to the address that answered last, or else to the next one.
 * It throws `not_connected` when none answers, `denied` for a token that does not suffice, `limited` for an answer that is
 * too much, `failed` for other refusals, and `closed` after `close`.
 */
export interface Client {
  read(call: Call, options?: ReadOptions): Promise<Answer>;
  /** What Consul refuses is not tried at the next address: another agent would be another place. */
  write(call: Call): Promise<void>;
  /** What Consul makes of the token, or of there being none: access is not controlled, or the token is known or not. */
  access(): Promise<"off" | "known" | "unknown">;
  /** Where it was last asked, as people write it. */
  address(): string;
  /** How many requests were not answered. After one, Consul may be another that counts its changes anew. */
  outages(): number;
  status(): Status;
  /** When the last request was not answered: the time of the last answer. */
  stale(): number | undefined;
  close(): void;
}

/** Who the token is. https://developer.hashicorp.com/consul/api-docs/acl/tokens#read-self-token */
function ownToken(token: string): Call {
  return (consul, { ctx, timeout }) => {
    const headers = token === "" ? {} : { "x-consul-token": token };
    const get = (consul as unknown as { _get: (...given: unknown[]) => Promise<unknown> })._get.bind(consul);
    // The library knows only the access control of before Consul 1.4.
    return get({ path: "/acl/token/self", headers, ctx, timeout }, (request: Asked, next: Next) =>
      request.err
        ? next(false, Object.assign(request.err, { response: request.res }))
        : next(false, undefined, [request.res, request.res.body]),
    );
  };
}

interface Asked {
  readonly err?: Error;
  readonly res: { readonly body?: unknown };
}

type Next = (stop: false, error?: Error, value?: unknown) => void;

/** Consul adds up to a sixteenth to the wait it was asked for. */
const WAIT_STRETCH = 1 / 16;

export function openClient(settings: Settings): Client {
  const { addresses, token = "", log } = settings;
  const opened = new Map<Address, Promise<Consul>>();
  const closing = new AbortController();
  setMaxListeners(0, closing.signal);
  let current = 0;
  let answered: number | undefined;
  let unanswered = 0;
  let state: Status["state"] = "starting";
  let since: number | undefined;
  let trouble = "";

  function turn(next: Status["state"], words = ""): void {
    if (state === "stopped") return;
    trouble = words;
    if (next === state) return;
    if (next === "down") log?.warn({ registry: "consul" }, words);
    if (next === "up" && state === "down") log?.info({ registry: "consul" }, "consul answers again");
    state = next;
    since = Date.now();
  }

  function at(address: Address): Promise<Consul> {
    const consul = opened.get(address) ?? connect(address, settings);
    opened.set(address, consul);
    // A file that could not be read is read again the next time.
    consul.catch(() => opened.delete(address));
    return consul;
  }

  async function ask<T>(
    one: (consul: Consul, address: Address) => Promise<T>,
    given?: AbortSignal,
  ): Promise<T> {
    const first = current;
    const failures: BotError[] = [];
    for (let step = 0; step < addresses.length; step++) {
      const index = (first + step) % addresses.length;
      const address = addresses[index]!;
      if (closing.signal.aborted || given?.aborted) throw closed();
      try {
        const result = await one(await at(address), address);
        current = index;
        answered = Date.now();
        turn("up");
        return result;
      } catch (error) {
        if (closing.signal.aborted || given?.aborted) throw closed();
        const failure = explain(error, address, token);
        if (failure.code !== "not_connected") throw failure;
        failures.push(failure);
      }
    }
    const last = failures.map(messageOf).join("; ");
    unanswered++;
    turn("down", last);
    throw new BotError("not_connected", last);
  }

  return {
    read: (call, options = {}) =>
      ask((consul, address) => read(consul, address, call, options), options.signal),
    async write(call) {
      await ask(async (consul, address) => {
        try {
          await inContext(settings.timeout, [closing.signal], (common) => call(consul, common));
        } catch (error) {
          throw isRefusal(error) ? refusal(error, address, token) : error;
        }
      });
    },
    async access() {
      try {
        await ask((consul, address) => read(consul, address, ownToken(token), { consistency: "default" }));
        return "known";
      } catch (error) {
        const { status } = (error as BotError).detail ?? {};
        if (status === 401) return "off";
        if (status === 403) return "unknown";
        throw error;
      }
    },
    address: () => nameOf(addresses[current]!),
    outages: () => unanswered,
    status: () => ({
      name: "registry consul",
      state,
      ...(since !== undefined && { since }),
      note: trouble || nameOf(addresses[current]!),
    }),
    stale: () => (state === "down" ? answered : undefined),
    close() {
      closing.abort();
      turn("stopped");
      for (const consul of opened.values())
        void consul.then(
          (open) => open.destroy(),
          () => {},
        );
      opened.clear();
    },
  };

  async function read(consul: Consul, address: Address, call: Call, options: ReadOptions): Promise<Answer> {
    const { index = 0, wait = 0, consistency = "stale", signal } = options;
    const waiting = index > 0 ? wait * (1 + WAIT_STRETCH) : 0;
    const signals = signal ? [closing.signal, signal] : [closing.signal];
    const answer = await inContext(settings.timeout + waiting, signals, (common) =>
      call(consul, {
        ...common,
        ...(consistency === "stale" && { stale: true }),
        ...(settings.datacenter && { dc: settings.datacenter }),
        ...(index > 0 && { index: String(index), wait: `${Math.ceil(wait)}ms` }),
      }),
    );
    return answerOf(answer, address);
  }
}

/** `host:port` as people wrote it, with the scheme only where it is not the usual one. */
export function nameOf({ host, port, secure }: Address): string {
  const name = host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
  return secure ? `https://${name}` : name;
}

// The library is loaded when Consul is first asked, so that those who do not use it do not wait for it.
async function connect(address: Address, { ca, token }: Settings): Promise<Consul> {
  const { default: Library } = await import("consul");
  // Loaded only for an authority of one's own: a bot that asks Consul for nothing should not wait for TLS.
  const agent =
    ca && address.secure
      ? new (await import("node:https")).Agent({ keepAlive: true, ca: await readCa(ca) })
      : undefined;
  const options = {
    port: address.port,
    secure: address.secure,
    decoders,
    ...hostOf(address),
    ...(token && { defaults: { token } }),
    ...(agent && { agent }),
  };
  return limited(new Library(options));
}

// The library would have the brackets of an IPv6 address resolved as part of a name.
function hostOf({ host }: Address): { host: string; lookup?: LookupFunction } {
  if (!host.includes(":")) return { host };
  return {
    host: `[${host}]`,
    lookup: (_name, options, done) => process.getBuiltinModule("node:dns").lookup(host, options, done),
  };
}

async function readCa(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw new BotError("config", `consul_ca: cannot read '${path}'`, { cause });
  }
}

// The library takes an event emitter as the context of a call: it aborts at "cancel", and with
// `includeResponse` it hands over the response too, which has the index.
async function inContext<T>(
  timeout: number,
  signals: readonly AbortSignal[],
  call: (options: CallOptions) => Promise<T>,
): Promise<T> {
  const ctx = Object.assign(new EventEmitter(), { includeResponse: true });
  const cancel = () => void ctx.emit("cancel");
  for (const signal of signals) signal.addEventListener("abort", cancel, { once: true });
  try {
    return await call({ ctx, timeout });
  } finally {
    for (const signal of signals) signal.removeEventListener("abort", cancel);
  }
}

async function answerOf(answer: unknown, address: Address): Promise<Answer> {
  const [response, bytes] = answer as [{ headers: Record<string, string | undefined> }, unknown];
  const index = Number(response.headers["x-consul-index"]);
  const body = Number.isInteger(index) ? await jsonOf(bytes) : undefined;
  if (body === undefined)
    throw new BotError("not_connected", `what answers at ${nameOf(address)} is not Consul`);
  // 0 would make a blocking query return at once, over and over.
  return { index: Math.max(index, 1), body };
}

interface Refusal {
  readonly message: string;
  readonly statusCode: number;
  readonly response: { readonly body?: unknown };
}

function isRefusal(error: unknown): error is Refusal {
  return (error as { isResponse?: unknown } | undefined)?.isResponse === true;
}

// The library's error is never kept as the cause: it holds the request, and so the token.
function explain(error: unknown, address: Address, token: string): BotError {
  if (isBotError(error)) return error;
  if ((error as Error).name === "TooMuch")
    return new BotError("limited", `the answer of consul at ${nameOf(address)} ${(error as TooMuch).why}`);
  if (isRefusal(error) && error.statusCode < 500 && error.statusCode !== 429)
    return refusal(error, address, token);
  const { message, code } = error as { message?: string; code?: string };
  const reason = isRefusal(error) ? said(error) : message || code || "no reason given";
  return new BotError(
    "not_connected",
    hide(`consul at ${nameOf(address)} does not answer: ${reason}`, token),
  );
}

function refusal(error: Refusal, address: Address, token: string): BotError {
  const detail = { status: error.statusCode };
  const words = hide(`consul at ${nameOf(address)} refuses: ${said(error)}`, token);
  if (error.statusCode === 403 || error.statusCode === 401)
    return new BotError("denied", `${words}; consul_token must name a token that may do this`, { detail });
  return new BotError("failed", words, { detail });
}

function said({ message, response }: Refusal): string {
  const body = typeof response.body === "string" ? response.body : "";
  return body.trim().slice(0, 200) || message;
}

function hide(words: string, token: string): string {
  return token === "" ? words : words.replaceAll(token, "…");
}

function closed(): BotError {
  return new BotError("closed", "the registry consul is closed");
}
