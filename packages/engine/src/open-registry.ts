import { memoryStore, type Plugin, type Registry, registries } from "@micro-bot/core";
import { flags as engineFlags } from "./flags.ts";
import { pinoLog } from "./log.ts";
import { ChosenRegistry } from "./registry.ts";
import { secretFiles } from "./secret-files.ts";
import { type Env, parseCommandLine, parseEnvironment, reader } from "./values.ts";

/**
 * For a service's own program: the registry that a bot on this machine would use, with the same flags and variables
 * (`--registry=consul --registry_address=…`), among those that were imported. Throws `config` for a flag it cannot read.
 */
export async function openRegistry({
  argv,
  env,
}: {
  readonly argv: readonly string[];
  readonly env: Env;
}): Promise<Registry> {
  const plugins: readonly Plugin[] = [...registries.values()];
  const [registryFlag] = engineFlags.filter(({ name }) => name === "registry");
  const declared = [registryFlag!, ...plugins.flatMap((plugin) => plugin.flags?.() ?? [])];
  const all = { ...env, ...secretFiles(env, declared).env };
  const values = new Map([...parseEnvironment(all, declared), ...parseCommandLine(argv, declared).values]);
  const log = await pinoLog({ level: "warn", redact: (text) => text, pretty: process.stderr.isTTY === true });
  for (const [name, plugin] of registries)
    plugin.init?.({
      flags: reader(`registry-${name}`, values),
      log,
      store: memoryStore(),
      redact: (text) => text,
      commands: () => [],
    });
  return new ChosenRegistry(registries, values.get("registry") as string | undefined, log);
}
