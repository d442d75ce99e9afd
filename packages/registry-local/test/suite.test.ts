import { testRegistry } from "@micro-bot/testkit";
import { newFolder, open } from "./help.ts";

const folders = new WeakMap<object, string>();

testRegistry({
  name: "local",
  create() {
    const registry_dir = newFolder();
    const registry = open({ registry_dir });
    folders.set(registry, registry_dir);
    return registry;
  },
  another: (registry) => open({ registry_dir: folders.get(registry)! }),
});
