import assert from "node:assert/strict";
import { describe, expect, it } from "vitest";
import { bytesOf, filesNamed, isVisible, namesIn, pattern } from "../../../src/stores/conformance/case.ts";
import { withRetry } from "../../../src/stores/retry.ts";
import type { Call } from "../../drives/server.ts";
import { failure } from "../conformance.ts";
import { oneDrivePlace, type OneDrivePlace, quick } from "./places.ts";

const MIB = 1024 * 1024;

describe("a large file", () => {
  it("goes in multiples of 320 KiB, without our token, and reads back", async () => {
    await using place = await oneDrivePlace();
    const store = await place.open();
    const bytes = pattern(12 * MIB + 7);
    let sent = 0;
    await store.write([{ name: "data/aa/large", bytes }], { onSent: (count) => (sent += count) });
    expect(sent).toBe(bytes.length);
    const parts = place.server.calls.filter(isPart);
    expect(parts.length).toBe(3);
    expect(parts.every(({ headers }) => headers.authorization === undefined)).toBe(true);
    expect(Buffer.compare(await store.read("data/aa/large"), bytes)).toBe(0);
    const range = { offset: 5 * MIB - 3, length: 100 };
    const expected = bytes.subarray(range.offset, range.offset + range.length);
    expect(Buffer.compare(await store.read("data/aa/large", range), expected)).toBe(0);
  });

  it.each(["lost", "answer-lost"] as const)("goes on where it was when a part is %s", async (does) => {
    await using place = await oneDrivePlace();
    place.server.faults.push({ fits: isPart, after: 1, does });
    const store = await place.open();
    const bytes = pattern(12 * MIB);
    await store.write([{ name: "data/aa/large", bytes }]);
    expect(Buffer.compare(place.server.files().get("vault/data/aa/large") ?? Buffer.alloc(0), bytes)).toBe(0);
    expect(place.server.calls.filter(isPart).length).toBeLessThanOrEqual(4);
  });

  it.each([true, false])(
    "whose last answer is lost is there in the end, create-only: %s",
    async (createOnly) => {
      await using place = await oneDrivePlace();
      place.server.faults.push({ fits: isPart, after: 2, does: "answer-lost" });
      const store = withRetry(await place.open(), quick(place.clock));
      const bytes = pattern(12 * MIB);
      await store.write([{ name: "data/aa/large", bytes }], { createOnly });
      expect(Buffer.compare(place.server.files().get("vault/data/aa/large") ?? Buffer.alloc(0), bytes)).toBe(
        0,
      );
    },
  );

  it("is refused when its name is taken, at the last byte at the latest", async () => {
    await using place = await oneDrivePlace();
    const store = await place.open();
    await store.write([{ name: "data/a", bytes: bytesOf("first") }]);
    const write = store.write([{ name: "data/a", bytes: pattern(5 * MIB) }], { createOnly: true });
    await failure(write, "ALREADY_EXISTS");
    expect(await isVisible(store, { name: "data/a", bytes: bytesOf("first") })).toBe(true);
  });
});

describe("names", () => {
  it("that differ only in their case are kept apart, and reserved ones are taken", async () => {
    await using place = await oneDrivePlace();
    const store = await place.open();
    const files = filesNamed(["a/Ab", "a/aB", "a/ab", "con", "aux.", "x_vti_y", ".lock", "desktop.ini"]);
    await store.write(files);
    for (const file of files) expect(await isVisible(store, file), file.name).toBe(true);
    expect((await namesIn(store, "")).length).toBe(files.length);
  });

  it("of a repository stay as they are", async () => {
    await using place = await oneDrivePlace();
    const store = await place.open();
    const names = [
      "config",
      `data/3f/3f${"a".repeat(62)}`,
      `keys/${"0".repeat(64)}`,
      "leases/000000000001.asked-0f",
    ];
    await store.write(filesNamed(names));
    expect([...place.server.files().keys()].sort()).toEqual(names.map((name) => `vault/${name}`).sort());
  });

  it("that are too long are refused before any effect", async () => {
    await using place = await oneDrivePlace();
    const store = await place.open();
    const error = await failure(store.write(filesNamed(["a", `${"0123456/".repeat(60)}b`])), "CONFIG");
    expect(error.message).toBe("a file name is longer than OneDrive allows");
    expect(place.server.calls).toEqual([]);
  });
});

describe("a create-only write", () => {
  it("is compared where the drive replaces a name that is taken all the same", async () => {
    await using place = await oneDrivePlace({ ignoresConflicts: true });
    const [one, other] = [await place.open(), await place.open()];
    // The other one writes between the write and the look at it.
    place.server.faults.push({
      fits: ({ method, url }) => method === "GET" && url.pathname.endsWith("/content"),
      does: () => place.server.put("vault/locks/a", Buffer.from("other")),
    });
    await failure(
      one.write([{ name: "locks/a", bytes: bytesOf("one") }], { createOnly: true }),
      "ALREADY_EXISTS",
    );
    expect(await isVisible(other, { name: "locks/a", bytes: bytesOf("other") })).toBe(true);
  });

  it("whose answer is lost counts as written", async () => {
    await using place = await oneDrivePlace();
    const store = withRetry(await place.open(), quick(place.clock));
    place.server.faults.push({ fits: isPut, does: "answer-lost" });
    await store.write([{ name: "locks/a", bytes: bytesOf("one") }], { createOnly: true });
    expect(place.server.files().get("vault/locks/a")?.toString()).toBe("one");
  });
});

describe("what goes wrong", () => {
  it("is waited for as long as the drive says, and no longer than ten minutes", async () => {
    await using place = await oneDrivePlace();
    const store = await place.open();
    place.server.faults.push({
      fits: isPut,
      does: { status: 429, headers: { "retry-after": "77" }, body: {} },
    });
    const before = place.clock.nowMs;
    await store.write(filesNamed(["a"]));
    expect(place.clock.nowMs - before).toBe(77_000);
    place.server.faults.push({
      fits: isPut,
      times: 9,
      does: { status: 503, headers: { "retry-after": "200" } },
    });
    await failure(store.write(filesNamed(["b"])), "STORE_UNREACHABLE");
    expect(place.clock.nowMs - before).toBe(677_000);
  });

  it.each([
    [423, "resourceLocked", "STORE_UNREACHABLE"],
    [500, "generalException", "STORE_UNREACHABLE"],
    [403, "accessDenied", "STORE_READ_ONLY"],
    [418, "teapot", "FAILED"],
  ] as const)("status %i is %s and ends with %s", async (status, code, expected) => {
    await using place = await oneDrivePlace();
    const store = await place.open();
    place.server.faults.push({
      fits: isPut,
      times: 9,
      does: { status, body: { error: { code, message: "SECRET" } } },
    });
    const error = await failure(store.write(filesNamed(["a"])), expected);
    expect(error.message).toBe(
      expected === "STORE_READ_ONLY"
        ? "could not write a: OneDrive does not allow it (status 403: accessDenied)"
        : expected === "FAILED"
          ? "could not write a: OneDrive answered with status 418: teapot"
          : `could not write a: status ${status}: ${code}`,
    );
    expect(error.hint).not.toBe(null);
  });

  it("a full drive takes nothing more, and keeps what it has", async () => {
    await using place = await oneDrivePlace({ quotaBytes: 1000 });
    const store = withRetry(await place.open(), quick(place.clock));
    await store.write(filesNamed(["a"], 600));
    for (const sizeBytes of [600, 5 * MIB]) {
      const error = await failure(store.write([{ name: "b", bytes: pattern(sizeBytes) }]), "DISK_FULL");
      expect(error.hint).toContain("recycle bin");
    }
    expect(await namesIn(store, "")).toEqual(["a"]);
  });

  it("a token that ends in the middle is renewed once", async () => {
    await using place = await oneDrivePlace();
    const store = await place.open();
    await store.write(filesNamed(["a"]));
    place.server.signIn.endAccess();
    await store.write(filesNamed(["b"]));
    expect(renewals(place)).toBe(2);
    place.clock.nowMs += 3_600_000;
    expect(await namesIn(store, "")).toEqual(["a", "b"]);
    expect(renewals(place)).toBe(3);
  });

  it("a sign-in that was taken back is said so, without a secret", async () => {
    await using place = await oneDrivePlace();
    const store = await place.open();
    await store.write(filesNamed(["a"]));
    place.server.signIn.revokeAll();
    const error = await failure(store.read("a"), "STORE_AUTH");
    expect(error).toMatchObject({
      message: "OneDrive no longer accepts the sign-in (invalid_grant, AADSTS700082)",
      hint: expect.stringContaining("holdfast init onedrive") as string,
    });
    expect(JSON.stringify(error)).not.toMatch(/refresh-|access-|Bearer/);
  });

  it("the next page of a listing does not get the token of another host", async () => {
    await using place = await oneDrivePlace();
    const store = await place.open();
    const body = { value: [], "@odata.nextLink": "https://elsewhere.example/steal" };
    place.server.faults.push({
      fits: ({ url }) => url.pathname.endsWith("/children"),
      does: { status: 200, body },
    });
    await failure(namesIn(store, ""), "STORE_UNREACHABLE");
    expect(place.server.calls.some(({ url }) => url.host === "elsewhere.example")).toBe(false);
  });

  it("an upload to an address that is not encrypted is refused", async () => {
    await using place = await oneDrivePlace();
    const store = await place.open();
    place.server.faults.push({
      fits: ({ url }) => url.pathname.endsWith("createUploadSession"),
      does: { status: 200, body: { uploadUrl: "http://upload.example-storage.com/x" } },
    });
    const error = await failure(store.write([{ name: "a", bytes: pattern(5 * MIB) }]), "FAILED");
    assert.match(error.message, /not encrypted/);
  });
});

function isPart({ method, url }: Call): boolean {
  return method === "PUT" && url.host === "upload.example-storage.com";
}

function isPut({ method, url }: Call): boolean {
  return method === "PUT" && url.pathname.endsWith("/content");
}

function renewals({ server }: OneDrivePlace): number {
  return server.calls.filter(({ url }) => url.pathname.endsWith("/token")).length;
}
