import { mkdir, readdir, writeFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { run } from "../support/run.ts";
import { openWorkbench, type Workbench } from "./workbench.ts";

type Shell = "bash" | "zsh" | "fish";

async function isMissing(shell: Shell): Promise<boolean> {
  const found = await run("sh", ["-c", `command -v ${shell}`], { mayFail: true });
  if (found.status !== 0)
    process.stdout.write(`skipped: completion in ${shell}: ${shell} is not installed\n`);
  return found.status !== 0;
}

const missing: Readonly<Record<Shell, boolean>> = {
  bash: await isMissing("bash"),
  zsh: await isMissing("zsh"),
  fish: await isMissing("fish"),
};

/** A folder with the script of a shell, a folder and a file. */
async function prepare(shell: Shell): Promise<Workbench> {
  const bench = await openWorkbench();
  await mkdir(bench.at("a folder"));
  await writeFile(bench.at("a-file"), "");
  const { stdout, status } = await bench.run(["completion", shell]);
  expect(status).toBe(0);
  await writeFile(bench.at("script"), stdout);
  return bench;
}

/** What has to be run to see the offers; zsh has no way to ask, so its own functions are replaced. */
function question(shell: Shell, line: readonly string[]): string {
  const typed = line.map((word) => `'${word}'`).join(" ");
  switch (shell) {
    case "bash":
      // Loaded twice: as in a shell that is started in a shell.
      return `source ./script; source ./script; COMP_WORDS=(${typed}); COMP_CWORD=${line.length - 1}
        _holdfast; printf '%s\\n' "\${COMPREPLY[@]}"`;
    case "zsh":
      return `compdef() { :; }; _files() { print -l -- *(N/) }; compadd() { print -l -- "\${@:#--}" }
        _describe() { print -l -- \${\${(P)2}%%:*} }
        source ./script; words=(${typed}); CURRENT=${line.length}; _holdfast`;
    case "fish":
      return `source ./script; complete -C '${line.join(" ")}'`;
    default:
      throw new Error("no such shell");
  }
}

/** What the shell offers after these words; the last one may be a beginning. */
async function offersOf(bench: Workbench, shell: Shell, words: readonly string[]): Promise<string[]> {
  const result = await run(shell, [shell === "zsh" ? "-fc" : "-c", question(shell, ["holdfast", ...words])], {
    cwd: bench.path,
    env: { ...bench.holdfast.env, TERM: "dumb" },
  });
  expect(result.stderr).toBe("");
  const offers = result.stdout
    .toString()
    .split("\n")
    .map((offer) => offer.split("\t")[0] ?? "");
  // Zsh filters by the beginning after it has asked.
  return offers.filter((offer) => offer !== "" && offer.startsWith(words.at(-1) ?? "")).toSorted();
}

const EXPECTED: readonly (readonly [words: string[], offers: string[]])[] = [
  [["s"], ["save", "snapshots"]],
  [["save", "--al"], ["--allow-shrink"]],
  [
    ["forget", "--keep-w"],
    ["--keep-weekly", "--keep-within"],
  ],
  [["--json", "key", "pass"], ["passwd"]],
  [["key", "add", "--new"], ["--new-password-file"]],
  [
    ["check", "--st"],
    ["--state", "--store"],
  ],
  [
    ["save", "--lang", ""],
    ["en", "zh"],
  ],
  [["completion", "f"], ["fish"]],
];

const SHELLS: readonly Shell[] = ["bash", "zsh", "fish"];

test.each(SHELLS.filter((shell) => !missing[shell]))(
  "%s offers commands, options and what follows them",
  async (shell) => {
    await using bench = await prepare(shell);
    for (const [words, offers] of EXPECTED)
      expect(await offersOf(bench, shell, words), words.join(" ")).toEqual(offers);
    const folders = await offersOf(bench, shell, ["save", "--state", "a"]);
    expect(folders).toEqual([expect.stringMatching(/^a folder\/?$/)]);
  },
);

test.skipIf(missing.bash)("what was typed is not evaluated", async () => {
  await using bench = await prepare("bash");
  await offersOf(bench, "bash", ["save", "--tag", "$(touch evil)", "`touch evil`", "--al"]);
  expect(await readdir(bench.path)).not.toContain("evil");
});

test("an unknown shell is wrong use", async () => {
  await using bench = await openWorkbench();
  expect(await bench.run(["completion", "csh"])).toMatchObject({ status: 2, stdout: "" });
});
