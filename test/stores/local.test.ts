import { mkdir, readdir, stat, symlink, utimes, writeFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { filesNamed, isVisible, namesIn, pattern } from "../../src/stores/conformance/case.ts";
import { openLocalStore } from "../../src/stores/local.ts";
import { run } from "../support/run.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { disposable, failure, testConformance } from "./conformance.ts";

const MINUTE_MS = 60_000;

testConformance("a folder", async () => {
  const folder = await temporaryFolder();
  return disposable(openLocalStore(folder.at("store")), () => folder[Symbol.asyncDispose]());
});

/** Every path in a folder, temporaries too. */
async function everythingIn(folder: string): Promise<string[]> {
  return (await readdir(folder, { recursive: true })).sort();
}

async function makeFileOfAge(path: string, ageMs: number): Promise<void> {
  await writeFile(path, "half");
  const time = new Date(Date.now() - ageMs);
  await utimes(path, time, time);
}

describe("a folder as a store", () => {
  it("has a file at the path that is its name, for this user alone, whatever the umask", async () => {
    await using folder = await temporaryFolder();
    const before = process.umask(0);
    try {
      await openLocalStore(folder.at("store")).write(filesNamed(["data/3f/3fa9", "config"]));
    } finally {
      process.umask(before);
    }
    expect(await everythingIn(folder.path)).toEqual([
      "store",
      "store/config",
      "store/data",
      "store/data/3f",
      "store/data/3f/3fa9",
    ]);
    const modeOf = async (...path: string[]): Promise<number> =>
      (await stat(folder.at(...path))).mode & 0o7777;
    expect(await modeOf("store", "data", "3f", "3fa9")).toBe(0o600);
    for (const path of [["store"], ["store", "data"], ["store", "data", "3f"]])
      expect(await modeOf(...path)).toBe(0o700);
  });

  it("is made by its first write, and by nothing else", async () => {
    await using folder = await temporaryFolder();
    const store = openLocalStore(folder.at("store"));
    expect(await namesIn(store, "")).toEqual([]);
    await failure(store.read("config"), "NOT_FOUND");
    await store.remove(["config"]);
    await failure(store.write([{ name: "../x", bytes: pattern(1) }]), "CONFIG");
    await store.close();
    expect(await everythingIn(folder.path)).toEqual([]);
  });

  it("stays where it was opened when the process goes to another folder", async () => {
    await using folder = await temporaryFolder();
    const before = process.cwd();
    process.chdir(folder.path);
    const store = openLocalStore("./store");
    process.chdir(before);
    await store.write(filesNamed(["a"]));
    expect(store.url).toBe("./store");
    expect(await everythingIn(folder.path)).toEqual(["store", "store/a"]);
  });

  it("leaves nothing behind when a write fails", async () => {
    await using folder = await temporaryFolder();
    const store = openLocalStore(folder.path);
    await store.write(filesNamed(["b"]));
    await failure(store.write(filesNamed(["a", "b", "c"]), { createOnly: true }), "ALREADY_EXISTS");
    expect(await everythingIn(folder.path)).toEqual(["a", "b"]);
  });

  it("passes over what is not a file of a store", async () => {
    await using folder = await temporaryFolder();
    const store = openLocalStore(folder.path);
    await store.write(filesNamed(["data/a"]));
    await mkdir(folder.at("lost+found"));
    await writeFile(folder.at("a b"), "");
    await writeFile(folder.at("data", "b-tmp-123"), "half");
    await symlink("a", folder.at("data", "link"));
    await symlink("..", folder.at("data", "loop"));
    await run("mkfifo", [folder.at("data", "fifo")]);
    expect(await namesIn(store, "")).toEqual(["data/a"]);
    await failure(store.read("data/fifo"), "NOT_FOUND");
  });

  it("says what is wrong when a file is where a folder should be", async () => {
    await using folder = await temporaryFolder();
    await writeFile(folder.at("store"), "a file");
    const store = openLocalStore(folder.at("store"));
    const { message, hint } = await failure(store.write(filesNamed(["data/a"])), "CONFIG");
    expect(message).toBe(`cannot write to ${folder.at("store")}: a file is where a folder should be`);
    expect(hint).toBe("name a folder with --store");
    await failure(namesIn(store, ""), "CONFIG");
    await failure(store.read("data/a"), "NOT_FOUND");
  });
});

describe("what a killed writer has left", () => {
  it("is taken away when it is old and a writer that came across it closes", async () => {
    await using folder = await temporaryFolder();
    const store = openLocalStore(folder.path);
    await store.write(filesNamed(["data/a", "index/b"]));
    await makeFileOfAge(folder.at("data", "a-tmp-1"), 61 * MINUTE_MS); // of ours or of restic's
    await makeFileOfAge(folder.at("data", "c-tmp-2"), 59 * MINUTE_MS); // may still be written
    await makeFileOfAge(folder.at("index", "d-tmp-3"), 61 * MINUTE_MS); // in a folder that is not listed
    expect(await namesIn(store, "data/")).toEqual(["data/a"]);
    await store.close();
    expect(await everythingIn(folder.at("data"))).toEqual(["a", "c-tmp-2"]);
    expect(await everythingIn(folder.at("index"))).toEqual(["b", "d-tmp-3"]);
    expect(await Promise.all(filesNamed(["data/a"]).map((file) => isVisible(store, file)))).toEqual([true]);
  });

  it("stays when the store was only read", async () => {
    await using folder = await temporaryFolder();
    await openLocalStore(folder.path).write(filesNamed(["a"]));
    await makeFileOfAge(folder.at("a-tmp-1"), 61 * MINUTE_MS);
    const reader = openLocalStore(folder.path);
    await namesIn(reader, "");
    await reader.close();
    expect(await everythingIn(folder.path)).toEqual(["a", "a-tmp-1"]);
  });
});
