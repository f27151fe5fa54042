import { expect, test } from "vitest";
import { openMemoryStore } from "../../src/stores/memory.ts";
import { withReadAhead } from "../../src/stores/read-ahead.ts";
import type { Store } from "../../src/stores/store.ts";
import { watchedStore } from "../repository/watched-store.ts";

const FILES = ["index/a", "index/b", "snapshots/c", "data/d"];

/** A store with files, and what it was asked for. */
async function askedStore(fails = false): Promise<{ readonly store: Store; readonly asked: string[] }> {
  const inner = openMemoryStore();
  await inner.write(FILES.map((name) => ({ name, bytes: Buffer.from(name) })));
  const asked: string[] = [];
  const before = ({ kind, names }: { readonly kind: string; readonly names: readonly string[] }): void => {
    asked.push(`${kind} ${names.join()}`);
    if (fails) throw new Error("the store is away");
  };
  return { store: watchedStore(inner, { before }), asked };
}

async function listed(store: Store, prefix: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of store.list(prefix)) names.push(name);
  return names;
}

test("what is listed and read ahead is given away once, then asked for anew", async () => {
  const { store, asked } = await askedStore();
  const ahead = withReadAhead(store, ["index/", "snapshots/"], {});
  expect(await listed(ahead, "index/")).toEqual(["index/a", "index/b"]);
  expect(await listed(ahead, "snapshots/")).toEqual(["snapshots/c"]);
  for (const name of FILES.slice(0, 3))
    expect(await ahead.read(name)).toEqual(new Uint8Array(Buffer.from(name)));
  expect(asked.sort()).toEqual([
    "list index/",
    "list snapshots/",
    "read index/a",
    "read index/b",
    "read snapshots/c",
  ]);

  asked.length = 0;
  expect(await listed(ahead, "index/")).toEqual(["index/a", "index/b"]);
  await ahead.read("index/a");
  expect(await ahead.read("index/b", { offset: 6, length: 1 })).toEqual(new Uint8Array(Buffer.from("b")));
  await ahead.read("data/d");
  expect(asked).toEqual(["list index/", "read index/a", "read index/b", "read data/d"]);
});

test("what fails ahead fails again, for whoever asks for it", async () => {
  const { store } = await askedStore(true);
  const ahead = withReadAhead(store, ["index/"], {});
  await expect(listed(ahead, "index/")).rejects.toThrow("the store is away");
  await expect(ahead.read("index/a")).rejects.toThrow("the store is away");
});
