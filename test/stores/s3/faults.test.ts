import { describe, expect, it } from "vitest";
import { filesNamed, namesIn } from "../../../src/stores/conformance/case.ts";
import { S3Error } from "../../s3/s3-error.ts";
import { newAccount } from "../../s3/server.ts";
import { failure } from "../conformance.ts";
import { s3Place } from "./s3-place.ts";

const FILES = filesNamed(["data/a", "index/b", "snapshots/c"]);
const NAMES = FILES.map(({ name }) => name);
const BUSY = new S3Error(503, "SlowDown", "Please reduce your request rate.");

describe("a bucket, when something goes wrong that passes", () => {
  it("takes a write whose connection was cut, before or after it was done", async () => {
    for (const fault of ["cut", "lose"] as const) {
      await using place = await s3Place({ profile: "aws" });
      const store = await place.open();
      place.server.faults.push({ method: "PUT", key: /index/, times: 2, with: fault });
      await store.write(FILES, { createOnly: true });
      expect(await namesIn(store, "")).toEqual(NAMES);
    }
  });

  it("does not take a file of somebody else for one whose answer was lost", async () => {
    await using place = await s3Place({ profile: "aws" });
    const store = await place.open();
    place.server.faults.push({ method: "PUT", with: "cut" });
    place.server.buckets.get("vault")?.objects.set("data/a", Buffer.from("theirs"));
    await failure(store.write(FILES.slice(0, 1), { createOnly: true }), "ALREADY_EXISTS");
  });

  it("waits as long as it is told to, and not when that is too long", async () => {
    await using place = await s3Place({ profile: "aws" });
    const waits: number[] = [];
    const sleep = async (delayMs: number): Promise<void> => void waits.push(delayMs);
    const store = await place.open({ retry: { maxAttempts: 1, sleep } });
    const told = (seconds: number): S3Error =>
      new S3Error(503, "SlowDown", "Slow down.", { headers: { "retry-after": String(seconds) } });
    place.server.faults.push({ method: "PUT", with: told(7) }, { method: "PUT", with: told(11) });
    await store.write(FILES.slice(0, 1));
    expect(waits).toEqual([7000, 11_000]);
    place.server.faults.push({ method: "PUT", with: told(3600) });
    const { message } = await failure(store.write(FILES), "STORE_UNREACHABLE");
    expect(message).toMatch(/answered with status 503: SlowDown/);
  });

  it("gives up on a server that is busy all the time, and asks for no patience", async () => {
    await using place = await s3Place({ profile: "aws" });
    const waits: number[] = [];
    const sleep = async (delayMs: number): Promise<void> => void waits.push(delayMs);
    const store = await place.open({ retry: { maxAttempts: 4, sleep } });
    const now = new S3Error(503, "SlowDown", "Slow down.", { headers: { "retry-after": "0" } });
    place.server.faults.push({ method: "PUT", times: 1000, with: now });
    await failure(store.write(FILES.slice(0, 1)), "STORE_UNREACHABLE");
    expect(waits).toHaveLength(3);
  });

  it("tries again what a busy server sends away", async () => {
    await using place = await s3Place({ profile: "r2" });
    const store = await place.open();
    for (const method of ["PUT", "GET", "DELETE"])
      place.server.faults.push({ method, times: 3, with: BUSY }, { method, key: /elsewhere/, with: "cut" });
    await store.write(FILES);
    expect(await namesIn(store, "")).toEqual(NAMES);
    expect(await store.read("data/a")).toEqual(new Uint8Array(FILES[0]?.bytes ?? []));
    await store.remove(NAMES);
    expect(await namesIn(store, "")).toEqual([]);
  });

  it("does not take a busy server for one that keeps the bucket closed", async () => {
    await using place = await s3Place({ profile: "aws" });
    const vault = place.server.buckets.get("vault");
    if (vault !== undefined) vault.isPublic = true;
    const store = await place.open();
    place.server.faults.push({ method: "GET", times: 2, with: BUSY });
    await failure(store.write(FILES), "STORE_PUBLIC");
    expect(vault?.objects.size).toBe(0);
  });

  it("comes again when two creations have met", async () => {
    await using place = await s3Place({ profile: "aws" });
    const store = await place.open({ retry: { maxAttempts: 1, sleep: async () => {} } });
    const conflict = new S3Error(409, "ConditionalRequestConflict", "A conflicting operation occurred.");
    place.server.faults.push({ method: "PUT", times: 2, with: conflict });
    await store.write(FILES, { createOnly: true });
    expect(await namesIn(store, "")).toEqual(NAMES);
  });

  it("never takes an answer that is no list for an empty store", async () => {
    await using place = await s3Place({ profile: "aws" });
    const store = await place.open({
      retry: { maxAttempts: 1 },
      fetch: async (_url, init) =>
        new Headers(init.headers).has("authorization")
          ? new Response("<html>Log in to the network</html>")
          : new Response(null, { status: 403 }),
    });
    await failure(namesIn(store, ""), "STORE_UNREACHABLE");
  });
});

describe("keys that expire in the middle of a save", () => {
  it("are renewed where they come from a role, and nothing is lost", async () => {
    await using place = await s3Place({ profile: "aws" });
    const { server } = place;
    const asked: (boolean | undefined)[] = [];
    const { AWS_ACCESS_KEY_ID: _id, ...variables } = place.variables;
    const store = await place.open({
      credentials: { s3: { variables } },
      loadProvider: async () => async (options) => {
        asked.push(options?.forceRefresh);
        const account = newAccount("role", options?.forceRefresh === true ? "second" : "first");
        if (options?.forceRefresh === true || !server.accounts.has("role"))
          server.accounts.set("role", account);
        const { id, secret, token } = account;
        return { accessKeyId: id, secretAccessKey: secret, sessionToken: token ?? "" };
      },
    });
    await store.write(FILES.slice(0, 1));
    const role = server.accounts.get("role");
    if (role !== undefined) role.expiresMs = 0;
    await store.write(FILES.slice(1));
    expect(asked).toContain(true);
    expect(await namesIn(store, "")).toEqual(NAMES);
    expect(role?.token).toBe("first");
  });

  it("end a save that has no others with a word, and what was written stays", async () => {
    await using place = await s3Place({ profile: "aws" });
    const store = await place.open();
    const account = place.server.accounts.get("alice");
    const write = store.write(FILES, {
      onSent: () => {
        if (account !== undefined) account.expiresMs = 0;
      },
    });
    await failure(write, "STORE_AUTH");
    if (account !== undefined) account.expiresMs = null;
    expect(await namesIn(store, "")).toEqual(["data/a"]);
  });
});

describe("reads that are sent elsewhere", () => {
  it("bring no signature there, and keep the range", async () => {
    await using place = await s3Place({ profile: "hf" });
    const store = await place.open();
    await store.write(FILES);
    const part = await store.read("data/a", { offset: 2, length: 3 });
    expect(part).toEqual(new Uint8Array((FILES[0]?.bytes ?? new Uint8Array()).slice(2, 5)));
    const elsewhere = place.server.requests.filter(({ key }) => key.startsWith("/elsewhere"));
    expect(elsewhere.map(({ headers, status }) => [headers.authorization, headers.range, status])).toEqual([
      [undefined, "bytes=2-4", 206],
    ]);
  });

  it("are not followed from an encrypted way to an open one", async () => {
    await using place = await s3Place({ profile: "hf" });
    const store = await place.open({
      address: "s3://vault?endpoint=https://s3.example.com&create-only=native",
      retry: { maxAttempts: 1 },
      fetch: async (_url, init) =>
        new Headers(init.headers).has("authorization")
          ? new Response(null, { status: 302, headers: { location: "http://elsewhere.example.com/x" } })
          : new Response(null, { status: 403 }),
    });
    expect((await failure(store.read("data/a"), "STORE_UNREACHABLE")).message).toContain("leads nowhere");
  });
});
