import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { mkdir, readdir, readFile, symlink } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { restore } from "../../src/operations/restore.ts";
import { save } from "../../src/operations/save.ts";
import { makeFiles } from "../browser/trees.ts";
import { openBrowser } from "../cli/running-browser.ts";
import { BROWSERS, findBrowser } from "../live/browsers.ts";
import { openTestState, type TestState } from "./state.ts";

const LOGIN = "profile/Default/Cookies";

/** A state with a Chromium profile and another file, saved. */
async function savedState(): Promise<TestState> {
  const state = await openTestState();
  await makeFiles(state.at("profile"), ["Local State", "Default/Cookies", "Default/Preferences"]);
  await state.write("journal", "saved");
  await save({ ...state.access, ...state.request });
  await state.write("journal", "newer");
  return state;
}

/** A process that does nothing but hold a file open. */
async function holderOf(path: string): Promise<ChildProcess & AsyncDisposable> {
  const fd = openSync(path, "r");
  const child = spawn("sleep", ["60"], { stdio: [fd, "ignore", "ignore"] });
  closeSync(fd);
  await once(child, "spawn");
  return Object.assign(child, {
    async [Symbol.asyncDispose]() {
      child.kill();
      await once(child, "exit");
    },
  });
}

for (const kind of BROWSERS) {
  const program = await findBrowser(kind);

  test.skipIf(program === null)(`a profile that ${kind} has open is not replaced`, async () => {
    await using state = await openTestState();
    await state.write("profile/saved", "");
    const given = { ...state.access, ...state.request, force: true };
    await save(given);
    const home = state.temporary.at("home");
    await mkdir(home);
    {
      const place = { profile: state.at("profile"), home, url: "about:blank" };
      await using _browser = await openBrowser(kind, program ?? "", place);
      await expect(restore(given)).rejects.toMatchObject({
        code: "PROFILE_IN_USE",
        message: `a running browser uses '${state.at("profile")}'`,
        hint: expect.stringContaining("--to") as string,
      });
      expect((await readdir(state.temporary.path)).sort()).toEqual(["data", "home"]);
      expect(await restore({ ...given, to: state.temporary.at("elsewhere") })).toMatchObject({ held_by: [] });
    }
    expect(await restore(given)).toMatchObject({ held_by: [] });
    expect(await readdir(state.at("profile"))).toEqual(["saved"]);
  });
}

test("a file of a profile is enough, and is looked for where a link leads", async () => {
  await using state = await savedState();
  const link = state.temporary.at("link");
  await symlink(state.folder, link);
  const given = { ...state.access, ...state.request };
  {
    await using _holder = await holderOf(state.at(LOGIN));
    await expect(restore(given)).rejects.toMatchObject({ code: "TARGET_NOT_EMPTY" });
    for (const to of [undefined, link])
      await expect(restore({ ...given, to, force: true })).rejects.toMatchObject({ code: "PROFILE_IN_USE" });
    expect(await readFile(state.at("journal"), "utf8")).toBe("newer");
  }
  await restore({ ...given, force: true });
  expect(await readFile(state.at("journal"), "utf8")).toBe("saved");
});

test("a browser that starts while the snapshot is read is not robbed of its profile", async () => {
  await using state = await savedState();
  const holders: Promise<AsyncDisposable>[] = [];
  const restoring = restore({
    ...state.access,
    ...state.request,
    force: true,
    onProgress: () => {
      if (holders.length === 0) holders.push(holderOf(state.at(LOGIN)));
    },
  });
  const outcome = await restoring.catch((error: unknown) => error);
  const started = await Promise.all(holders);
  for (const holder of started) await holder[Symbol.asyncDispose]();
  expect(outcome).toMatchObject({ code: "PROFILE_IN_USE" });
  expect(started).toHaveLength(1);
  expect(await readFile(state.at("journal"), "utf8")).toBe("newer");
});

test("a lock that nobody holds does not count", async () => {
  await using state = await savedState();
  await symlink(`${hostname()}-${process.ppid}`, state.at("profile/SingletonLock"));
  expect(await restore({ ...state.access, ...state.request, force: true })).toMatchObject({ held_by: [] });
});

test("who goes on with files that were replaced is named", async () => {
  await using state = await savedState();
  await using holder = await holderOf(state.at("journal"));
  const result = await restore({ ...state.access, ...state.request, force: true });
  expect(result.held_by).toEqual([{ pid: holder.pid, name: "sleep" }]);
  expect(await readFile(join(state.folder, "journal"), "utf8")).toBe("saved");
});
