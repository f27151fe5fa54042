import { chmod, mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { findProgram } from "../../scripts/programs.ts";
import { installedBrowser } from "../../src/browser/installed-browsers.ts";
import { type TemporaryFolder, temporaryFolder } from "../support/temporary-folder.ts";

async function program(folder: TemporaryFolder, name: string, script: string): Promise<string> {
  const path = folder.at(name);
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
  return path;
}

test("the newest of all Chromiums counts, found on PATH or by a variable", async () => {
  await using folder = await temporaryFolder();
  await program(folder, "chromium", "echo 'Chromium 150.0.1.2 built on Debian'");
  await program(folder, "chrome", "echo not a version");
  await program(folder, "google-chrome", "exit 3");
  const chrome = await program(folder, "my-chrome", "echo Google Chrome 151.0.7.8");
  expect(await installedBrowser("chromium", { PATH: folder.path })).toMatchObject({ version: "150.0.1.2" });
  const environment = { PATH: folder.path, CHROME_PATH: chrome };
  expect(await installedBrowser("chromium", environment)).toMatchObject({ version: "151.0.7.8" });
});

test("a program that is asked for its version sees nothing of ours", async () => {
  await using folder = await temporaryFolder();
  const script = `env > ${folder.at("seen")}; echo 1.2.3`;
  await program(folder, "chromium", script);
  const environment = { PATH: `${folder.path}:/usr/bin:/bin`, HOLDFAST_PASSWORD: "secret" };
  await installedBrowser("chromium", environment);
  expect(await readFile(folder.at("seen"), "utf8")).not.toContain("secret");
});

test("Firefox is not started: what lies beside the program tells", async () => {
  await using folder = await temporaryFolder();
  await mkdir(folder.at("bin"));
  await program(folder, "firefox-bin", `touch ${folder.at("started")}`);
  await writeFile(folder.at("application.ini"), "[App]\nVersion=153.7.0\nBuildID=20261103151912\n");
  await symlink(folder.at("firefox-bin"), folder.at("bin/firefox"));
  const found = await installedBrowser("firefox", { PATH: folder.at("bin") });
  expect(found).toEqual({ version: "153.7.0", build: "20261103151912" });
  expect(await readdir(folder.path)).not.toContain("started");
});

test("none is none", async () => {
  expect(await installedBrowser("firefox", {})).toBeNull();
  expect(await installedBrowser("chromium", { PATH: "/nowhere", CHROME_BIN: "" })).toBeNull();
});

for (const [kind, name] of [
  ["chromium", "chromium"],
  ["firefox", "firefox-esr"],
] as const) {
  const isThere = (await findProgram(name)) !== null;
  if (!isThere) process.stdout.write(`skipped: ${name} is not installed (npm run tools)\n`);
  test.skipIf(!isThere)(`the real ${name} has a version`, async () => {
    expect((await installedBrowser(kind, process.env))?.version).toMatch(/^\d+\.\d+/);
  });
}
