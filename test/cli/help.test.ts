import { expect, test } from "vitest";
import { openWorkbench } from "./workbench.ts";

const COMMANDS = [
  "init",
  "save",
  "restore",
  "snapshots",
  "adopt",
  "ls",
  "diff",
  "check",
  "forget",
  "prune",
  "copy",
  "doctor",
  "clear",
  "cookies",
  "cookies export",
  "cookies import",
  "cookies status",
  "key",
  "key list",
  "key add",
  "key remove",
  "key passwd",
  "unlock",
  "completion",
];

test("holdfast --help", async () => {
  await using bench = await openWorkbench();
  const { status, stdout, stderr } = await bench.run(["--help"]);
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  expect(stdout).toMatchSnapshot();
});

test.each(COMMANDS)("holdfast %s --help", async (command) => {
  await using bench = await openWorkbench();
  const { status, stdout, stderr } = await bench.run([...command.split(" "), "--help"]);
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  // What is the same everywhere is checked once.
  expect(
    stdout.replace(/\nGlobal Options:\n[^]*?\n\n/, "\n").replace(/\nExit status:[^]*/, ""),
  ).toMatchSnapshot();
  expect(stdout).toMatch(/^Exit status:$/m);
  expect(stdout).toMatch(/^Example:\n {2}\S/m);
  expect(stdout).toContain("--store <url>");
});

test("without a command, the help goes to standard error, and that is wrong use", async () => {
  await using bench = await openWorkbench();
  const { status, stdout, stderr } = await bench.run([]);
  expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
  expect(stderr).toMatch(/^Usage: holdfast/);
});

test("--version prints the version and nothing else, also among other words", async () => {
  await using bench = await openWorkbench();
  expect(await bench.run(["--version"])).toEqual({
    status: 0,
    stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) as string,
    stderr: "",
  });
  expect(await bench.run(["--json", "--version"])).toMatchObject({ status: 0, stderr: "" });
});

test("what is not translated is shown in English", async () => {
  await using bench = await openWorkbench();
  expect((await bench.run(["save", "--help", "--lang", "zh"])).stdout).toBe(
    (await bench.run(["save", "--help"])).stdout,
  );
});
