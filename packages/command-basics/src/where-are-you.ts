import { hostname, networkInterfaces } from "node:os";
import { type Command, newCommand } from "@micro-bot/core";

/** On which machine the bot runs. It asks the machine only, nobody on the network. */
export function whereAreYou(): Command {
  return newCommand("whereareyou", "where are you?", "Returns the location of the bot", answer, {
    reads: true,
    rerun: "safe",
  });
}

function answer(): string {
  return `hostname: ${hostname()}\ninternal ip: ${internalIp(networkInterfaces())}`;
}

/** The first address that others could reach; the loopback one where there is no other. */
export function internalIp(interfaces: ReturnType<typeof networkInterfaces>): string {
  const addresses = Object.values(interfaces).flatMap((list) => list ?? []);
  return addresses.find(({ internal }) => !internal)?.address ?? "127.0.0.1";
}
