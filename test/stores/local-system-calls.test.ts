import { readdir, utimes, writeFile } from "node:fs/promises";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { filesNamed, isVisible, namesIn } from "../../src/stores/conformance/case.ts";
import { openLocalStore } from "../../src/stores/local.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { disposable, failure, testConformance } from "./conformance.ts";

/** The calls in the order in which they ended, and how hard links and renamed files behave. */
const system = vi.hoisted(() => ({
  calls: [] as string[],
  link: "works" as "works" | "is missing" | "loses its answer",
  /** The end of the path of a file that is damaged as it gets its name. */
  damages: null as string | null,
}));

vi.mock("node:fs/promises", async (original) => {
  const real = await original<typeof import("node:fs/promises")>();
  const note = (call: string, path: unknown): void => {
    system.calls.push(
      `${call} ${String(path)
        .replace(/^.*\/store(?=\/|$)/, "")
        .replace(/-tmp-\d+$/, "~")}`,
    );
  };
  const open: typeof real.open = async (path, ...rest) => {
    const handle = await real.open(path, ...rest);
    const sync = handle.sync.bind(handle);
    handle.sync = async () => {
      await sync();
      note("sync", path);
    };
    return handle;
  };
  const link: typeof real.link = async (from, to) => {
    if (system.link === "is missing") throw Object.assign(new Error("no links here"), { code: "EPERM" });
    await real.link(from, to);
    note("link", to);
    if (system.link === "loses its answer") throw Object.assign(new Error("again"), { code: "EEXIST" });
  };
  const rename: typeof real.rename = async (from, to) => {
    await real.rename(from, to);
    if (system.damages !== null && String(to).endsWith(system.damages)) await real.truncate(String(to), 1);
    note("rename", to);
  };
  const unlink: typeof real.unlink = async (path) => {
    await real.unlink(path);
    note("unlink", path);
  };
  return { ...real, open, link, rename, unlink };
});

beforeEach(() => {
  system.calls.length = 0;
  system.link = "works";
  system.damages = null;
});

describe("the order in which a folder is written", () => {
  it("flushes every file before one appears, and every folder before the next one changes", async () => {
    await using folder = await temporaryFolder();
    const store = openLocalStore(folder.at("store"));
    await store.write(filesNamed(["data/aa/0", "index/0", "snapshots/0"]));
    system.calls.length = 0;
    await store.write(filesNamed(["data/aa/1", "data/aa/2", "index/3", "snapshots/4"]));
    expect(system.calls.slice(0, 4).sort()).toEqual([
      "sync /data/aa/1~",
      "sync /data/aa/2~",
      "sync /index/3~",
      "sync /snapshots/4~",
    ]);
    expect(system.calls.slice(4)).toEqual([
      "rename /data/aa/1",
      "rename /data/aa/2",
      "sync /data/aa",
      "rename /index/3",
      "sync /index",
      "rename /snapshots/4",
      "sync /snapshots",
    ]);
  });

  it("flushes the folders that got a new folder", async () => {
    await using folder = await temporaryFolder();
    await openLocalStore(folder.at("store")).write(filesNamed(["data/3f/a"]));
    const last = system.calls.splice(-3);
    expect(last).toEqual(["sync /data/3f/a~", "rename /data/3f/a", "sync /data/3f"]);
    expect(system.calls.sort()).toEqual(["sync ", "sync /data", `sync ${folder.path}`]);
  });

  it("flushes each folder once after a removal", async () => {
    await using folder = await temporaryFolder();
    const store = openLocalStore(folder.at("store"));
    await store.write(filesNamed(["data/1", "data/2", "index/3"]));
    system.calls.length = 0;
    await store.remove(["index/3", "data/1", "data/2", "data/none"]);
    expect(system.calls.slice(0, 3)).toEqual(["unlink /index/3", "unlink /data/1", "unlink /data/2"]);
    expect(system.calls.slice(3).sort()).toEqual(["sync /data", "sync /index"]);
  });
});

describe("a folder on a disk without hard links", () => {
  testConformance("it", async () => {
    system.link = "is missing";
    const folder = await temporaryFolder();
    return disposable(openLocalStore(folder.at("store")), () => folder[Symbol.asyncDispose]());
  });

  it("lets nobody have a name that a writer has claimed, until an hour has passed", async () => {
    await using folder = await temporaryFolder();
    const store = openLocalStore(folder.path);
    system.link = "is missing";
    await writeFile(folder.at("config-tmp-0"), "");
    await failure(store.write(filesNamed(["config"]), { createOnly: true }), "ALREADY_EXISTS");
    expect(await readdir(folder.path)).toEqual(["config-tmp-0"]);
    const time = new Date(Date.now() - 61 * 60_000);
    await utimes(folder.at("config-tmp-0"), time, time);
    await store.write(filesNamed(["config"]), { createOnly: true });
    expect(await readdir(folder.path)).toEqual(["config"]);
  });
});

describe("a folder on a mount that loses what was written", () => {
  it("fails a write whose file comes back different, and shows neither it nor those behind it", async () => {
    await using folder = await temporaryFolder();
    const store = openLocalStore(folder.at("store"), { readsBack: true });
    const files = filesNamed(["data/1", "index/2", "snapshots/3"]);
    system.damages = "index/2";
    await failure(store.write(files), "STORE_UNREACHABLE");
    expect((await namesIn(store, "")).sort()).toEqual(["data/1"]);
    system.damages = null;
    await store.write(files);
    for (const file of files) expect(await isVisible(store, file)).toBe(true);
  });
});

describe("a folder on a network disk that repeats a request", () => {
  it("knows its own link by the number of names", async () => {
    await using folder = await temporaryFolder();
    const store = openLocalStore(folder.path);
    system.link = "loses its answer";
    const [ours, theirs] = [filesNamed(["locks/a"]), filesNamed(["locks/b", "locks/a"]).slice(1)];
    await store.write(ours, { createOnly: true });
    await failure(store.write(theirs, { createOnly: true }), "ALREADY_EXISTS");
    for (const file of ours) expect(await isVisible(store, file)).toBe(true);
  });
});
