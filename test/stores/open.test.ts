import { chmod, chown, mkdir } from "node:fs/promises";
import { relative, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { filesNamed, namesIn } from "../../src/stores/conformance/case.ts";
import { createRequestCounter } from "../../src/stores/count.ts";
import { openLocalStore } from "../../src/stores/local.ts";
import { isPrivateStore, localFolderOf, openStore } from "../../src/stores/open.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { disposable, failure, testConformance } from "./conformance.ts";

testConformance("a folder, opened by its address", async () => {
  const folder = await temporaryFolder();
  const counter = createRequestCounter();
  return disposable(await openStore(folder.at("store"), { counter }), () => folder[Symbol.asyncDispose]());
});

describe("opening a store", () => {
  it("finds the same folder by every kind of address", async () => {
    await using folder = await temporaryFolder();
    const path = folder.at("a store");
    await openLocalStore(path).write(filesNamed(["config"]));
    const fromHere = relative(process.cwd(), path);
    for (const url of [
      path,
      `${path}/`,
      pathToFileURL(path).href,
      fromHere.startsWith("..") ? fromHere : `./${fromHere}`,
    ]) {
      const store = await openStore(url);
      expect(await namesIn(store, ""), url).toEqual(["config"]);
      expect(resolve(localFolderOf(url) ?? ""), url).toBe(path);
      await store.close();
    }
  });

  it("counts what reaches the store", async () => {
    await using folder = await temporaryFolder();
    const counter = createRequestCounter();
    const store = await openStore(folder.path, { counter });
    await store.write(filesNamed(["a"]));
    await Promise.all([store.read("a"), store.read("a")]);
    expect({ requests: counter.requests, rounds: counter.rounds }).toEqual({ requests: 3, rounds: 2 });
  });

  it("refuses other addresses, says which there are, and shows no secret", async () => {
    for (const [url, what] of [
      ["ftp://key:hunter2@host", "no kind of store is called 'ftp:'"],
      ["https://user:hunter2@host/hunter2", "no kind of store is called 'https:'"],
      ["hunter2", "the address of the store is not complete"],
      ["", "the address of the store is not complete"],
      ["file://hunter2/share", "a file: address has to be an absolute path on this machine"],
    ] as const) {
      const error = await failure(openStore(url), "CONFIG");
      expect(error.message).toBe(what);
      expect(error.hint).toMatch(/^write it like .*file:\/\/\/path\/to\/folder/);
      expect(JSON.stringify(error)).not.toContain("hunter2");
    }
    expect(localFolderOf("s3://bucket")).toBe(null);
    const bucket = await failure(openStore("s3://key:hunter2@bucket/hunter2"), "CONFIG");
    expect(JSON.stringify(bucket)).not.toContain("hunter2");
  });
});

describe("a private place", () => {
  it("is a folder of mode 0700 that is ours", async () => {
    await using folder = await temporaryFolder();
    const path = folder.at("store");
    for (const [mode, isPrivate] of [
      [0o700, true],
      [0o500, true],
      [0o750, false],
      [0o701, false],
      [0o777, false],
    ] as const) {
      await mkdir(path, { recursive: true });
      await chmod(path, mode);
      expect(await isPrivateStore(path), mode.toString(8)).toBe(isPrivate);
      expect(await isPrivateStore(pathToFileURL(path).href), mode.toString(8)).toBe(isPrivate);
    }
  });

  it("is a folder that does not exist where nobody else can make it, and then is made so", async () => {
    await using folder = await temporaryFolder();
    const path = folder.at("deep", "store");
    expect(await isPrivateStore(path)).toBe(true);
    await openLocalStore(path).write(filesNamed(["a"]));
    expect(await isPrivateStore(path)).toBe(true);

    await mkdir(folder.at("open"));
    await chmod(folder.at("open"), 0o1777);
    expect(await isPrivateStore(folder.at("open", "store"))).toBe(false);
    expect(await isPrivateStore(folder.at("open", "deep", "store"))).toBe(false);
  });

  it("is not a file, not somebody else's folder, and no address that is not known", async () => {
    await using folder = await temporaryFolder();
    await openLocalStore(folder.path).write(filesNamed(["file"]));
    await chmod(folder.at("file"), 0o700);
    expect(await isPrivateStore(folder.at("file"))).toBe(false);
    expect(await isPrivateStore("/")).toBe(false);
    if (process.getuid?.() === 0) {
      await mkdir(folder.at("theirs"), { mode: 0o700 });
      await chown(folder.at("theirs"), 1000, 1000);
      expect(await isPrivateStore(folder.at("theirs"))).toBe(false);
    }
    await failure(isPrivateStore("ftp://host/x"), "CONFIG");
  });
});
