// A service in TypeScript. Try: npm run greeter, and in another terminal npm start, then
// call go.micro.srv.greeter Greeter.Hello {"name": "John"}
import { openRegistry } from "@micro-bot/engine";
import { service } from "@micro-bot/micro";
import "@micro-bot/registry-consul";
import "@micro-bot/registry-local";

const registry = await openRegistry({ argv: process.argv.slice(2), env: process.env });

const greeter = service({
  name: "go.micro.srv.greeter",
  version: "1.0.0",
  registry,
  handlers: {
    "Greeter.Hello": ({ name = "you" }: { name?: string }) => ({ msg: `Hello ${name}` }),
  },
  describe: {
    "Greeter.Hello": {
      request: { name: "Request", type: "Request", values: [{ name: "name", type: "string" }] },
      response: { name: "Response", type: "Response", values: [{ name: "msg", type: "string" }] },
    },
  },
});

console.log(`go.micro.srv.greeter is at ${await greeter.start()}`);

for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.once(signal, async () => {
    await greeter.stop();
    process.exit(0);
  });
