import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { acquireLock, removeLocks } from "../../src/repository/lock.ts";
import { readLocks } from "../../src/repository/lock-file.ts";
import { seal } from "../../src/repository/sealing.ts";
import { sealFile } from "../../src/repository/sealed-file.ts";
import { runs } from "../support/property.ts";
import { fuzzedJson } from "./fuzzed-json.ts";
import { deadPid, locksIn, putLock } from "./lock-files.ts";
import { randomId, scratchRepository } from "./scratch.ts";

const MINUTE = 60;

describe.each([
  { held: "shared", wanted: "shared", together: true },
  { held: "shared", wanted: "exclusive", together: false },
  { held: "exclusive", wanted: "shared", together: false },
  { held: "exclusive", wanted: "exclusive", together: false },
])("a $wanted lock beside a $held one", ({ held, wanted, together }) => {
  test(together ? "is given" : "is refused, and leaves nothing behind", async () => {
    const repository = scratchRepository();
    await using first = await acquireLock(repository, { exclusive: held === "exclusive" });
    expect(first).toBeDefined();
    const [name] = await locksIn(repository);
    const second = acquireLock(repository, { exclusive: wanted === "exclusive" });
    if (together) await (await second)[Symbol.asyncDispose]();
    else await expect(second).rejects.toMatchObject({ code: "LOCKED", exit: 6, retry: true });
    expect(await locksIn(repository)).toEqual([name]);
  });
});

test("a lock goes when it is no longer held", async () => {
  const repository = scratchRepository();
  await (await acquireLock(repository, { exclusive: true }))[Symbol.asyncDispose]();
  expect(await locksIn(repository)).toEqual([]);
});

test("who holds a lock is told", async () => {
  const repository = scratchRepository();
  await putLock(repository, { hostname: "elsewhere", pid: 4711, ageSeconds: 90 });
  const refused = acquireLock(repository, { exclusive: true });
  await expect(refused).rejects.toThrow(
    /^the repository is locked by process 4711 of other@elsewhere, since 9\d s$/,
  );
});

const abandoned = [
  ["of a process of this machine that has ended", { pid: deadPid() }],
  ["that nobody has refreshed for half an hour", { ageSeconds: 31 * MINUTE }],
  ["of another machine that nobody has refreshed", { ageSeconds: 31 * MINUTE, hostname: "elsewhere" }],
] as const;
test.each(abandoned)("a lock %s is removed", async (_, lock) => {
  const repository = scratchRepository();
  await putLock(repository, { exclusive: true, ...lock });
  await using held = await acquireLock(repository, { exclusive: true });
  expect(held).toBeDefined();
  expect(await locksIn(repository)).toHaveLength(1);
});

const alive = [
  ["of a live process", { ageSeconds: 29 * MINUTE }],
  ["of a process of another machine", { ageSeconds: 29 * MINUTE, hostname: "elsewhere", pid: deadPid() }],
  ["from the future", { ageSeconds: -60 * MINUTE, hostname: "elsewhere" }],
] as const;
test.each(alive)("a lock %s stays", async (_, lock) => {
  const repository = scratchRepository();
  const name = await putLock(repository, { exclusive: true, ...lock });
  await expect(acquireLock(repository, { exclusive: false })).rejects.toMatchObject({ code: "LOCKED" });
  expect(await locksIn(repository)).toEqual([name]);
});

test("a lock that cannot be read keeps nobody out", async () => {
  const repository = scratchRepository();
  const { name, bytes } = sealFile(repository.keys, "locks/", '{"time":"2024-01-01T00:00:00Z"}');
  await repository.store.write([
    { name, bytes: bytes.subarray(0, 40) }, // torn
    { name: `locks/${randomId()}`, bytes: new Uint8Array(0) },
    sealFile(scratchRepository().keys, "locks/", "{}"), // of other keys
    sealFile(repository.keys, "locks/", "[]"),
  ]);
  await using held = await acquireLock(repository, { exclusive: true });
  expect(held).toBeDefined();
  expect(await locksIn(repository)).toHaveLength(1);
});

test("any JSON is a lock or counts as abandoned", async () => {
  const valid = JSON.stringify({
    time: "2024-01-01T00:00:00Z",
    exclusive: true,
    hostname: "h",
    username: "u",
    pid: 5,
  });
  await fc.assert(
    fc.asyncProperty(fuzzedJson(fc.constant(valid)), async (json) => {
      const repository = scratchRepository();
      await repository.store.write([sealFile(repository.keys, "locks/", json)]);
      const [lock] = await readLocks(repository);
      expect(lock?.timeNs).toBeTypeOf("bigint");
      if (lock?.timeNs === 0n) expect(lock.exclusive).toBe(true);
    }),
    runs(500),
  );
});

test("what is no lock is left alone", async () => {
  const repository = scratchRepository();
  await repository.store.write([{ name: "locks/readme", bytes: seal(repository.keys, Buffer.from("{}")) }]);
  expect(await removeLocks(repository, { all: true })).toBe(0);
  expect(await locksIn(repository)).toEqual(["locks/readme"]);
});

test("abandoned locks are removed on demand, those of live writers only with the rest", async () => {
  const repository = scratchRepository();
  const live = await putLock(repository);
  await putLock(repository, { pid: deadPid() });
  await putLock(repository, { ageSeconds: 31 * MINUTE });
  expect(await removeLocks(repository)).toBe(2);
  expect(await locksIn(repository)).toEqual([live]);
  expect(await removeLocks(repository, { all: true })).toBe(1);
  expect(await locksIn(repository)).toEqual([]);
});

test("a call that is given up writes nothing", async () => {
  const repository = scratchRepository();
  const signal = AbortSignal.abort();
  await expect(acquireLock(repository, { exclusive: true, signal })).rejects.toMatchObject({
    code: "CANCELLED",
  });
  expect(await locksIn(repository)).toEqual([]);
});
