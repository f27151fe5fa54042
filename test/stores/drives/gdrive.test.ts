import { describe, expect, it } from "vitest";
import { createRepository, openRepository } from "../../../src/repository/repository.ts";
import { bytesOf, filesNamed, isVisible, namesIn, pattern } from "../../../src/stores/conformance/case.ts";
import { withRetry } from "../../../src/stores/retry.ts";
import type { Call } from "../../drives/server.ts";
import { failure } from "../conformance.ts";
import { googleDrivePlace, quick } from "./places.ts";

const MIB = 1024 * 1024;

describe("a large file", () => {
  it("goes in multiples of 256 KiB, without our token, and reads back", async () => {
    await using place = await googleDrivePlace();
    const store = await place.open();
    const bytes = pattern(9 * MIB + 7);
    let sent = 0;
    await store.write([{ name: "data/aa/large", bytes }], { onSent: (count) => (sent += count) });
    expect(sent).toBe(bytes.length);
    const parts = place.server.calls.filter(isPart);
    expect(parts.length).toBe(3);
    expect(parts.every(({ headers }) => headers.authorization === undefined)).toBe(true);
    expect(Buffer.compare(await store.read("data/aa/large"), bytes)).toBe(0);
    await store.write([{ name: "data/aa/large", bytes: bytes.subarray(1) }]);
    expect(Buffer.compare(await store.read("data/aa/large"), bytes.subarray(1))).toBe(0);
    expect(place.server.files().size).toBe(1);
  });

  it.each(["lost", "answer-lost"] as const)("goes on where it was when a part is %s", async (does) => {
    await using place = await googleDrivePlace();
    place.server.faults.push({ fits: isPart, after: 1, does });
    const store = await place.open();
    const bytes = pattern(9 * MIB);
    await store.write([{ name: "data/aa/large", bytes }]);
    expect(Buffer.compare(place.server.files().get("vault/data/aa/large") ?? Buffer.alloc(0), bytes)).toBe(0);
    expect(place.server.calls.filter(isPart).length).toBeLessThanOrEqual(5);
  });
});

describe("an answer that is lost", () => {
  it.each([100, 6 * MIB])(
    "makes no second file of %i bytes, also where listings are late",
    async (sizeBytes) => {
      await using place = await googleDrivePlace({ lateMs: 30_000 });
      const store = withRetry(await place.open(), quick(place.clock));
      place.server.faults.push({ fits: isCreate, does: "answer-lost" });
      const bytes = pattern(sizeBytes);
      await store.write([{ name: "data/aa/one", bytes }]);
      expect(place.server.entries().filter(({ name }) => name === "one").length).toBe(1);
      expect(place.server.calls.filter(({ method }) => method === "DELETE")).toEqual([]);
      expect(await isVisible(store, { name: "data/aa/one", bytes })).toBe(true);
    },
  );

  it("to the last part is asked for again", async () => {
    await using place = await googleDrivePlace();
    place.server.faults.push({ fits: isPart, after: 2, does: "answer-lost" });
    const store = await place.open();
    const bytes = pattern(9 * MIB);
    await store.write([{ name: "one", bytes }]);
    expect(place.server.calls.filter(isPart).length).toBe(4);
    expect(Buffer.compare(place.server.files().get("vault/one") ?? Buffer.alloc(0), bytes)).toBe(0);
  });

  it("makes no second folder", async () => {
    await using place = await googleDrivePlace({ lateMs: 30_000 });
    const store = withRetry(await place.open(), quick(place.clock));
    place.server.faults.push({ fits: isMakeFolder, after: 1, does: "answer-lost" });
    await store.write(filesNamed(["data/aa/one"]));
    expect(place.server.entries().map(({ name }) => name)).toEqual(["vault", "data", "aa", "one"]);
  });
});

describe("several of one name", () => {
  it("are one: the oldest, for everybody; a write removes the others", async () => {
    await using place = await googleDrivePlace();
    const store = await place.open();
    await store.write([{ name: "a/one", bytes: bytesOf("oldest") }]);
    const folder = place.server.entries().find(({ name }) => name === "a");
    for (const text of ["second", "third"]) {
      place.clock.nowMs += 1000;
      place.server.put(folder?.id ?? "", "one", Buffer.from(text));
    }
    for (const each of [store, await place.open()]) {
      expect(await isVisible(each, { name: "a/one", bytes: bytesOf("oldest") })).toBe(true);
      expect(await namesIn(each, "")).toEqual(["a/one"]);
    }
    await store.write([{ name: "a/one", bytes: bytesOf("new") }]);
    expect(place.server.entries().filter(({ name }) => name === "one").length).toBe(1);
    await store.remove(["a/one"]);
    expect(await namesIn(await place.open(), "")).toEqual([]);
  });

  it("are removed together", async () => {
    await using place = await googleDrivePlace();
    const store = await place.open();
    await store.write(filesNamed(["one"]));
    const folder = place.server.entries().find(({ name }) => name === "vault");
    place.server.put(folder?.id ?? "", "one", Buffer.from("second"));
    await store.remove(["one"]);
    expect(place.server.entries().map(({ name }) => name)).toEqual(["vault"]);
  });

  it("of folders are looked into alike", async () => {
    await using place = await googleDrivePlace();
    const [one, other] = [await place.open(), await place.open()];
    await one.write(filesNamed(["data/a"]));
    place.clock.nowMs += 1000;
    const second = place.server.put("root", "vault", null);
    place.server.put(place.server.put(second, "data", null), "b", Buffer.from("of another program"));
    for (const each of [one, other, await place.open()]) {
      expect(await isVisible(each, { name: "data/b", bytes: bytesOf("of another program") })).toBe(true);
      expect(await namesIn(each, "data/")).toEqual(["data/a", "data/b"]);
    }
  });

  it("that another one makes in a new folder of its own during a write is seen before the write ends", async () => {
    await using place = await googleDrivePlace();
    const store = await place.open();
    await store.write(filesNamed(["x/zero"]));
    const vault = place.server.entries().find(({ name }) => name === "vault");
    place.server.faults.push({
      fits: isCreate,
      does: () => {
        const other = place.server.put(vault?.id ?? "", "x", null);
        place.server.put(other, "one", Buffer.from("of the other"));
        place.clock.nowMs += 1;
      },
    });
    await store.write([{ name: "x/one", bytes: bytesOf("of this one") }]);
    for (const each of [store, await place.open()])
      expect(await isVisible(each, { name: "x/one", bytes: bytesOf("of the other") })).toBe(true);
  });

  it("that are made by several writers at once end as one", async () => {
    await using place = await googleDrivePlace({ lateMs: 500 });
    const stores = await Promise.all(Array.from({ length: 6 }, () => place.open()));
    await Promise.all(
      stores.map((store, at) => store.write([{ name: "x/one", bytes: bytesOf(`of ${at}`) }])),
    );
    const seen = await Promise.all(
      stores.map(async (store) => Buffer.from(await store.read("x/one")).toString()),
    );
    expect(new Set(seen).size).toBe(1);
    expect(await namesIn(await place.open(), "")).toEqual(["x/one"]);
  });
});

describe("listings that are late", () => {
  it("do not hide what was written, nor show what was removed, to whoever did it", async () => {
    await using place = await googleDrivePlace({ lateMs: 5000 });
    const [store, other] = [await place.open(), await place.open()];
    await store.write(filesNamed(["locks/a"]));
    expect(await namesIn(other, "locks/")).toEqual(["locks/a"]);
    await store.remove(["locks/a"]);
    expect(await namesIn(store, "locks/")).toEqual([]);
    await failure(other.read("locks/a"), "NOT_FOUND");
  });

  it("that never show a file are an error, which may pass", async () => {
    await using place = await googleDrivePlace();
    const store = await place.open();
    await store.write(filesNamed(["a"]));
    place.server.rules.lateMs = 10_000_000;
    const error = await failure(store.write(filesNamed(["b"])), "STORE_UNREACHABLE");
    expect(error.message).toMatch(/a file that was written a minute ago/);
  });

  it("do not let two first saves make two repositories", async () => {
    await using place = await googleDrivePlace({ lateMs: 1000 });
    const stores = await Promise.all(Array.from({ length: 3 }, () => place.open()));
    const outcomes = await Promise.allSettled(
      stores.map((store) => createRepository(store, { password: "password" })),
    );
    const { keys } = await openRepository(await place.open(), { password: "password" });
    let made = 0;
    for (const outcome of outcomes) {
      if (outcome.status === "rejected") expect(outcome.reason).toMatchObject({ code: "ALREADY_EXISTS" });
      else {
        made += 1;
        expect(inHex(outcome.value.keys)).toEqual(inHex(keys));
      }
    }
    expect(made).toBeGreaterThan(0);
  });
});

describe("what goes wrong", () => {
  it.each([
    [403, "userRateLimitExceeded", "STORE_UNREACHABLE"],
    [429, "rateLimitExceeded", "STORE_UNREACHABLE"],
    [500, "internalError", "STORE_UNREACHABLE"],
    [403, "storageQuotaExceeded", "DISK_FULL"],
    [403, "insufficientFilePermissions", "STORE_READ_ONLY"],
    [403, "dailyLimitExceeded", "STORE_READ_ONLY"],
    [400, "badRequest", "FAILED"],
  ] as const)("status %i with %s ends with %s", async (status, reason, expected) => {
    await using place = await googleDrivePlace();
    const store = await place.open();
    const body = { error: { errors: [{ reason, message: "SECRET" }], message: "SECRET" } };
    place.server.faults.push({ fits: isCreate, does: { status, body } });
    const error = await failure(store.write(filesNamed(["a"])), expected);
    expect(error.message).toContain(`(status ${status}: ${reason})`.replace(/[()]/g, ""));
    expect(JSON.stringify(error)).not.toContain("SECRET");
    expect(error.hint).not.toBe(null);
  });

  it("a service account is told why it has no storage", async () => {
    await using place = await googleDrivePlace();
    const store = await place.open();
    const message = "Service Accounts do not have storage quota.";
    const body = { error: { errors: [{ reason: "storageQuotaExceeded", message }], message } };
    place.server.faults.push({ fits: isCreate, does: { status: 403, body } });
    const error = await failure(store.write(filesNamed(["a"])), "DISK_FULL");
    expect(error.hint).toBe("sign in as a person with: holdfast init gdrive");
  });

  it("a full drive takes nothing more, and keeps what it has", async () => {
    await using place = await googleDrivePlace({ quotaBytes: 1000 });
    const store = withRetry(await place.open(), quick(place.clock));
    await store.write(filesNamed(["a"], 600));
    for (const sizeBytes of [600, 6 * MIB])
      await failure(store.write([{ name: "b", bytes: pattern(sizeBytes) }]), "DISK_FULL");
    expect(await namesIn(store, "")).toEqual(["a"]);
  });

  it("a token that ends in the middle is renewed, and one that Google has ended after a week is said so", async () => {
    await using place = await googleDrivePlace();
    place.server.signIn.isTesting = true;
    const store = await place.open();
    await store.write(filesNamed(["a"]));
    place.server.signIn.endAccess();
    await store.write(filesNamed(["b"]));
    place.clock.nowMs += 200 * 86_400_000;
    const error = await failure(store.read("a"), "STORE_AUTH");
    expect(error.hint).toContain("after 7 days while the app is in 'Testing'");
    expect(JSON.stringify(error)).not.toMatch(/refresh-|access-/);
  });

  it("more folders in each other than the drive takes are refused", async () => {
    await using place = await googleDrivePlace();
    const store = await place.open();
    await failure(store.write(filesNamed([`${"a/".repeat(95)}b`])), "CONFIG");
    expect(place.server.entries()).toEqual([]);
  });
});

function inHex(keys: object): Record<string, string> {
  const entries = Object.entries(keys) as [string, Uint8Array][];
  return Object.fromEntries(entries.map(([name, bytes]) => [name, Buffer.from(bytes).toString("hex")]));
}

function isPart({ method }: Call): boolean {
  return method === "PUT";
}

/** A file in one request, or a part of one. */
function isCreate({ method, url }: Call): boolean {
  return method === "PUT" || (method === "POST" && url.searchParams.get("uploadType") === "multipart");
}

function isMakeFolder({ method, url }: Call): boolean {
  return method === "POST" && url.pathname === "/drive/v3/files";
}
