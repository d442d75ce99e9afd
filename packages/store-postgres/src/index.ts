import { stores } from "@micro-bot/core";
import { openPostgres } from "./plugin.ts";

for (const scheme of ["postgres", "postgresql"]) stores.set(scheme, openPostgres);

export { openPostgres };
