#!/usr/bin/env node
// Any Node that has modules can read this file: it only looks whether the rest can be read, too.
const OLDEST = [22, 13];
const running = process.versions.node.split(".").map(Number);
if (running[0]! > OLDEST[0]! || (running[0] === OLDEST[0] && running[1]! >= OLDEST[1]!))
  void import("./start.ts");
else {
  process.stderr.write(
    `micro: Node ${OLDEST.join(".")} or newer is needed, and this is ${process.versions.node}\n`,
  );
  process.exitCode = 1;
}
