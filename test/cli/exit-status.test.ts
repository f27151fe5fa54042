import { chmod, readdir, writeFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { openRepository } from "../../src/operations/open-repository.ts";
import { acquireLock } from "../../src/repository/lock.ts";
import { flipBit } from "./damage.ts";
import { openWorkbench, reportedError } from "./workbench.ts";

test("0: done", async () => {
  await using bench = await openWorkbench();
  await bench.writeState({ file: "x" });
  expect(await bench.run(["save"])).toMatchObject({ status: 0, stderr: "" });
});

const WRONG_USE: readonly (readonly [args: string[], message: string, hint: string])[] = [
  [["sav"], "unknown command 'sav'", "did you mean save?"],
  [["save", "--stroe", "x"], "unknown option '--stroe'", "did you mean --store?"],
  [["ls"], "missing required argument 'snapshot'", "see: holdfast ls --help"],
  [
    ["check", "one"],
    "too many arguments for 'check', expected 0 arguments but got 1",
    "see: holdfast check --help",
  ],
  [
    ["save", "--lang", "de"],
    "argument 'de' is invalid, allowed choices are en, zh",
    "see: holdfast save --help",
  ],
  [["prune", "--max-unused", "x"], "is invalid, it must be a percentage such as 5%, or unlimited", ""],
  [["forget", "--keep-last", "0"], "is invalid, it must be a whole number from 1", ""],
  [["forget", "--keep-within", "2 days"], "is invalid, it must be a duration such as 36h, 14d or 1y6m", ""],
  [["forget", "--group-by", "owner"], "is invalid, it must be a list of host, paths and tags, or ''", ""],
  [["save", "--state", "missing"], "the state folder ", "--state"],
  [["snapshots", "--store", "ftp://host"], "no kind of store is called 'ftp:'", "./folder"],
  [["clear"], "this removes data, and there is no terminal to ask on", "add --yes if that is what you want"],
  [["key", "add"], "no new password is given, and there is no terminal to ask on", "HOLDFAST_NEW_PASSWORD"],
];

test.each(WRONG_USE)("2: wrong use: %j", async (args, message, hint) => {
  await using bench = await openWorkbench();
  const error = reportedError(await bench.run([...args, "--json"]));
  expect(error).toMatchObject({ status: 2, code: "CONFIG" });
  expect(error.message).toContain(message);
  expect(error.hint).toContain(hint);
});

test("2: neither snapshots nor rules", async () => {
  await using bench = await openWorkbench();
  await bench.writeState({ file: "x" });
  await bench.run(["save"]);
  expect(reportedError(await bench.run(["forget", "--json"]))).toMatchObject({ status: 2, code: "CONFIG" });
});

test("2: wrong configuration", async () => {
  await using bench = await openWorkbench();
  await writeFile(bench.at("holdfast.config.json"), '{ "stat": ["data"] }');
  expect(reportedError(await bench.run(["snapshots", "--json"]))).toEqual({
    status: 2,
    code: "CONFIG",
    message: 'unknown key "stat" in holdfast.config.json',
    hint: 'did you mean "state"?',
  });
});

test.each(["snapshots", "check", "prune", "unlock", "restore"])(
  "3: nothing saved yet: %s",
  async (command) => {
    await using bench = await openWorkbench();
    expect(reportedError(await bench.run([command, "--json"]))).toMatchObject({
      status: 3,
      code: "NO_REPOSITORY",
    });
  },
);

test("3: no such snapshot", async () => {
  await using bench = await openWorkbench();
  await bench.writeState({ file: "x" });
  await bench.run(["save"]);
  expect(reportedError(await bench.run(["ls", "ffff0000", "--json"]))).toMatchObject({
    status: 3,
    code: "NO_SNAPSHOT",
  });
});

test("1: failed", async () => {
  await using bench = await openWorkbench();
  await bench.writeState({ closed: "x" });
  await chmod(bench.at("data"), 0);
  expect(reportedError(await bench.runAsOrdinaryUser(["save", "--json"]))).toMatchObject({
    status: 1,
    code: "PERMISSION",
  });
});

test("4: store refused", async () => {
  await using bench = await openWorkbench();
  await bench.writeState({ file: "x" });
  await bench.run(["save"]);
  await chmod(bench.at(".holdfast"), 0);
  const result = await bench.runAsOrdinaryUser(["snapshots", "--json"]);
  expect(reportedError(result)).toMatchObject({ status: 4, code: "STORE_AUTH" });
});

test("5: data damaged", async () => {
  await using bench = await openWorkbench();
  await bench.writeState({ file: "x" });
  await bench.run(["save"]);
  await flipBit(bench.at(".holdfast", "config"));
  expect(reportedError(await bench.run(["snapshots", "--json"]))).toMatchObject({
    status: 5,
    code: "DATA_DAMAGED",
  });
});

test("6: locked by another writer", async () => {
  await using bench = await openWorkbench();
  await bench.writeState({ file: "x" });
  await bench.run(["save"]);
  await using repository = await openRepository({
    store: bench.at(".holdfast"),
    password: bench.holdfast.password,
  });
  await using _lock = await acquireLock(repository.inner, { exclusive: true });
  const error = reportedError(await bench.run(["save", "--json"]));
  expect(error).toMatchObject({ status: 6, code: "LOCKED" });
});

const INTERRUPTED = [
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const;

/** The configuration is the one place where a test can hold the program at a known moment. */
function sending(signal: string, times: number): string {
  const send = `process.kill(process.pid, "${signal}"); await new Promise((go) => process.once("${signal}", go));`;
  return `const alive = setInterval(() => 0, 1000); ${send.repeat(times)} clearInterval(alive); export default {};`;
}

test.each(INTERRUPTED)("%s before the work has begun: %i", async (signal, status) => {
  await using bench = await openWorkbench();
  await bench.writeState({ file: "x" });
  await writeFile(bench.at("holdfast.config.mjs"), sending(signal, 1));
  expect(reportedError(await bench.run(["save", "--json"]))).toMatchObject({ status, code: "CANCELLED" });
  expect(await readdir(bench.path)).not.toContain(".holdfast");
});

test.each(INTERRUPTED)("a second %s ends the program at once: %i", async (signal, status) => {
  await using bench = await openWorkbench();
  await writeFile(bench.at("holdfast.config.mjs"), sending(signal, 2));
  expect(await bench.run(["save"])).toEqual({ status, stdout: "", stderr: "" });
});
