import { readFile, rename, stat, writeFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { mountOf, readMounts } from "../../src/base/mounts.ts";
import { findVolume } from "../../src/base/volume.ts";
import { save } from "../../src/operations/save.ts";
import { filesNamed, isVisible, namesIn } from "../../src/stores/conformance/case.ts";
import { inodeOf, isRemoteFolder, readBack } from "../../src/stores/local/read-back.ts";
import { openLocalStore } from "../../src/stores/local.ts";
import { isPrivateStore } from "../../src/stores/open.ts";
import { openTestState } from "../operations/state.ts";
import { fuseMount, NO_FUSE } from "../support/fuse-mount.ts";
import { LONG } from "../support/long.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { disposable, failure, testConformance } from "./conformance.ts";

if (NO_FUSE !== null) process.stdout.write(`skipped: stores on a FUSE mount: ${NO_FUSE}\n`);

// Every call goes through another process, which a busy machine makes wait.
describe.skipIf(NO_FUSE !== null)("a FUSE mount", { timeout: 180_000 }, () => {
  testConformance(
    "a folder on it",
    async () => {
      const mount = await fuseMount();
      return disposable(openLocalStore(mount.at("store")), () => mount[Symbol.asyncDispose]());
    },
    { isQuick: !LONG },
  );

  it("is recognised, as a volume too", async () => {
    await using mount = await fuseMount();
    expect(mountOf(await readMounts(), mount.path)).toMatchObject({ kind: "fuse", isReadOnly: false });
    expect(await findVolume({ HOLDFAST_VOLUME: mount.path })).toEqual({ path: mount.path, kind: "fuse" });
    const host = { mounts: readMounts, usualPath: mount.path };
    expect(await findVolume({}, host)).toEqual({ path: mount.path, kind: "fuse" });
    expect(await isRemoteFolder(mount.at("not", "yet"))).toBe(true);
  });

  it("that loses modes is not taken for private, neither before the folder is made nor after", async () => {
    await using mount = await fuseMount(["--perms=0755", "--chmod-ignore"]);
    const place = mount.at("store");
    expect(await isPrivateStore(place)).toBe(false);
    await openLocalStore(place).write(filesNamed(["data/a"]));
    expect((await stat(place)).mode & 0o777).toBe(0o755);
    expect(await isPrivateStore(place)).toBe(false);
  });

  it("without hard links still refuses a name that is taken", async () => {
    await using mount = await fuseMount(["--hide-hard-links"]);
    const store = openLocalStore(mount.at("store"));
    const [file] = filesNamed(["locks/a"]);
    await store.write(filesNamed(["locks/a"]), { createOnly: true });
    await failure(
      store.write([{ name: "locks/a", bytes: Buffer.from("other") }], { createOnly: true }),
      "ALREADY_EXISTS",
    );
    expect(file !== undefined && (await isVisible(store, file))).toBe(true);
  });

  it("that refuses to rename leaves nothing behind", async () => {
    await using mount = await fuseMount(["--rename-deny"]);
    const store = openLocalStore(mount.at("store"));
    await failure(store.write(filesNamed(["data/a"])), "STORE_READ_ONLY");
    expect(await namesIn(store, "")).toEqual([]);
  });

  it("under the state is reported by a save", async () => {
    await using mount = await fuseMount();
    await using state = await openTestState();
    await writeFile(mount.at("a"), "text");
    const options = { ...state.access, ...state.request };
    expect((await save({ ...options, state: [mount.path] })).mounts).toEqual([
      { folder: mount.path, mount: mount.path, kind: "fuse", type: "fuse" },
    ]);
    expect((await save(options)).mounts).toEqual([]);
  });
});

describe("reading back", () => {
  const right = Buffer.from("right");

  it("takes away a file that came back different, and says so", async () => {
    await using folder = await temporaryFolder();
    const file = { name: "data/a", target: folder.at("a"), bytes: right };
    await writeFile(file.target, "wrong");
    const inode = await inodeOf(file.target);
    const { message } = await failure(readBack(file, inode), "STORE_UNREACHABLE");
    expect(message).toBe("data/a was written, but came back different");
    const missing = await failure(readBack(file, inode), "STORE_UNREACHABLE");
    expect(missing.message).toBe("data/a was written, but is not there");
  });

  it("is content with a file that is as it was written, or that another writer has replaced", async () => {
    await using folder = await temporaryFolder();
    const file = { name: "data/a", target: folder.at("a"), bytes: right };
    await writeFile(file.target, right);
    const inode = await inodeOf(file.target);
    await readBack(file, inode);
    await writeFile(folder.at("b"), "theirs");
    await rename(folder.at("b"), file.target);
    await readBack(file, inode);
    expect(await readFile(file.target, "utf8")).toBe("theirs");
  });

  it("is not asked for on an ordinary disk", async () => {
    expect(await isRemoteFolder(import.meta.dirname)).toBe(false);
  });
});
