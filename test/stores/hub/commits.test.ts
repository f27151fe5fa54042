import { describe, expect, test } from "vitest";
import { bytesOf, filesNamed, isVisible, namesIn, pattern } from "../../../src/stores/conformance/case.ts";
import type { Store } from "../../../src/stores/store.ts";
import { failure } from "../conformance.ts";
import { type HubPlace, hubPlace, REPO } from "./hub-store.ts";

function file(name: string, text = name): { name: string; bytes: Uint8Array } {
  return { name, bytes: bytesOf(text) };
}

function titles(place: HubPlace): string[] {
  return (
    place.hub
      .repo(REPO)
      ?.commits()
      .map(({ message }) => message) ?? []
  );
}

function requestsTo(place: HubPlace, path: RegExp): number {
  return place.hub.requests.filter((request) => path.test(request.path)).length;
}

async function twoStores(place: HubPlace): Promise<readonly [Store, Store]> {
  const stores = [await place.open(), await place.open()] as const;
  await stores[0].write([file("config")]);
  await namesIn(stores[1], "");
  return stores;
}

describe("commits", () => {
  test("deferred files and the next write are one", async () => {
    await using place = await hubPlace();
    const store = await place.open();
    const packs = filesNamed(["data/1", "data/2", "data/3"], 50_000);
    for (const pack of packs) await store.write([pack], { deferred: true });
    expect(await namesIn(await place.open(), "")).toEqual([]);
    await store.write([file("index/4"), file("snapshots/5")]);
    expect(titles(place)).toHaveLength(2);
    expect(await namesIn(await place.open(), "")).toEqual([
      "data/1",
      "data/2",
      "data/3",
      "index/4",
      "snapshots/5",
    ]);
  });

  test("of two writers with the same base both are complete", async () => {
    await using place = await hubPlace();
    const [first, second] = await twoStores(place);
    await Promise.all([first.write([file("data/a")]), second.write([file("data/b")])]);
    expect(await namesIn(await place.open(), "data/")).toEqual(["data/a", "data/b"]);
  });

  test("a conflict that the Hub sees without our cause is only tried again", async () => {
    await using place = await hubPlace();
    place.hub.faults.add({ fault: { kind: "conflict" }, path: /\/commit\//, nth: [1, 2] });
    await (await place.open()).write([file("data/a")]);
    expect(titles(place)).toHaveLength(2);
  });

  test.each(["answer-lost", "bad-gateway"] as const)("a commit is made once despite: %s", async (kind) => {
    await using place = await hubPlace();
    place.hub.faults.add({ fault: { kind }, path: /\/commit\//, nth: 1 });
    const store = await place.open();
    await store.write([file("snapshots/1")], { createOnly: true });
    expect(titles(place)).toHaveLength(2);
    expect(await isVisible(store, file("snapshots/1"))).toBe(true);
  });

  test("a commit whose answer was lost is found although another one came after it", async () => {
    await using place = await hubPlace();
    const [first, second] = await twoStores(place);
    const lost = place.hub.faults.add({ fault: { kind: "answer-lost" }, path: /\/commit\//, nth: 1 });
    const writing = first.write([file("data/a")], { createOnly: true });
    await expect.poll(() => lost.hits).toBe(1);
    await second.write([file("data/b")]);
    await writing;
    expect(titles(place).filter((title) => title.includes("1 added"))).toHaveLength(3);
    expect(await namesIn(await place.open(), "data/")).toEqual(["data/a", "data/b"]);
  });

  test("what is there already is neither uploaded nor committed again", async () => {
    await using place = await hubPlace();
    const [pack] = filesNamed(["data/1"], 40_000);
    if (pack === undefined) throw new Error("no pack");
    await (await place.open()).write([pack]);
    place.hub.requests.length = 0;
    await (await place.open()).write([pack]);
    expect(requestsTo(place, /^\/uploads\//)).toBe(0);
    expect(titles(place)).toHaveLength(2);
  });

  test("every upload is verified", async () => {
    await using place = await hubPlace();
    await (await place.open()).write(filesNamed(["data/1", "data/2"], 40_000));
    expect(requestsTo(place, /^\/uploads\//)).toBe(2);
    expect(requestsTo(place, /\/info\/lfs\/verify$/)).toBe(2);
  });

  test("large objects go in parts", async () => {
    await using place = await hubPlace({ limits: { multipartMinBytes: 100_000, partBytes: 30_000 } });
    const store = await place.open();
    const bytes = pattern(100_001);
    await store.write([{ name: "data/1", bytes }]);
    expect(requestsTo(place, /^\/uploads\/.*part=/)).toBe(4);
    expect(await isVisible(store, { name: "data/1", bytes })).toBe(true);
  });

  test("an upload to an address that has expired asks for another", async () => {
    await using place = await hubPlace();
    place.hub.faults.add({ fault: { kind: "expired-url" }, path: /\/objects\/batch$/, nth: 1 });
    const [pack] = filesNamed(["data/1"], 40_000);
    if (pack === undefined) throw new Error("no pack");
    const store = await place.open();
    await store.write([pack]);
    expect(await isVisible(store, pack)).toBe(true);
  });

  test("uploads that were cleaned away before their commit are a conflict, when their bytes are gone", async () => {
    await using place = await hubPlace();
    const store = await place.open();
    await store.write([file("config")]);
    await store.write(filesNamed(["data/1"], 40_000), { deferred: true });
    await purgeAll(place);
    const condition = { present: ["data/1"], absent: "locks/" };
    await failure(store.write([file("snapshots/2")], { condition }), "CONFLICT");
    expect(await namesIn(await place.open(), "")).toEqual(["config"]);
    await store.write([...filesNamed(["data/1"], 40_000), file("snapshots/2")]);
    expect(await namesIn(await place.open(), "")).toEqual(["config", "data/1", "snapshots/2"]);
  });

  test("a small file is asked for once, and whoever reads it owns the bytes", async () => {
    await using place = await hubPlace();
    await (await place.open()).write([file("keys/1", "{}")]);
    const store = await place.open();
    place.hub.faults.add({ fault: { kind: "corrupted" }, path: /resolve-cache/, nth: 1 });
    expect(Buffer.from(await store.read("keys/1")).toString()).not.toBe("{}");
    (await store.read("keys/1")).fill(0);
    place.hub.requests.length = 0;
    expect(Buffer.from(await store.read("keys/1")).toString()).toBe("{}");
    expect(Buffer.from(await store.read("keys/1", { offset: 1, length: 1 })).toString()).toBe("}");
    expect(place.hub.requests).toHaveLength(0);
  });

  test("names of the Hub's own are not listed, and a folder keeps to itself", async () => {
    await using place = await hubPlace();
    const whole = await place.open();
    const part = await place.open({ address: "hf://datasets/alice/vault/part" });
    await whole.write([file("config")]);
    await part.write([file("config", "other")]);
    expect(await namesIn(part, "")).toEqual(["config"]);
    expect(await namesIn(await place.open(), "")).toEqual(["config", "part/config"]);
  });

  test("the address may be in other letters than the dataset", async () => {
    await using place = await hubPlace();
    await (await place.open()).write([file("config")]);
    const store = await place.open({ address: "hf://datasets/Alice/VAULT" });
    await store.write([file("data/1")]);
    expect(await namesIn(store, "")).toEqual(["config", "data/1"]);
    expect(place.hub.repo(REPO)?.commits()).toHaveLength(3);
  });
});

/** Removes all objects that no commit refers to, as another writer may. */
async function purgeAll(place: HubPlace): Promise<void> {
  const repo = place.hub.repo(REPO);
  const live = new Set(repo?.files().map(({ lfs }) => lfs?.oid));
  const sha = repo?.lfsObjects().flatMap(({ oid }) => (live.has(oid) ? [] : [oid]));
  const response = await fetch(`${place.hub.url}/api/datasets/${REPO}/lfs-files/batch`, {
    method: "POST",
    headers: { authorization: `Bearer ${place.token}`, "content-type": "application/json" },
    body: JSON.stringify({ deletions: { sha, rewriteHistory: false } }),
  });
  expect(response.status).toBe(200);
}
