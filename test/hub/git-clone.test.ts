import { readFile } from "node:fs/promises";
import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { findProgram } from "../../scripts/programs.ts";
import { run, type RunResult } from "../support/run.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { createVault, pushObject, sendCommit, temporaryHub } from "./support.ts";

const git = await findProgram("git");
if (git === null) process.stdout.write("skipped: git is not installed\n");

test.skipIf(git === null)("git clones a dataset, and finds nothing wrong with it", async () => {
  await using given = await temporaryHub();
  await using folder = await temporaryFolder();
  await createVault(given, { "a.txt": "a", "d/e/b.txt": "b", "d.txt": "d" });
  const oid = await pushObject(given, randomBytes(1000));
  await sendCommit(given, [
    ["header", { summary: "more", description: "in two\nlines" }],
    ["lfsFile", { path: "c.bin", algo: "sha256", oid, size: 1000 }],
    ["deletedFile", { path: "a.txt" }],
  ]);
  const clone = folder.at("clone");
  const runGit = async (args: readonly string[], authorization = ""): Promise<RunResult> =>
    run(git ?? "", args, {
      mayFail: true,
      env: {
        PATH: process.env["PATH"],
        HOME: folder.path,
        GIT_TERMINAL_PROMPT: "0",
        GIT_LFS_SKIP_SMUDGE: "1",
        GIT_CONFIG_COUNT: "1",
        GIT_CONFIG_KEY_0: "http.extraHeader",
        GIT_CONFIG_VALUE_0: authorization,
      },
    });
  const url = `${given.hub.url}/datasets/alice/vault`;
  expect((await runGit(["clone", url, folder.at("refused")])).status).not.toBe(0);
  const cloned = await runGit(["clone", url, clone], `Authorization: Bearer ${given.token}`);
  expect([cloned.status, cloned.stderr]).toEqual([0, expect.any(String)]);
  expect((await runGit(["-C", clone, "fsck", "--strict", "--full"])).status).toBe(0);
  const log = await runGit(["-C", clone, "log", "--format=%H %an %s %b"]);
  expect(log.stdout.toString().trim().split("\n")[0]).toBe(
    `${given.hub.repo("alice/vault")?.head} alice more in two`,
  );
  const files = await runGit(["-C", clone, "ls-files"]);
  expect(files.stdout.toString().trim().split("\n")).toEqual([
    ".gitattributes",
    "c.bin",
    "d.txt",
    "d/e/b.txt",
  ]);
  expect(await readFile(folder.at("clone", "c.bin"), "utf8")).toBe(
    `version https://git-lfs.github.com/spec/v1\noid sha256:${oid}\nsize 1000\n`,
  );
  expect((await runGit(["-C", clone, "status", "--porcelain"])).stdout.toString()).toBe("");
});
