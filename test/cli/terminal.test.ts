import { spawn } from "node:child_process";
import { readdir } from "node:fs/promises";
import { expect, test } from "vitest";
import { temporaryHub } from "../hub/support.ts";
import { createRandom } from "../support/random.ts";
import { run } from "../support/run.ts";
import { type CliResult, openWorkbench, type Workbench } from "./workbench.ts";

const noScript = (await run("sh", ["-c", "command -v script"], { mayFail: true })).status !== 0;
if (noScript) process.stdout.write("skipped: questions on a terminal: the program script is not installed\n");

/** What to type once a text stands on the terminal. */
type Answer = readonly [question: string, keys: string];

/** Runs a command on a terminal of its own, with somebody who answers. */
async function onTerminal(
  bench: Workbench,
  args: readonly string[],
  answers: readonly Answer[],
  variables: Readonly<Record<string, string>> = {},
): Promise<CliResult> {
  const command = [...bench.holdfast.command, ...args].map((word) => `'${word}'`).join(" ");
  // The terminal of `script` has no width until it is told one.
  const child = spawn("script", ["-qec", `stty cols 100 && ${command}`, "/dev/null"], {
    env: { ...bench.holdfast.env, TERM: "xterm", SHELL: "/bin/sh", ...variables },
    cwd: bench.path,
    timeout: 30_000,
  });
  const left = [...answers];
  let seen = "";
  let stdout = "";
  child.stdout.on("data", (data: Buffer) => {
    stdout += data.toString();
    seen += data.toString();
    const [question, keys] = left[0] ?? ["", ""];
    if (left.length === 0 || !seen.includes(question)) return;
    seen = "";
    left.shift();
    child.stdin.write(keys);
  });
  const status = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { status, stdout, stderr: "" };
}

test.skipIf(noScript)("clear asks, says what would go, and takes no for an answer", async () => {
  await using bench = await openWorkbench();
  await bench.writeState({ file: "x" });
  await bench.run(["save"]);
  const { status, stdout } = await onTerminal(bench, ["clear"], [["yes, remove", "n"]]);
  expect(status).toBe(1);
  expect(stdout).toContain(`everything in ${bench.at("data")}`);
  expect(stdout).toContain("all snapshots in ./.holdfast");
  expect(stdout).toContain("nothing was changed");
  expect(await readdir(bench.at("data"))).toEqual(["file"]);
  expect(JSON.parse((await bench.run(["snapshots", "--json"])).stdout)).toHaveLength(1);
});

test.skipIf(noScript)("clear removes after a yes", async () => {
  await using bench = await openWorkbench();
  await bench.writeState({ file: "x" });
  expect(await onTerminal(bench, ["clear", "--local"], [["yes, remove", "y"]])).toMatchObject({ status: 0 });
  expect(await readdir(bench.at("data"))).toEqual([]);
});

test.skipIf(noScript)("a new password is asked for twice, and never shown", async () => {
  await using bench = await openWorkbench();
  await bench.writeState({ file: "x" });
  await bench.run(["save"]);
  const { status, stdout } = await onTerminal(
    bench,
    ["key", "passwd"],
    [
      ["new password", "hunter2\r"],
      ["the same again", "hunter2\r"],
    ],
  );
  expect(status).toBe(0);
  expect(stdout).not.toContain("hunter2");
  expect(await bench.run(["snapshots"], { HOLDFAST_PASSWORD: "hunter2" })).toMatchObject({ status: 0 });
});

test.skipIf(noScript)("two different passwords change nothing", async () => {
  await using bench = await openWorkbench();
  await bench.writeState({ file: "x" });
  await bench.run(["save"]);
  const { status, stdout } = await onTerminal(
    bench,
    ["key", "add"],
    [
      ["new password", "one\r"],
      ["the same again", "two\r"],
    ],
  );
  expect(status).toBe(2);
  expect(stdout).toContain("the two passwords differ");
  expect(JSON.parse((await bench.run(["key", "list", "--json"])).stdout)).toHaveLength(1);
});

test.skipIf(noScript)("Ctrl-C at a question changes nothing", async () => {
  await using bench = await openWorkbench();
  await bench.writeState({ file: "x" });
  const { status, stdout } = await onTerminal(bench, ["clear", "--local"], [["yes, remove", "\u0003"]]);
  expect(status).toBe(1);
  expect(stdout).toContain("nothing was changed");
  expect(await readdir(bench.at("data"))).toEqual(["file"]);
});

test.skipIf(noScript)("a bar shows what is still uploaded, and is gone at the end", async () => {
  await using bench = await openWorkbench();
  await using place = await temporaryHub();
  await bench.writeState({ file: createRandom(1).bytes(2_000_000).toString("latin1") });
  // Longer than the time before which no bar is shown.
  place.hub.faults.add({ fault: { kind: "slow", delayMs: 400 }, origin: "cdn", method: "PUT" });
  const { status, stdout } = await onTerminal(bench, ["save"], [], {
    HOLDFAST_STORE: "hf://datasets/alice/vault",
    HF_ENDPOINT: place.hub.url,
    HF_TOKEN: place.token,
  });
  expect(stdout).toMatch(/upload {2}━+─* {2}[ \d]{3} % {2}/);
  expect(stdout.split("\u001b[").at(-1)).toContain("saved");
  expect(status).toBe(0);
});
