import { type Command, type CommandList, type Context, newCommand } from "@micro-bot/core";

const ACCESS = { anyone: "Anyone may run it", operator: "Operators may run it" } as const;

/** What the bot can do, for the person who asks. */
export function help(): Command {
  return newCommand("help", "help [command]", "Displays help for all known commands", answer, {
    help: "help NAME tells more about one command.",
    reads: true,
    rerun: "safe",
  });
}

function answer(_args: readonly string[], { rest, commands, terse }: Context): string {
  const name = rest.trim();
  if (name === "") return (terse ? names : lines)(commands.list().toSorted(byName));
  const command = find(name, commands);
  return command ? about(command) : `there is no command '${name}'`;
}

function lines(commands: readonly Command[]): string {
  return commands.map(line).join("\n");
}

function names(commands: readonly Command[]): string {
  return `${commands.map(({ name }) => name).join(", ")}\nsay 'help NAME' for more about one, as in: help ping`;
}

/** By name, or by what a person would type: `help three laws`. */
function find(name: string, commands: CommandList): Command | undefined {
  const lower = name.toLowerCase();
  return commands.list().find((command) => command.name.toLowerCase() === lower) ?? commands.match(name);
}

function about(command: Command): string {
  const more = command.help ? ["", command.help] : [];
  return [line(command), ACCESS[command.access ?? "anyone"], ...more].join("\n");
}

function line({ usage, description }: Command): string {
  return `${usage} - ${description}`;
}

function byName(a: Command, b: Command): number {
  return a.name < b.name ? -1 : Number(a.name > b.name);
}
