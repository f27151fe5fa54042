import * as fc from "fast-check";
import { expect, test } from "vitest";
import { openRepository, type Repository } from "../../src/repository/repository.ts";
import { newMasterKey, seal } from "../../src/repository/sealing.ts";
import { openMemoryStore } from "../../src/stores/memory.ts";
import type { Store } from "../../src/stores/store.ts";
import { runs } from "../support/property.ts";
import { unlessFails } from "./damage.ts";
import { fuzzedJson } from "./fuzzed-json.ts";
import { masterKeyJson, quickKeyFile } from "./quick-key.ts";
import { randomId } from "./scratch.ts";

const password = "password";
const keys = newMasterKey();
const id = randomId();
const CONFIG = JSON.stringify({ version: 2, id, chunker_polynomial: "3da3358b4dc173" });
const keyFile = quickKeyFile(password, "2024-01-01T00:00:00Z", masterKeyJson(keys));

async function storeWithConfig(config: string | Uint8Array = CONFIG): Promise<Store> {
  const store = openMemoryStore();
  const bytes = typeof config === "string" ? seal(keys, Buffer.from(config)) : config;
  await store.write([keyFile, { name: "config", bytes }]);
  return store;
}

const open = (store: Store): Promise<Repository> => openRepository(store, { password });

test("a repository is opened with what its config says, and with an index that is still empty", async () => {
  const repository = await open(await storeWithConfig());
  expect(repository).toMatchObject({ id, keyId: keyFile.id, chunkerPolynomial: "3da3358b4dc173" });
  expect(repository.index.packs()).toEqual([]);
});

test("nothing is there: there is no repository; its keys are gone: it is damaged", async () => {
  await expect(open(openMemoryStore())).rejects.toMatchObject({ code: "NO_REPOSITORY" });
  const store = await storeWithConfig();
  await store.remove([keyFile.name]);
  await expect(open(store)).rejects.toMatchObject({
    code: "DATA_DAMAGED",
    hint: expect.stringContaining("keys/") as unknown,
  });
});

test("a config that was changed anywhere is damaged, whatever the password has opened", async () => {
  const sealed = seal(keys, Buffer.from(CONFIG));
  for (let position = 0; position < sealed.byteLength; position += 5) {
    const changed = Buffer.from(sealed);
    changed[position] = (changed[position] ?? 0) ^ 4;
    await expect(open(await storeWithConfig(changed))).rejects.toMatchObject({ code: "DATA_DAMAGED" });
    await expect(open(await storeWithConfig(sealed.subarray(0, position)))).rejects.toMatchObject({
      code: "DATA_DAMAGED",
    });
  }
});

test("a key that fits the password and not the repository is passed over", async () => {
  // What a creation leaves that another one overtook, and that was killed before it could tidy up.
  const store = await storeWithConfig();
  const older = quickKeyFile(password, "2020-01-01T00:00:00Z", masterKeyJson(newMasterKey()));
  const newer = quickKeyFile(password, "2028-01-01T00:00:00Z", masterKeyJson(newMasterKey()));
  await store.write([older, newer]);
  const repository = await open(store);
  expect(repository.keyId).toBe(keyFile.id);
  expect(repository.id).toBe(id);
});

test("another version of the format is not touched", async () => {
  const store = await storeWithConfig(CONFIG.replace('"version":2', '"version":1'));
  await expect(open(store)).rejects.toMatchObject({
    code: "CONFIG",
    hint: expect.stringContaining("upgrade_repo_v2") as unknown,
  });
  const later = await storeWithConfig(CONFIG.replace('"version":2', '"version":3'));
  await expect(open(later)).rejects.toMatchObject({ code: "CONFIG" });
});

test("any JSON is a config or is refused", async () => {
  await fc.assert(
    fc.asyncProperty(fuzzedJson(fc.constant(CONFIG)), async (config) => {
      const store = await storeWithConfig(config);
      const repository = await unlessFails(open(store), "DATA_DAMAGED", "CONFIG");
      if (repository !== null) expect(repository.id).toMatch(/^[0-9a-f]{64}$/);
    }),
    runs(500),
  );
});

test("no error of opening tells the password or a key", async () => {
  const secret = "a very secret password";
  const store = await storeWithConfig();
  const error: unknown = await openRepository(store, { password: secret }).catch((reason: unknown) => reason);
  expect(JSON.stringify(error)).toContain("WRONG_PASSWORD");
  expect(`${JSON.stringify(error)} ${String(error)} ${(error as Error).stack}`).not.toContain(secret);
});
