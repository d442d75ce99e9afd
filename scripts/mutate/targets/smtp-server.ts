import { once } from "node:events";
import net, { type AddressInfo, type Socket } from "node:net";

/** A server that takes all mail of the bot and keeps none: RFC 5321. */
export async function startSmtp(): Promise<{ port: number; stop(): Promise<void> }> {
  const sockets = new Set<Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
    socket.write("220 localhost\r\n");
    let inMail = false;
    let rest = "";
    socket.on("data", (chunk: Buffer) => {
      const lines = (rest + chunk.toString("latin1")).split("\r\n");
      rest = lines.pop()!;
      for (const line of lines) {
        const ended = inMail && line === ".";
        if (inMail && !ended) continue;
        inMail = !ended && line === "DATA";
        socket.write(answerTo(line));
      }
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    async stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

function answerTo(line: string): string {
  if (line.startsWith("EHLO")) return "250-localhost\r\n250 AUTH PLAIN LOGIN\r\n";
  if (line.startsWith("AUTH")) return "235 ok\r\n";
  return line === "DATA" ? "354 go on\r\n" : line === "QUIT" ? "221 bye\r\n" : "250 ok\r\n";
}
