import type { Random } from "../soak/random.ts";
import { happens, index, oddText } from "./bytes.ts";

/** JSON whose objects may have a key twice, or one that no literal of JavaScript would make: `__proto__`. */
type Node =
  | { readonly kind: "object"; pairs: [key: string, value: Node][] }
  | { readonly kind: "array"; items: Node[] }
  /** As it is written. */
  | { readonly kind: "raw"; text: string };

/** Where a value stands, so that another may stand there. */
interface Slot {
  value(): Node;
  put(value: Node): void;
  remove(): void;
  again(): void;
}

const DEEP = 2000;
const RAW: readonly string[] = [
  "null",
  "true",
  "false",
  "0",
  "-0",
  "-1",
  "1e400",
  "123456789012345678901234567890",
  '""',
  "[]",
  "{}",
  "[[[]]]",
  '{"toString":1}',
  '{"toString":null,"valueOf":null}',
  '{"valueOf":{}}',
  '{"then":1}',
  '{"then":{"toString":1}}',
  '{"toJSON":1}',
  '{"length":1e9}',
  '{"__proto__":{"toString":1}}',
  '{"constructor":{"prototype":1}}',
  '{"0":"x"}',
  `${"[".repeat(DEEP)}${"]".repeat(DEEP)}`,
  `${'{"a":'.repeat(DEEP)}1${"}".repeat(DEEP)}`,
  '"\\ud800"',
  '"\\u0000"',
];
const KEYS = [
  "__proto__",
  "constructor",
  "toString",
  "valueOf",
  "then",
  "toJSON",
  "length",
  "type",
  "id",
  "",
];

/** A value as JSON, with one to three changes of what it holds. */
export function mutateJson(value: unknown, random: Random): string {
  const root: { node: Node } = { node: nodeOf(value) };
  for (let left = 1 + index(3, random); left > 0; left--) change(root, random);
  return render(root.node);
}

function change(root: { node: Node }, random: Random): void {
  const all = slots(root);
  const slot = random.pick(all);
  const value = slot.value();
  switch (index(8, random)) {
    case 0:
    case 1:
      slot.put({ kind: "raw", text: random.pick(RAW) });
      break;
    case 2:
      slot.remove();
      break;
    case 3:
      slot.again();
      break;
    case 4:
      slot.put(
        happens(0.5, random)
          ? { kind: "array", items: [value] }
          : { kind: "object", pairs: [[random.pick(KEYS), value]] },
      );
      break;
    case 5:
      slot.put(random.pick(all).value());
      break;
    case 6:
      if (value.kind === "object") renameIn(value.pairs, random);
      else slot.put({ kind: "raw", text: JSON.stringify(oddText(textOf(value), random)) });
      break;
    default:
      if (value.kind === "object")
        value.pairs.push([random.pick(KEYS), { kind: "raw", text: random.pick(RAW) }]);
      else slot.put({ kind: "raw", text: JSON.stringify(textOf(value)) });
  }
}

function renameIn(pairs: [string, Node][], random: Random): void {
  const pair = pairs[index(pairs.length, random)];
  if (pair) pair[0] = random.pick(KEYS);
}

function textOf(node: Node): string {
  if (node.kind !== "raw") return "x";
  const value: unknown = JSON.parse(node.text.length < 1000 ? node.text : '"x"');
  return typeof value === "string" ? value : node.text;
}

// What was put into a place twice would be a ring: a part is only taken as it is written.
function slots(root: { node: Node }): Slot[] {
  const found: Slot[] = [
    {
      value: () => frozen(root.node),
      put: (value) => {
        root.node = nodeAgain(value);
      },
      remove: () => {
        root.node = { kind: "raw", text: "{}" };
      },
      again: () => {},
    },
  ];
  const visit = (node: Node): void => {
    if (node.kind === "array")
      node.items.forEach((item, at) => {
        found.push({
          value: () => frozen(item),
          put: (value) => {
            node.items[at] = nodeAgain(value);
          },
          remove: () => void node.items.splice(at, 1),
          again: () => void node.items.push(item),
        });
        visit(item);
      });
    if (node.kind === "object")
      for (const pair of node.pairs) {
        found.push({
          value: () => (pair[1].kind === "object" ? pair[1] : frozen(pair[1])),
          put: (value) => {
            pair[1] = nodeAgain(value);
          },
          remove: () => {
            node.pairs = node.pairs.filter((one) => one !== pair);
          },
          again: () => void node.pairs.push([pair[0], pair[1]]),
        });
        visit(pair[1]);
      }
  };
  visit(root.node);
  return found;
}

function nodeAgain(node: Node): Node {
  return node.kind === "raw" ? node : frozen(node);
}

function frozen(node: Node): Node {
  return { kind: "raw", text: render(node) };
}

function nodeOf(value: unknown): Node {
  if (Array.isArray(value)) return { kind: "array", items: value.map(nodeOf) };
  if (typeof value === "object" && value !== null)
    return { kind: "object", pairs: Object.entries(value).map(([key, one]) => [key, nodeOf(one ?? null)]) };
  return { kind: "raw", text: JSON.stringify(value) };
}

function render(node: Node): string {
  if (node.kind === "raw") return node.text;
  if (node.kind === "array") return `[${node.items.map(render).join(",")}]`;
  return `{${node.pairs.map(([key, value]) => `${JSON.stringify(key)}:${render(value)}`).join(",")}}`;
}
