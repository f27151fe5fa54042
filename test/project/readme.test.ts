import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { findRestics } from "../support/peers.ts";
import { run } from "../support/run.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { codeSpansOf } from "./markdown.ts";
import { readProjectFile, ROOT } from "./project.ts";

const README = readProjectFile("README.md");
const MAIN = join(ROOT, "dist", "program", "main.js");
const [restic] = await findRestics();

/** Stands for npm in a folder that is not this project: runs the program that was built. */
const NPM = `npm() { shift 3; "${process.execPath}" "${MAIN}" "$@"; }`;

test("the commands of the README do what it says, with the stock restic too", async () => {
  await using folder = await temporaryFolder();
  await mkdir(folder.at("data"));
  await writeFile(folder.at("data", "state.txt"), "logged in");
  const sameFolder = codeSpansOf(README).find((text) => text.startsWith("RESTIC_PASSWORD="));
  if (sameFolder === undefined) throw new Error("the README does not show how restic reads the folder");
  const lines = [NPM, blockAfter("## In sixty seconds"), restic === undefined ? "" : sameFolder];
  const { stdout } = await run("bash", ["-euo", "pipefail", "-c", lines.join("\n")], {
    cwd: folder.path,
    env: { PATH: process.env["PATH"], HOME: folder.path },
  });
  expect(await readFile(folder.at("data", "state.txt"), "utf8")).toBe("logged in");
  if (restic !== undefined) expect(stdout.toString()).toMatch(/1 snapshots\s*$/);
});

test("the example for the library does what it says", async () => {
  await using folder = await temporaryFolder();
  await mkdir(folder.at("data"));
  await writeFile(folder.at("data", "state.txt"), "logged in");
  const program = `process.chdir(${JSON.stringify(folder.path)}); const password = "secret";\n${blockAfter("## As a library")}`;
  const environment = { PATH: process.env["PATH"], HOME: folder.path };
  const evaluate = ["--input-type=module-typescript", "--eval", program];
  const { stdout } = await run(process.execPath, evaluate, { cwd: ROOT, env: environment });
  expect(stdout.toString()).toMatch(/^[0-9a-f]{64}: \d+ bytes stored\n$/);
  expect(await readFile(folder.at("copy-of-data", "state.txt"), "utf8")).toBe("logged in");
});

/** The first code block below a heading. */
function blockAfter(heading: string): string {
  const [, block] = /^```\w+\n([\s\S]*?)^```$/m.exec(README.slice(README.indexOf(heading))) ?? [];
  if (block === undefined) throw new Error(`the README has no code block below '${heading}'`);
  return block;
}
