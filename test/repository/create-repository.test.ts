import { expect, test } from "vitest";
import { encodeKeyFile } from "../../src/repository/key-file.ts";
import { createRepository, openRepository } from "../../src/repository/repository.ts";
import { newMasterKey } from "../../src/repository/sealing.ts";
import { openMemoryStore } from "../../src/stores/memory.ts";
import type { Store } from "../../src/stores/store.ts";

const password = "correct horse";

async function leaveKey(store: Store, keyPassword: string): Promise<string> {
  const { id, bytes } = await encodeKeyFile(newMasterKey(), keyPassword);
  await store.write([{ name: `keys/${id}`, bytes }]);
  return id;
}

async function keysIn(store: Store): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of store.list("keys/")) names.push(name);
  return names;
}

test("what is made can be opened, with this password and no other", async () => {
  const store = openMemoryStore();
  const made = await createRepository(store, { password });
  expect((await openRepository(store, { password })).id).toBe(made.id);
  await expect(openRepository(store, { password: "wrong" })).rejects.toMatchObject({
    code: "WRONG_PASSWORD",
  });
  await expect(createRepository(store, { password })).rejects.toMatchObject({ code: "ALREADY_EXISTS" });
});

test("a creation that was cut off after its key is no repository, and is taken up", async () => {
  const store = openMemoryStore();
  const left = await leaveKey(store, password);
  await expect(openRepository(store, { password })).rejects.toMatchObject({ code: "NO_REPOSITORY" });
  await createRepository(store, { password });
  await openRepository(store, { password });
  expect(await keysIn(store)).toEqual([`keys/${left}`]);
});

test("a key that was left under another password is not in the way", async () => {
  const store = openMemoryStore();
  await leaveKey(store, "another");
  await createRepository(store, { password });
  await openRepository(store, { password });
});

test("two that create at the same instant leave one repository with one key", async () => {
  const store = openMemoryStore({ traits: { atomicBatch: false } });
  const results = await Promise.allSettled([
    createRepository(store, { password }),
    createRepository(store, { password }),
  ]);
  expect(results.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  await openRepository(store, { password });
  expect(await keysIn(store)).toHaveLength(1);
});

test("where no name can be refused, whoever is late never replaces the config by that of another key", async () => {
  const store = openMemoryStore({
    traits: { atomicBatch: false, createOnly: false, conditionalWrites: false },
  });
  const first = Promise.withResolvers<void>();
  const late: Store = {
    ...store,
    async write(files, options) {
      // Both have seen an empty store; the other one is done before this one's key is there.
      await first.promise;
      await store.write(files, options);
    },
  };
  const beginning = createRepository(late, { password });
  const made = await createRepository(store, { password });
  first.resolve();
  await expect(beginning).rejects.toMatchObject({ code: "ALREADY_EXISTS" });
  expect((await openRepository(store, { password })).id).toBe(made.id);
  expect(await keysIn(store)).toHaveLength(1);
});

test("a repository that has lost its config is damaged, not absent", async () => {
  const store = openMemoryStore();
  await createRepository(store, { password });
  await store.write([{ name: "data/00/00", bytes: Buffer.from("somebody's data") }]);
  await store.remove(["config"]);
  await expect(openRepository(store, { password })).rejects.toMatchObject({ code: "DATA_DAMAGED" });
  await expect(createRepository(store, { password })).rejects.toMatchObject({ code: "DATA_DAMAGED" });
});
