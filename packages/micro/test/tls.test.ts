import { readFileSync } from "node:fs";
import { createSecureServer } from "node:http2";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { type BotError, memoryRegistry, type Node } from "@micro-bot/core";
import { afterAll, expect, onTestFinished, test } from "vitest";
import { makeCerts, removeDir, tempDir } from "../../../test/servers/lib.ts";
import { client } from "../src/client.ts";
import { frame } from "../src/frames.ts";

const dir = tempDir("micro-tls");
afterAll(() => removeDir(dir));
const { ca, certFile, keyFile } = makeCerts(dir);
const pair = { cert: readFileSync(certFile), key: readFileSync(keyFile) };

/** Clients that trust the node's authority, and one that does not. */
function callers() {
  const trusting = client({ registry: memoryRegistry(), tls: { ca } });
  const strange = client({ registry: memoryRegistry(), tls: {} });
  onTestFinished(() => Promise.all([trusting.close(), strange.close()]).then(() => {}));
  return { trusting, strange };
}

function nodeOf(server: { address(): AddressInfo | string | null }, protocol: string): Node {
  return { id: "n", address: `127.0.0.1:${(server.address() as AddressInfo).port}`, metadata: { protocol } };
}

async function errorOf(work: Promise<unknown>): Promise<BotError> {
  return work.then(
    () => expect.unreachable("it should have failed"),
    (error: BotError) => error,
  );
}

test("over HTTP the node's certificate is checked, and nothing is sent to a stranger", async () => {
  let requests = 0;
  const server = createServer(pair, (request, response) => {
    requests++;
    request.resume();
    response.end('"safe"');
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { trusting, strange } = callers();
  const node = nodeOf(server, "mucp");
  expect((await trusting.call("s", "A.B", {}, { node })).value).toBe("safe");
  const error = await errorOf(strange.call("s", "A.B", {}, { node }));
  expect(error).toMatchObject({ code: "failed", detail: { sent: false } });
  expect(error.message).toContain("certificate");
  const stream = async () => {
    for await (const _ of strange.stream("s", "A.B", {}, { node }));
  };
  expect(await errorOf(stream())).toMatchObject({ detail: { sent: false } });
  expect(requests).toBe(1);
});

test("over gRPC the node's certificate is checked, and nothing is sent to a stranger", async () => {
  let requests = 0;
  const server = createSecureServer(pair);
  server.on("stream", (stream) => {
    requests++;
    stream.resume();
    stream.respond({ ":status": 200, "content-type": "application/grpc+json" }, { waitForTrailers: true });
    stream.once("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
    stream.end(frame('"safe"'));
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const { trusting, strange } = callers();
  const node = nodeOf(server, "grpc");
  expect((await trusting.call("s", "A.B", {}, { node })).value).toBe("safe");
  const error = await errorOf(strange.call("s", "A.B", {}, { node }));
  expect(error).toMatchObject({ code: "failed", detail: { sent: false } });
  expect(error.message).toContain("certificate");
  expect(requests).toBe(1);
});
