import { chmod, readdir } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { filesNamed, isVisible, namesIn } from "../../src/stores/conformance/case.ts";
import { openLocalStore } from "../../src/stores/local.ts";
import { isPrivateStore } from "../../src/stores/open.ts";
import { NO_SMALL_DISK, smallDisk } from "../support/small-disk.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { failure } from "./conformance.ts";

const MIB = 1024 * 1024;
const isRoot = process.getuid?.() === 0;

function reasonFor(what: string, reason: string): string {
  process.stdout.write(`skipped: ${what}: ${reason}\n`);
  return what;
}

describe.skipIf(NO_SMALL_DISK !== null)(
  NO_SMALL_DISK === null ? "a disk of 1 MiB" : reasonFor("a disk of 1 MiB", NO_SMALL_DISK),
  () => {
    it("says that it is full, shows no half file, and works again when there is room", async () => {
      await using disk = await smallDisk(MIB);
      const store = openLocalStore(disk.at("store"));
      const small = filesNamed(["data/a"], 400_000);
      await store.write(small);
      const large = filesNamed(["data/b", "index/c"], 500_000);
      const { message, hint } = await failure(store.write(large), "DISK_FULL");
      expect(message).toBe(`cannot write to ${disk.at("store")}: the disk is full`);
      expect(hint).toBe("make room there, or name another store with --store");
      expect((await readdir(disk.at("store"), { recursive: true })).sort()).toEqual([
        "data",
        "data/a",
        "index",
      ]);
      for (const file of small) expect(await isVisible(store, file)).toBe(true);
      await store.remove(["data/a"]);
      await store.write(large.slice(0, 1));
      expect(await namesIn(store, "")).toEqual(["data/b"]);
    });

    it("can be read when it is read-only, and says so when it is written to", async () => {
      await using disk = await smallDisk(MIB);
      const store = openLocalStore(disk.at("store"));
      const files = filesNamed(["data/a"]);
      await store.write(files);
      await disk.makeReadOnly();
      for (const file of files) expect(await isVisible(store, file)).toBe(true);
      for (const createOnly of [true, false]) {
        const { message } = await failure(
          store.write(filesNamed(["data/b"]), { createOnly }),
          "STORE_READ_ONLY",
        );
        expect(message).toBe(`cannot write to ${disk.at("store")}: the disk is read-only`);
      }
      await failure(store.write(filesNamed(["index/b"])), "STORE_READ_ONLY");
      await failure(store.remove(["data/a"]), "STORE_READ_ONLY");
      expect(await namesIn(store, "")).toEqual(["data/a"]);
      await store.close();
    });
  },
);

describe.skipIf(isRoot)(
  isRoot
    ? reasonFor("a folder without permissions", "root may do everything")
    : "a folder without permissions",
  () => {
    it("is read-only without the permission to write, and refused without that to read", async () => {
      await using folder = await temporaryFolder();
      const store = openLocalStore(folder.at("store"));
      await store.write(filesNamed(["data/a"]));
      await chmod(folder.at("store", "data"), 0o500);
      await failure(store.write(filesNamed(["data/b"])), "STORE_READ_ONLY");
      await failure(store.remove(["data/a"]), "STORE_READ_ONLY");
      await chmod(folder.at("store", "data"), 0o000);
      await failure(store.read("data/a"), "STORE_AUTH");
      await failure(namesIn(store, ""), "STORE_AUTH");
      await failure(isPrivateStore(folder.at("store", "data", "deeper")), "STORE_AUTH");
    });
  },
);
