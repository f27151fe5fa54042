import { mkdir, writeFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { openRepository } from "../../src/operations/open-repository.ts";
import { acquireLock } from "../../src/repository/lock.ts";
import { run } from "../support/run.ts";
import { asTexts, openWorkbench } from "./workbench.ts";

/** Ids and lengths of time differ from run to run. */
function steady(text: string): string {
  return text
    .replace(/\b[0-9a-f]{8}\b/g, "00000000")
    .replace(/\d+\.\d\d s\b|\d+ s\b/g, "0.00 s")
    .replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g, "2026-01-01 00:00:00");
}

test("what a day with it looks like", async () => {
  await using bench = await openWorkbench();
  await bench.writeState({ "folder/file": "a".repeat(100_000), "folder/other": "b", empty: "" });
  const lines: string[] = [];
  const type = async (...args: string[]): Promise<void> => {
    const { stdout, stderr } = await bench.run(args);
    lines.push(`$ holdfast ${args.join(" ")}`, steady(stdout + stderr));
  };
  await type("save", "--tag", "first");
  await bench.writeState({ "folder/file": "c".repeat(100_000), new: "n" });
  await type("save");
  const ids = JSON.parse((await bench.run(["snapshots", "--json"])).stdout) as { id: string }[];
  const { stdout } = await bench.run(["diff", ids[0]?.id ?? "", ids[1]?.id ?? ""]);
  lines.push("$ holdfast diff", steady(stdout).replaceAll(bench.path, "/app"));
  await type("check", "--read-data");
  await type("forget", "--keep-last", "1", "--prune");
  await type("unlock");
  expect(
    lines
      .join("\n")
      .replaceAll(/\d+\.\d [KM]iB stored|\d+ B stored|\d+\.\d KiB freed|\d+\.\d KiB read/g, "…"),
  ).toMatchSnapshot();
});

test("tables stand in columns, also with wide letters", async () => {
  await using bench = await openWorkbench();
  await bench.writeState({ a: "x" });
  await bench.run(["save", "--tag", "每夜", "--tag", "🙂"]);
  await bench.run(["save"]);
  const lines = (await bench.run(["snapshots"])).stdout.trimEnd().split("\n");
  expect(lines).toHaveLength(3);
  expect(lines[0]).toMatch(/^id +time +host +folders +tags +files +size +added$/);
  expect(lines[1]).toContain("每夜, 🙂  ");
});

test("control characters in names cannot write on the terminal", async () => {
  await using bench = await openWorkbench();
  await bench.writeState({ "evil\u001b[2Jname\n": "x" });
  await bench.run(["save"]);
  const { stdout } = await bench.run(["ls", "latest"]);
  expect(stdout).toContain("evil\\u001b[2Jname\\n");
  expect(stdout).not.toContain("\u001b");
  expect((await bench.run(["ls", "latest", "\u001b[2J"])).stderr).toContain("nothing at '\\u001b[2J'");
});

test("--quiet leaves results, warnings and errors, and takes away summaries", async () => {
  await using bench = await openWorkbench();
  await bench.writeState({ a: "x" });
  expect(await bench.run(["save", "--quiet"])).toEqual({ status: 0, stdout: "", stderr: "" });
  expect((await bench.run(["snapshots", "--quiet"])).stdout).toContain("folders");
  expect((await bench.run(["save", "--quiet", "--json"])).stdout).toContain('"snapshot"');
  expect((await bench.run(["ls", "ffff", "--quiet"])).stderr).toContain("holdfast: error: ");
});

test("--verbose tells the cause of an error, also of one in the configuration", async () => {
  await using bench = await openWorkbench();
  await mkdir(bench.at("holdfast.config.json"));
  expect((await bench.run(["save"])).stderr).not.toContain("caused by");
  expect((await bench.run(["save", "--verbose"])).stderr).toContain("holdfast: caused by Error: EISDIR");
});

test("--verbose tells what is used", async () => {
  await using bench = await openWorkbench();
  const { stderr } = await bench.run(["snapshots", "--verbose", "--state", "a", "--state", "b"]);
  expect(stderr).toContain("holdfast: the store is ./.holdfast, the state a, b\n");
});

test("an error in the configuration is JSON too, when a variable asks for it", async () => {
  await using bench = await openWorkbench();
  await writeFile(bench.at("holdfast.config.json"), "{");
  const { stdout } = await bench.run(["save"], { HOLDFAST_JSON: "1" });
  expect(JSON.parse(stdout)).toMatchObject({ error: { code: "CONFIG" } });
});

test("colours only for a terminal: none in a pipe, unless they are asked for", async () => {
  await using bench = await openWorkbench();
  expect((await bench.run(["snapshots"])).stderr).toMatch(/^holdfast: error: /);
  expect((await bench.run(["snapshots"], { FORCE_COLOR: "1" })).stderr).toContain("\u001b[");
  expect((await bench.run(["snapshots"], { NO_COLOR: "1" })).stderr).not.toContain("\u001b[");
});

test("a reader that goes away is no failure", async () => {
  await using bench = await openWorkbench();
  const names = Array.from({ length: 2000 }, (_, i) => [`a-rather-long-name-for-a-file-${i}`, ""]);
  await bench.writeState(Object.fromEntries(names) as Record<string, string>);
  await bench.run(["save"]);
  const { env } = bench.holdfast;
  const script = '"$@" | head -n 1 >/dev/null; echo "${PIPESTATUS[0]}"';
  const args = ["-c", script, "bash", ...bench.holdfast.command, "ls", "latest"];
  const result = asTexts(await run("bash", args, { env, cwd: bench.path, mayFail: true }));
  expect(result).toEqual({ status: 0, stdout: "0\n", stderr: "" });
});

test("a variable that is misspelt is pointed out", async () => {
  await using bench = await openWorkbench();
  await bench.writeState({ a: "x" });
  expect(await bench.run(["save"], { HOLDFAST_EXCLUED: "x" })).toMatchObject({
    status: 0,
    stderr: "holdfast: warning: the variable HOLDFAST_EXCLUED is not known, did you mean HOLDFAST_EXCLUDE?\n",
  });
});

test("flags, variables and the file reach the commands", async () => {
  await using bench = await openWorkbench();
  await bench.writeState({ keep: "x", "a.log": "x", "b.tmp": "x" });
  await writeFile(bench.at("holdfast.config.json"), '{ "exclude": "*.log", "tag": ["from-file"] }');
  const saved = async (
    args: string[],
    variables = {},
  ): Promise<{ files: { total: number }; tags: string[] }> =>
    JSON.parse((await bench.run(["save", "--json", ...args], variables)).stdout) as never;
  expect(await saved([])).toMatchObject({ files: { total: 2 }, tags: ["from-file"] });
  expect(await saved([], { HOLDFAST_EXCLUDE: "*.tmp:*.log", HOLDFAST_TAG: "from-variable" })).toMatchObject({
    files: { total: 1 },
    tags: ["from-variable"],
  });
  expect(await saved(["--exclude", "nothing", "--tag", "a", "--tag", "b"])).toMatchObject({
    files: { total: 3 },
    tags: ["a", "b"],
  });
});

test("a locked repository names who holds it", async () => {
  await using bench = await openWorkbench();
  await bench.writeState({ a: "x" });
  await bench.run(["save"]);
  await using repository = await openRepository({
    store: bench.at(".holdfast"),
    password: bench.holdfast.password,
  });
  await using _lock = await acquireLock(repository.inner, { exclusive: true });
  const { stderr } = await bench.run(["prune"]);
  expect(stderr).toContain(String(process.pid));
  expect(stderr).toContain("hint: ");
});
