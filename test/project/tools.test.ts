import { symlink } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { run } from "../support/run.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { ROOT } from "./project.ts";

const TOOLS = join(ROOT, "scripts", "tools.ts");

test("a missing program that cannot be installed ends with 2 and the line to type", async () => {
  await using folder = await temporaryFolder();
  const { status, stderr } = await run(process.execPath, [TOOLS, "chromium"], {
    env: { PATH: folder.path },
    mayFail: true,
  });
  expect(status).toBe(2);
  expect(stderr).toContain("sudo apt-get install --yes --no-install-recommends chromium");
});

test("a program that is there is not installed again", async () => {
  await using folder = await temporaryFolder();
  await symlink(process.execPath, folder.at("chromium"));
  const { status, stdout, stderr } = await run(process.execPath, [TOOLS, "chromium"], {
    env: { PATH: folder.path },
    mayFail: true,
  });
  expect([status, stdout.toString(), stderr]).toEqual([0, "", ""]);
});
