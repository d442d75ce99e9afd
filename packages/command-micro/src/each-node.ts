import { type Context, messageOf, type Node, type Service } from "@micro-bot/core";
import { ellipsis } from "@micro-bot/kit";
import type { Answer } from "@micro-bot/micro";
import { formatNodes, type NodeRow, nodesOf } from "./format.ts";
import { fromRegistry, micro, versionsOf } from "./services.ts";

/** How long one node may take, in milliseconds: all are asked at once, and one that hangs must not hold up the rest. */
const NODE_TIMEOUT = 3000;
/** Nodes asked at one time. */
const AT_ONCE = 128;
/** Bytes that one node may answer: it says how it is in a few words and numbers. */
const MAX_ANSWER = 64 * 1024;

/** Characters of a node's words in its row. */
const MAX_WORDS = 300;

/** How to make table columns of what a node said. */
export interface Columns {
  readonly header: string;
  answered(answer: Answer): string;
  failed(error: unknown): string;
}

/** Asks every node of a service side by side, many at a time, each at its own address, and prints a line for each. */
export async function askEach(
  ctx: Context,
  name: string,
  endpoint: string,
  columns: Columns,
): Promise<ReturnType<typeof fromRegistry>> {
  const { clientOf } = await micro();
  const client = clientOf(ctx.registry);
  const services = await versionsOf(ctx.registry, name);
  const row = async ({ service, node }: { readonly service: Service; readonly node: Node }) => {
    const answer = client.call(
      name,
      endpoint,
      {},
      { node, timeout: NODE_TIMEOUT, maxAnswer: MAX_ANSWER, signal: ctx.signal, retries: 0 },
    );
    return { service, node, columns: await answer.then(columns.answered).catch(columns.failed) };
  };
  const rows: NodeRow[] = [];
  const nodes = nodesOf(services).entries();
  // All take from one iterator, each the next node when it is done with the one before.
  const some = async () => {
    for (const [index, one] of nodes) rows[index] = await row(one);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, some));
  return fromRegistry(ctx, formatNodes(columns.header, rows));
}

/** A node's words as they stand in its own row: in one line, and not for ever. */
export function inRow(words: string): string {
  return ellipsis(words.slice(0, 2 * MAX_WORDS).replace(/\s+/gu, " "), MAX_WORDS);
}

/** Whether a node answered that it serves no `Debug`: stock services of go-micro v5 and v6 do not. */
export function hasNoDebug(error: unknown): boolean {
  const { detail } = (error as { detail?: { detail?: unknown } }).detail ?? {};
  return /can't find service Debug|unknown service (?:\S+\.)?Debug/i.test(String(detail ?? messageOf(error)));
}
