import { type Content, messageOf, type Node, type Registry } from "@micro-bot/core";
import { type Client, clientOf } from "@micro-bot/micro";

interface Row {
  readonly version: string;
  readonly node: Node;
  readonly state: string;
  readonly requests: string;
  readonly errors: string;
}

const HEAD =
  "| node | address | version | state | requests | errors |\n| --- | --- | --- | --- | --: | --: |";
/** How long one node may take, in milliseconds. */
const NODE_TIMEOUT = 3000;

/** What all nodes of a service say of themselves, as a mail with a table. */
export async function report(service: string, registry: Registry, signal: AbortSignal): Promise<Content> {
  const client = clientOf(registry);
  const versions = await registry.get(service);
  const nodes = versions.flatMap(({ version, nodes }) => nodes.map((node) => ({ version, node })));
  const ask = ({ version, node }: (typeof nodes)[number]) => rowOf(service, version, node, client, signal);
  const rows = await Promise.all(nodes.map(ask));
  const ok = rows.filter(({ state }) => state === "ok").length;
  const since = registry.stale?.();
  const stale = since === undefined ? "" : `\n\nThe registry does not answer: nodes as of ${date(since)}.`;
  return {
    subject: `${service}: ${ok} of ${rows.length} nodes ok`,
    format: "markdown",
    data: `**${service}**, ${date(Date.now())}\n\n${[HEAD, ...rows.map(line)].join("\n")}${stale}`,
  };
}

async function rowOf(
  service: string,
  version: string,
  node: Node,
  client: Client,
  signal: AbortSignal,
): Promise<Row> {
  const ask = async (endpoint: string): Promise<Record<string, unknown>> => {
    const options = { node, signal, timeout: NODE_TIMEOUT, retries: 0 };
    const { value } = await client.call(service, endpoint, {}, options);
    return (value ?? {}) as Record<string, unknown>;
  };
  try {
    const [health, stats] = await Promise.all([ask("Debug.Health"), ask("Debug.Stats")]);
    // protobuf leaves out what is 0.
    const { requests = 0, errors = 0 } = stats;
    return {
      version,
      node,
      state: String(health.status),
      requests: String(requests),
      errors: String(errors),
    };
  } catch (error) {
    return { version, node, state: messageOf(error), requests: "", errors: "" };
  }
}

function line({ node, version, state, requests, errors }: Row): string {
  const cells = [node.id, node.address, version, state, requests, errors];
  return `| ${cells.map(cell).join(" | ")} |`;
}

// A service's words stay in their cell.
function cell(text: string): string {
  return text.replace(/\s+/gu, " ").replaceAll("|", "\\|").slice(0, 200);
}

function date(time: number): string {
  return `${new Date(time).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}
