import { readFileSync } from "node:fs";

/** The oldest Node that everything runs on; package.json's `engines` says the same. */
const OLDEST = [22, 13] as const;

/** What is wrong with the Node that runs this, in words. */
export function nodeFault(running: string = process.versions.node): string | undefined {
  const [major = 0, minor = 0] = running.split(".").map(Number);
  if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) return undefined;
  return `Node ${OLDEST.join(".")} or newer is needed, and this is ${running}`;
}

/** What `--version` prints: `micro 1.0.0 (engine 1.0.0, Node 24.21.0)`. */
export function versionText(manifest: URL | undefined): string {
  const engine = versionIn(new URL("../package.json", import.meta.url));
  const program = manifest ? versionIn(manifest) : engine;
  return `micro ${program} (engine ${engine}, Node ${process.versions.node})`;
}

function versionIn(manifest: URL): string {
  try {
    return (JSON.parse(readFileSync(manifest, "utf8")) as { version: string }).version;
  } catch {
    return "of an unknown version";
  }
}
