import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { makeFirefox } from "../cli/cookie-profiles.ts";
import { run } from "../support/run.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { readProjectFile, ROOT } from "./project.ts";

const GUIDE = readProjectFile("docs/cookies.md");
const MAIN = join(ROOT, "dist", "program", "main.js");

/** Runs the program that was built; where the guide says nothing, of the profile that the guide starts with. */
const HOLDFAST = `holdfast() { "${process.execPath}" "${MAIN}" "$@"; }`;
const HEADINGS = [
  "## From one browser to another",
  "## Cookies alone, in a store",
  "## Cookies in a secret of the host",
];

test("the commands of the guide to cookies do what it says", { timeout: 120_000 }, async () => {
  await using folder = await temporaryFolder();
  await makeFirefox(folder.at("data", "browser"));
  const lines = [
    "set -euo pipefail",
    HOLDFAST,
    ...HEADINGS.map(blockAfter),
    "holdfast cookies status --watch example.com --watch example.com:session",
  ];
  const env = { PATH: process.env["PATH"], HOME: folder.path, HOLDFAST_PASSWORD: "another" };
  const { stdout } = await run("bash", ["-c", lines.join("\n")], { cwd: folder.path, env });
  expect(stdout.toString()).toContain("example.com (session): logged in until");
  expect((await readdir(folder.at("data"))).sort()).toEqual(["browser", "firefox", "from-secret", "second"]);
});

/** The first code block below a heading. */
function blockAfter(heading: string): string {
  const [, block] = /^```\w+\n([\s\S]*?)^```$/m.exec(GUIDE.slice(GUIDE.indexOf(heading))) ?? [];
  if (block === undefined) throw new Error(`the guide has no code block below '${heading}'`);
  return block;
}
