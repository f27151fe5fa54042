import { existsSync } from "node:fs";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { HoldfastError } from "../../src/base/errors.ts";
import { doctor, type DoctorAnnouncement } from "../../src/operations/doctor.ts";
import { openMemoryStore } from "../../src/stores/memory.ts";
import type { Store } from "../../src/stores/store.ts";
import { temporaryHub } from "../hub/support.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

/** A store in memory that does some things in its own way. */
function altered(alter: (inner: Store) => Partial<Store>): Store {
  const inner = openMemoryStore();
  return { ...inner, ...alter(inner) };
}

async function namesIn(store: Store): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of store.list("")) names.push(name);
  return names;
}

test("a good store in a folder is told so, and looks as it did before", async () => {
  await using folder = await temporaryFolder();
  const plans: DoctorAnnouncement[] = [];
  const result = await doctor({ store: folder.at("new", "store"), onPlan: (plan) => plans.push(plan) });
  expect(result).toMatchObject({ healthy: true, private: true, traits: { create_only: true } });
  expect(result.areas.map(({ area }) => area)).toEqual([
    "reads",
    "ranges",
    "writes",
    "create-only",
    "listing",
    "removing",
    "names",
    "cancelling",
  ]);
  expect(result.areas.every(({ kept }) => kept > 0)).toBe(true);
  expect(plans).toHaveLength(1);
  expect(result.requests).toBeGreaterThanOrEqual(plans[0]?.calls ?? Infinity);
  expect(existsSync(folder.at("new", "store"))).toBe(false);
  await mkdir(folder.at("old"));
  await writeFile(folder.at("old", "config"), "somebody's");
  await doctor({ store: folder.at("old") });
  expect(await readdir(folder.at("old"))).toEqual(["config"]);
});

test("a store where a write is a commit is tried within its budget, and left without a file", async () => {
  await using place = await temporaryHub();
  const credentials = { hub: { token: place.token, endpoint: place.hub.url } };
  const plans: DoctorAnnouncement[] = [];
  const store = "hf://datasets/alice/vault";
  const result = await doctor({ store, credentials, onPlan: (plan) => plans.push(plan) });
  expect(result.areas.flatMap(({ broken }) => broken)).toEqual([]);
  expect(plans[0]?.writes).toBeLessThanOrEqual(30);
  const answer = await fetch(`${place.hub.url}/api/datasets/alice/vault/commits/main`, {
    headers: { authorization: `Bearer ${place.token}` },
  });
  expect(await answer.json()).toSatisfy((commits: unknown[]) => commits.length <= 40);
  const tree = await fetch(`${place.hub.url}/api/datasets/alice/vault/tree/main?recursive=true`, {
    headers: { authorization: `Bearer ${place.token}` },
  });
  const entries = (await tree.json()) as { path: string; type: string }[];
  expect(entries.filter(({ path }) => path.startsWith("holdfast-doctor"))).toEqual([]);
});

test.each([
  [
    "create-only",
    altered((inner) => ({
      write: (files, options) => inner.write(files, { ...options, createOnly: false }),
    })),
  ],
  [
    "ranges",
    altered((inner) => ({
      read: async (name, range, options) =>
        range === undefined
          ? inner.read(name, range, options)
          : (await inner.read(name, undefined, options)).slice(range.offset, range.offset + range.length),
    })),
  ],
  ["removing", altered(() => ({ remove: async () => undefined }))],
  [
    "reads",
    altered((inner) => ({ read: async (...args) => (await inner.read(...args)).map((byte) => byte ^ 1) })),
  ],
] as const)("a store that breaks its promises is told so, in sentences: %s", async (area, store) => {
  const examined = doctor({ store });
  // What cannot be removed cannot be removed afterwards either.
  if (area === "removing") {
    await expect(examined).rejects.toMatchObject({
      code: "FAILED",
      hint: expect.stringContaining("holdfast-doctor-") as string,
    });
    return;
  }
  const { healthy, areas } = await examined;
  const broken = areas.find((each) => each.area === area)?.broken ?? [];
  expect({ healthy, isSeen: broken.length > 0 }).toEqual({ healthy: false, isSeen: true });
  for (const { promise, seen } of areas.flatMap((each) => each.broken)) {
    expect(promise).toMatch(/^[^A-Z\n][^\n]*[^.]$/);
    expect(seen ?? "").not.toMatch(/\n|Expected|strictly|AssertionError/);
  }
  expect(await namesIn(store)).toEqual([]);
});

test("what can only be read says so, and is left alone", async () => {
  const store = altered(() => ({
    async write() {
      throw new HoldfastError({ code: "STORE_READ_ONLY", message: "the store is read-only" });
    },
    async remove() {
      throw new Error("nothing was to be removed");
    },
  }));
  await expect(doctor({ store })).rejects.toMatchObject({ code: "STORE_READ_ONLY" });
});

test("given up at any moment, it leaves nothing", async () => {
  for (const after of [1, 5, 40, 80]) {
    const controller = new AbortController();
    let writes = 0;
    const store = altered((inner) => ({
      async write(files, options) {
        writes += 1;
        if (writes === after) controller.abort();
        await inner.write(files, options);
      },
    }));
    await expect(doctor({ store, signal: controller.signal })).rejects.toMatchObject({ code: "CANCELLED" });
    expect(await namesIn(store)).toEqual([]);
  }
});

test("a failure that says nothing about a promise ends it, and is named as it is", async () => {
  let writes = 0;
  const store = altered((inner) => ({
    async write(files, options) {
      writes += 1;
      if (writes === 10) throw new HoldfastError({ code: "STORE_UNREACHABLE", message: "no answer" });
      await inner.write(files, options);
    },
  }));
  await expect(doctor({ store })).rejects.toMatchObject({ code: "STORE_UNREACHABLE", message: "no answer" });
  expect(await namesIn(store)).toEqual([]);
});

test("a store that asks for patience is not written to", async () => {
  const store = altered(() => ({
    nextWriteAt: async () => new Date(Date.now() + 60_000),
    async write() {
      throw new Error("nothing was to be written");
    },
  }));
  await expect(doctor({ store })).rejects.toMatchObject({ code: "CONFLICT" });
});
