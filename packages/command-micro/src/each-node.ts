import { type Context, messageOf, type Node, type Service } from "@micro-bot/core";
import type { Answer } from "@micro-bot/micro";
import { formatNodes, nodesOf } from "./format.ts";
import { fromRegistry, micro, versionsOf } from "./services.ts";

/** How long one node may take, in milliseconds: all are asked at once, and one that hangs must not hold up the rest. */
const NODE_TIMEOUT = 3000;

/** How to make table columns of what a node said. */
export interface Columns {
  readonly header: string;
  answered(answer: Answer): string;
  failed(error: unknown): string;
}

/** Asks every node of a service side by side, each at its own address, and prints a line for each. */
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
      { node, timeout: NODE_TIMEOUT, signal: ctx.signal, retries: 0 },
    );
    return { service, node, columns: await answer.then(columns.answered).catch(columns.failed) };
  };
  return fromRegistry(ctx, formatNodes(columns.header, await Promise.all(nodesOf(services).map(row))));
}

/** Whether a node answered that it serves no `Debug`: stock services of go-micro v5 and v6 do not. */
export function hasNoDebug(error: unknown): boolean {
  const { detail } = (error as { detail?: { detail?: unknown } }).detail ?? {};
  return /can't find service Debug|unknown service (?:\S+\.)?Debug/i.test(String(detail ?? messageOf(error)));
}
