import { Worker } from "node:worker_threads";
import { memoryRegistry } from "@micro-bot/core";
import { expect, onTestFinished, test } from "vitest";
import { client } from "../src/client.ts";

/** In another thread: the first request is answered at once, the second when this thread is held up. */
const SERVER = `
  const { parentPort, workerData: held } = require("node:worker_threads");
  let count = 0;
  const server = require("node:net").createServer((socket) => socket.on("data", () => {
    const second = count++ > 0;
    if (second) {
      parentPort.postMessage("asked");
      Atomics.wait(held, 0, 0, 5000);
    }
    socket.write("HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\n{}", () => {
      if (!second) return;
      Atomics.store(held, 0, 2);
      Atomics.notify(held, 0);
    });
  }));
  server.listen(0, "127.0.0.1", () => parentPort.postMessage(server.address().port));
`;

test("an answer that came while this process was held up is not too late", async () => {
  const held = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(SERVER, { eval: true, workerData: held });
  const caller = client({ registry: memoryRegistry() });
  onTestFinished(async () => {
    await caller.close();
    await worker.terminate();
  });
  const port = await new Promise<number>((resolve) => worker.once("message", resolve));
  const node = { id: "n", address: `127.0.0.1:${port}`, metadata: { protocol: "mucp" } };
  await caller.call("s", "A.B", {}, { node });

  const asked = new Promise((resolve) => worker.once("message", resolve));
  const began = performance.now();
  const call = caller.call("s", "A.B", {}, { node, timeout: 1000 });
  await asked;
  Atomics.store(held, 0, 1);
  Atomics.notify(held, 0);
  Atomics.wait(held, 0, 1, 5000);
  while (performance.now() - began < 1100);
  expect((await call).raw).toBe("{}");
});
