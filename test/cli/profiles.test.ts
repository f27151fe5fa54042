import { chmod, mkdir, rm, writeFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { openSqlite } from "../../src/browser/sqlite.ts";
import { openWorkbench, reportedError, type Workbench } from "./workbench.ts";

/** A state with a profile, and a browser on PATH that is older. */
async function openBench(): Promise<Workbench> {
  const bench = await openWorkbench();
  await bench.writeState({
    "chrome/Last Version": "156.0.8078.79",
    "chrome/Default/Preferences": "{}",
    "chrome/Default/Cache/index": "x".repeat(3000),
    other: "x",
  });
  await mkdir(bench.at("bin"));
  await writeFile(bench.at("bin/chromium"), "#!/bin/sh\necho Chromium 150.1.2.3\n");
  await chmod(bench.at("bin/chromium"), 0o755);
  return bench;
}

test("ls --profiles shows what the state or a snapshot has", async () => {
  await using bench = await openBench();
  const { status, stdout, stderr } = await bench.run(["ls", "--profiles"]);
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  const profile = bench.at("data/chrome");
  const pad = " ".repeat(profile.length - "profile".length);
  expect(stdout).toBe(
    `browser   version        profile${pad}  files     size  kept\n` +
      `chromium  156.0.8078.79  ${profile}      3  2.9 KiB  15 B\n`,
  );
  await bench.run(["save"]);
  const saved = JSON.parse((await bench.run(["ls", "--profiles", "latest", "--json"])).stdout) as unknown;
  const [files, bytes] = [
    { whole: 2, kept: 2 },
    { whole: 15, kept: 15 },
  ];
  const known = { browser: "chromium", path: profile, profiles: ["Default"], version: "156.0.8078.79" };
  expect(saved).toEqual([{ ...known, files, bytes }]);
  await rm(profile, { recursive: true });
  expect((await bench.run(["ls", "--profiles"])).stdout).toBe("no browser profile is there\n");
  expect((await bench.run(["ls", "--profiles", "--json"])).stdout).toBe("[]\n");
});

test("--profiles goes with neither a path nor --recursive", async () => {
  await using bench = await openBench();
  for (const words of [["latest", "data"], ["--recursive"]]) {
    const error = reportedError(await bench.run(["ls", "--profiles", ...words, "--json"]));
    expect(error).toMatchObject({ status: 2, code: "CONFIG" });
  }
});

test("a variable saves profiles whole", async () => {
  await using bench = await openBench();
  const { stdout } = await bench.run(["save", "--json"], { HOLDFAST_WHOLE_PROFILES: "1" });
  expect(JSON.parse(stdout)).toMatchObject({ files: { total: 4 } });
});

test("a restore warns of an older browser and of a keyring, and never shows a cookie", async () => {
  await using bench = await openBench();
  const database = openSqlite(bench.at("data/chrome/Default/Cookies"), { readOnly: false });
  database.exec("CREATE TABLE cookies (host_key TEXT, encrypted_value BLOB)");
  const insert = database.prepare("INSERT INTO cookies VALUES (?, ?)");
  for (const host of ["a.example", "b.example", "c.example", "d.example", "e.example"]) {
    insert.run(host, Buffer.from("v11 hidden"));
  }
  database.close();
  await bench.run(["save"]);
  await rm(bench.at("data"), { recursive: true });
  const variables = { PATH: bench.at("bin"), HOLDFAST_SESSION_COOKIES: "keep" };
  const { status, stdout, stderr } = await bench.run(["restore", "--json"], variables);
  const profile = bench.at("data/chrome");
  expect(status).toBe(0);
  expect(stderr).toBe(
    `holdfast: warning: ${profile} was last used by chromium 156.0.8078.79, newer than the installed 150.1.2.3, which may damage it\n` +
      "hint: install a browser that is at least as new before the app starts\n" +
      `holdfast: warning: ${profile} has cookies that only the keyring of another machine can read, ` +
      "so the browser will delete all cookies of a.example, b.example, c.example and 2 more\n" +
      "hint: start the browser with --password-store=basic, there and here, log in again, and save\n",
  );
  expect((JSON.parse(stdout) as { profiles: unknown }).profiles).toEqual([
    {
      browser: "chromium",
      path: profile,
      profiles: ["Default"],
      version: "156.0.8078.79",
      installed_version: "150.1.2.3",
      newer: true,
      keyring_sites: ["a.example", "b.example", "c.example", "d.example", "e.example"],
      removed_locks: [],
      session_cookies_kept: true,
    },
  ]);
});
