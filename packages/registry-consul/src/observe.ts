import { codeOf, type RegistryEvent, type Service } from "@micro-bot/core";
import { Backoff, pause, registryChanges } from "@micro-bot/kit";
import { block, RETRY_MS } from "./block.ts";
import type { Client } from "./client.ts";
import type { Copy } from "./copy.ts";
import { AT_ONCE, allChecks, allServices, checksOf, criticalChecks, healthOf } from "./queries.ts";
import { entriesOf, servicesOf } from "./record.ts";
import type { Rights } from "./rights.ts";
import { isObject } from "./tags.ts";
import { newTodo } from "./todo.ts";

/** Differs from the tags of any service. */
const UNSURE = "";

/**
 * Tells changes until the signal aborts. `ready` is called when all later changes will be told: the first
 * look at everything is what they are compared with. When Consul does not answer that first look, what it says
 * after the outage is compared with the copy.
 *
 * Two blocking queries, on the names with their tags and on the critical checks, tell that something changed; with
 * the list of all checks they mostly tell what, and that is read at once. What they do not show, such as another
 * address of the same node, is found by a sweep over all services, which follows any change. One blocking query
 * per service, as go-micro has it, ends at the 200 connections that Consul allows a client.
 */
export async function observe(
  { client, copy, rights }: { readonly client: Client; readonly copy: Copy; readonly rights: Rights },
  signal: AbortSignal,
  on: { ready(): void; change(event: RegistryEvent): void },
): Promise<void> {
  const todo = newTodo();
  const state = new Map<string, readonly Service[]>();
  let tags = new Map<string, string>();
  let checks = new Map<string, string>();
  let critical = new Map<string, string>();
  let first = true;
  const backoff = new Backoff(RETRY_MS);

  async function heardServices(body: unknown): Promise<void> {
    const next = new Map(Object.entries(isObject(body) ? body : {}).map(([name, of]) => [name, textOf(of)]));
    // What is hidden from one moment to the next has not gone.
    if (next.size === 0) await rights.nothingSeen();
    else rights.seen();
    todo.add(different(tags, next));
    tags = next;
    todo.sweep(() => [...tags.keys(), ...state.keys()]);
    const known = checks;
    checks = servicesByCheck((await client.read(allChecks, { signal })).body);
    todo.add(changedServices(known, checks).filter((name) => name !== ""));
  }

  function heardCritical(body: unknown): void {
    const next = servicesByCheck(body);
    const services = changedServices(critical, next);
    critical = next;
    // A machine that failed or came back: which services it has is in no list that is at hand.
    if (services.includes("")) todo.add([...tags.keys()]);
    todo.add(services.filter((name) => name !== ""));
  }

  function outage(): void {
    if (first) for (const [name, services] of copy.entries()) if (!state.has(name)) state.set(name, services);
    first = false;
    // All of them are looked at when Consul is back.
    tags = new Map([...tags.keys(), ...state.keys()].map((name) => [name, UNSURE]));
    on.ready();
  }

  async function look(name: string): Promise<void> {
    const answer = await client.read(healthOf(name), { signal }).catch(unlessRefused);
    if (answer === undefined) return;
    const before = state.get(name) ?? [];
    if (before.length > 0 && entriesOf(answer.body).length === 0) await rights.nothingSeen(name);
    const after = await servicesOf(name, answer.body).catch(unlessRefused);
    if (after === undefined) return;
    copy.set(name, after);
    if (after.length > 0) state.set(name, after);
    else state.delete(name);
    if (first || signal.aborted) return;
    for (const event of registryChanges(before, after)) on.change(event);
  }

  async function work(): Promise<void> {
    while (!signal.aborted) {
      await todo.some();
      const done = await Promise.allSettled(Array.from({ length: AT_ONCE }, () => todo.each(look)));
      if (signal.aborted) return;
      if (done.some(({ status }) => status === "rejected")) {
        outage();
        await pause(backoff.next(), signal);
        continue;
      }
      backoff.reset();
      if (!todo.swept()) continue;
      first = false;
      on.ready();
    }
  }

  signal.addEventListener("abort", todo.stop, { once: true });
  await Promise.all([
    block(client, allServices, signal, { answer: heardServices, outage }),
    block(client, criticalChecks, signal, { answer: heardCritical, outage() {} }),
    work(),
  ]);
}

/** The service of each check, by the check; empty for one of a whole machine. */
function servicesByCheck(body: unknown): Map<string, string> {
  return new Map(checksOf(body).map(({ key, service }) => [key, service]));
}

function changedServices(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string[] {
  return different(before, after).map((key) => after.get(key) ?? before.get(key) ?? "");
}

// What a token may not see, and what is too much to read, is not there; asking again would change nothing.
function unlessRefused(error: unknown): undefined {
  if (codeOf(error) === "not_connected") throw error;
}

function different(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string[] {
  return [...new Set([...before.keys(), ...after.keys()])].filter(
    (key) => before.get(key) !== after.get(key),
  );
}

function textOf(tags: unknown): string {
  return JSON.stringify(Array.isArray(tags) ? tags.toSorted() : []);
}
