import { execFileSync } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { Engine } from "../../src/run/engine.ts";
import { temporaryFolder, type TemporaryFolder } from "../support/temporary-folder.ts";

async function withState(): Promise<{ folder: TemporaryFolder; engine: Engine; state: string[] }> {
  const folder = await temporaryFolder();
  await mkdir(folder.at("data"));
  await writeFile(folder.at("data", "login"), "yes");
  const engine = new Engine({ store: folder.at("store"), password: "secret" });
  return { folder, engine, state: [folder.at("data")] };
}

test("does one thing after the other, each in a process of its own", async () => {
  const { folder, engine, state } = await withState();
  await using _folder = folder;
  const cacheFolder = folder.at("cache");
  engine.prepare("save");
  const [saved, again] = await Promise.all([
    engine.call("save", { state, cacheFolder, freeze: "never", base: null }),
    engine.call("save", { state, cacheFolder, freeze: "never", unlessUnchanged: true }),
  ]);
  expect(saved).toMatchObject({ files: { new: 1 }, unchanged: false, next_save_at: null });
  expect(again).toMatchObject({ snapshot: saved.snapshot, unchanged: true });
  expect(await engine.call("newest", { state })).toBe(saved.snapshot);
  expect(await engine.call("verify", { snapshot: saved.snapshot })).toBe(true);
});

test("errors come back with their code and hint", async () => {
  const { folder, engine, state } = await withState();
  await using _folder = folder;
  await expect(engine.call("newest", { state })).rejects.toMatchObject({ code: "NO_REPOSITORY" });
  await engine.call("save", { state, freeze: "never" });
  const other = new Engine({ store: folder.at("store"), password: "wrong" });
  await expect(other.call("newest", { state })).rejects.toMatchObject({ code: "WRONG_PASSWORD" });
});

test("a process that is killed is told as such, and the next call works", async () => {
  const { folder, engine, state } = await withState();
  await using _folder = folder;
  engine.prepare("save");
  const pids = execFileSync("pgrep", ["-P", String(process.pid), "-f", "engine-process"])
    .toString()
    .trim();
  process.kill(Number(pids.split("\n").at(-1)), "SIGKILL");
  await expect(engine.call("save", { state, freeze: "never" })).rejects.toMatchObject({ code: "FAILED" });
  expect(await engine.call("save", { state, freeze: "never" })).toMatchObject({ unchanged: false });
});

test("a call that is given up leaves nothing behind that hinders the next", async () => {
  const { folder, engine, state } = await withState();
  await using _folder = folder;
  const controller = new AbortController();
  const call = engine.call("save", { state, freeze: "never" }, { signal: controller.signal });
  controller.abort();
  await expect(call).rejects.toMatchObject({ code: "CANCELLED" });
  expect(await engine.call("save", { state, freeze: "never" })).toMatchObject({ unchanged: false });
});
