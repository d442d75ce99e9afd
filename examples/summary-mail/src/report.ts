import { type Content, messageOf, type Node, type Registry } from "@micro-bot/core";
import { type Answer, clientOf } from "@micro-bot/micro";

interface Row {
  readonly node: Node;
  readonly version: string;
  /** `ok`, or the node's own words, or why there are none. */
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
  const rows = await Promise.all(
    nodes.map(async ({ version, node }): Promise<Row> => {
      const ask = (endpoint: string) =>
        client.call(service, endpoint, {}, { node, signal, timeout: NODE_TIMEOUT, retries: 0 });
      return { node, version, ...(await stateOf(ask)) };
    }),
  );
  const ok = rows.filter(({ state }) => state === "ok").length;
  const since = registry.stale?.();
  const stale = since === undefined ? "" : `\n\nThe registry does not answer: nodes as of ${date(since)}.`;
  return {
    subject: `${service}: ${ok} of ${rows.length} nodes ok`,
    format: "markdown",
    data: `**${service}**, ${date(Date.now())}\n\n${[HEAD, ...rows.map(line)].join("\n")}${stale}`,
  };
}

async function stateOf(ask: (endpoint: string) => Promise<Answer>): Promise<Omit<Row, "node" | "version">> {
  try {
    const [health, stats] = await Promise.all([ask("Debug.Health"), ask("Debug.Stats")]);
    const { status } = fieldsOf(health);
    // protobuf leaves out what is 0.
    const { requests = 0, errors = 0 } = fieldsOf(stats);
    return { state: String(status), requests: String(requests), errors: String(errors) };
  } catch (error) {
    return { state: wordsOf(error), requests: "", errors: "" };
  }
}

function fieldsOf({ value }: Answer): Readonly<Record<string, unknown>> {
  return (value ?? {}) as Record<string, unknown>;
}

/** What went wrong, without the service and endpoint that an error of the client begins with. */
function wordsOf(error: unknown): string {
  const { detail } = (error as { detail?: { detail?: unknown } }).detail ?? {};
  return typeof detail === "string" && detail !== "" ? detail : messageOf(error);
}

function line({ node, version, state, requests, errors }: Row): string {
  const cells = [node.id, node.address, version, state, requests, errors];
  return `| ${cells.map(cell).join(" | ")} |`;
}

// A service's words stay in their cell.
function cell(text: string): string {
  return text.replace(/\s+/gu, " ").slice(0, 200).replaceAll("|", "\\|");
}

function date(time: number): string {
  return `${new Date(time).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}
