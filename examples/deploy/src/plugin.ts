import { BotError, type Command, newCommand } from "@micro-bot/core";
import { clientOf } from "@micro-bot/micro";

/** Deploys by the service `go.micro.srv.deployer`, after two questions. `safe`: a restart between them loses nothing. */
export function deploy(): Command {
  return newCommand(
    "deploy",
    "deploy [service]",
    "Deploys a version of a service",
    async ([, service], ctx) => {
      if (!service) throw new BotError("invalid", "deploy what? write: deploy SERVICE");
      const version = await ctx.ask(`which version of ${service}?`);
      const sure = await ctx.ask(`deploy ${service} ${version}?`, { choices: ["yes", "no"] });
      if (sure === "no") return `${service} is left as it is`;
      const { id } = await ctx.reply(`deploying ${service} ${version} …`);
      // Not done again by a rerun; the deployer is given the key, so that it can tell as well.
      const nodes = await ctx.once("deploy", async (key) => {
        const request = { service, version, key };
        const options = { signal: ctx.signal };
        const call = clientOf(ctx.registry).call(
          "go.micro.srv.deployer",
          "Deployer.Deploy",
          request,
          options,
        );
        return (await call).value as { nodes: number };
      });
      return {
        data: `${service} ${version} is up on ${nodes.nodes} nodes`,
        ...(id !== undefined && { edit: id }),
      };
    },
    { access: "operator", rerun: "safe" },
  );
}
