import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { findProgram } from "../../scripts/programs.ts";
import { ROOT } from "../project/project.ts";
import { run } from "../support/run.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const hasChromium = (await findProgram("chromium")) !== null;
if (!hasChromium) process.stdout.write("skipped: chromium is not installed (npm run tools)\n");

test.skipIf(!hasChromium)(
  "the demo saves a running browser, shows a login that survives, and leaves only its store",
  async () => {
    await using folder = await temporaryFolder();
    await using temporary = await temporaryFolder();
    const { status, stdout, stderr } = await run(process.execPath, [join(ROOT, "demo", "main.ts")], {
      cwd: folder.path,
      env: { ...process.env, TMPDIR: temporary.path, HOLDFAST_PASSWORD: "a test's own" },
      mayFail: true,
    });
    expect(stderr).toBe("");
    expect(stdout.toString()).toMatch(/Chromium ran on, stopped for \d+ ms .*: logged in as ada/);
    expect(stdout.toString()).toMatch(
      /empty profile: not logged in \(no cookie, no localStorage, no IndexedDB\)/,
    );
    expect(stdout.toString()).toMatch(/restored profile: logged in as ada/);
    expect(status).toBe(0);
    expect(await readdir(folder.path)).toEqual([".holdfast"]);
    expect(await readdir(temporary.path)).toEqual([]);
  },
);
