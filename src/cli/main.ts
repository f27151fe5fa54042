#!/usr/bin/env node
// Nothing more is imported before it is known to be needed: --version has to answer at once, and a Node.js
// that is too old has to get as far as the sentence that says so.

import { setFlagsFromString } from "node:v8";
import { version } from "../base/version.ts";

const LINGER_MS = 500;
const OLDEST_NODE = [22, 18] as const;
const SIGNAL_STATUS = { SIGINT: 130, SIGTERM: 143 } as const;

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1])) {
  process.stderr.write(
    `holdfast: error: Node.js ${process.versions.node} is too old\n` +
      `hint: install Node.js ${OLDEST_NODE.join(".")} or later\n`,
  );
  process.exitCode = 2;
} else if (process.argv.length === 3 && process.argv[2] === "--version") {
  process.stdout.write(`${version()}\n`);
} else {
  // Objects here live briefly or as long as the process; a young heap that grows only takes memory (70 MB measured).
  setFlagsFromString("--semi-space-growth-factor=1");
  await main();
}

async function main(): Promise<void> {
  let interruptedBy: keyof typeof SIGNAL_STATUS | null = null;
  const controller = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    process.on(name, () => {
      // The first signal asks, the second one insists. What is stored survives both.
      if (interruptedBy !== null) process.exit(SIGNAL_STATUS[name]);
      interruptedBy = name;
      controller.abort(name);
    });
  }
  // A reader that has seen enough (`holdfast ls latest | head`) is no failure of ours.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
  const { runCommandLine } = await import("./run.ts");
  const status = await runCommandLine(process.argv.slice(2), process.env, controller.signal);
  process.exitCode = status === "interrupted" ? SIGNAL_STATUS[interruptedBy ?? "SIGINT"] : status;
  // A store that never answers a question that nobody waits for any more does not keep us.
  setTimeout(() => process.exit(), LINGER_MS).unref();
}
