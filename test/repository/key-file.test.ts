import * as fc from "fast-check";
import { expect, test } from "vitest";
import { isHoldfastError } from "../../src/base/errors.ts";
import { encodeKeyFile, listKeyFiles, openKeyFiles } from "../../src/repository/key-file.ts";
import { newMasterKey } from "../../src/repository/sealing.ts";
import { openMemoryStore } from "../../src/stores/memory.ts";
import type { Store } from "../../src/stores/store.ts";
import { runs } from "../support/property.ts";
import { fuzzedJson } from "./fuzzed-json.ts";
import { keyFileOf, masterKeyJson, quickKeyFile } from "./quick-key.ts";

const keys = newMasterKey();
const good = quickKeyFile("password", "2024-01-01T00:00:00Z", masterKeyJson(keys));

async function storeWith(
  ...files: readonly { readonly name: string; readonly bytes: Uint8Array }[]
): Promise<Store> {
  const store = openMemoryStore();
  await store.write(files);
  return store;
}

test.each([
  ["an empty", ""],
  ["a colourful", "pässwörd 密码 🐚"],
  ["a binary", "nul\0inside"],
])("%s password opens what it has sealed, and a changed one does not", async (_, password) => {
  const { id, bytes } = await encodeKeyFile(keys, password);
  const files = await listKeyFiles(await storeWith({ name: `keys/${id}`, bytes }));
  expect(await openKeyFiles(files, password)).toEqual({ keyId: id, keys: toBuffers(keys) });
  await expect(openKeyFiles(files, `${password}x`)).rejects.toMatchObject({ code: "WRONG_PASSWORD" });
});

test("a key file holds neither the password nor the keys", async () => {
  const { bytes } = await encodeKeyFile(keys, "correct horse");
  const text = bytes.toString("latin1");
  expect(text).not.toContain("correct horse");
  for (const key of [keys.encrypt, keys.macK, keys.macR]) {
    expect(text).not.toContain(Buffer.from(key).toString("base64").slice(0, 20));
  }
});

test("each of several passwords opens the keys, by its own key file", async () => {
  const passwords = ["one", "two", "three"];
  const made = passwords.map((each) => quickKeyFile(each, "2024-01-01T00:00:00Z", masterKeyJson(keys)));
  const files = await listKeyFiles(await storeWith(...made));
  for (const [position, password] of passwords.entries()) {
    expect((await openKeyFiles(files, password)).keyId).toBe(made[position]?.id);
  }
});

test("a key file that cannot be read does not keep the others from opening", async () => {
  const broken = [
    keyFileOf("not JSON"),
    keyFileOf("[]"),
    keyFileOf({ kdf: "argon2", created: "2020-01-01T00:00:00Z" }),
    keyFileOf({ kdf: "scrypt", created: "yesterday", N: 2, r: 1, p: 1 }),
    keyFileOf({ kdf: "scrypt", created: "2020-01-01T00:00:00Z", N: "2", r: 1, p: 1 }),
    { ...good, name: `keys/${"0".repeat(64)}` }, // not what its name says
    { ...good, name: "keys/readme" },
  ];
  const files = await listKeyFiles(await storeWith(good, ...broken));
  expect(files.map(({ id }) => id)).toEqual([good.id]);
  expect((await openKeyFiles(files, "password")).keyId).toBe(good.id);
});

test("any one changed byte makes a key file unreadable, and that is not the password's fault", async () => {
  for (let position = 0; position < good.bytes.byteLength; position += 7) {
    const bytes = Buffer.from(good.bytes);
    bytes[position] = (bytes[position] ?? 0) ^ 1;
    const files = await listKeyFiles(await storeWith({ name: good.name, bytes }));
    await expect(openKeyFiles(files, "password")).rejects.toMatchObject({ code: "DATA_DAMAGED" });
  }
});

test("a key file cannot make us take gigabytes or hours", async () => {
  const parameters = [
    { N: 2 ** 30, r: 8, p: 1 }, // 1 TiB for each guess
    { N: 2, r: 2 ** 22, p: 1_024 }, // 512 GiB before the first
    { N: 2, r: 2 ** 29, p: 1 },
    { N: 2 ** 20, r: 8, p: 1_024 }, // an hour
    { N: 2 ** 22, r: 8, p: 1 }, // 4 GiB
    { N: 2 ** 15, r: 8, p: 1_024 }, // half a minute
    { N: 2 ** 15, r: 8, p: 2 ** 20 },
    { N: 3, r: 8, p: 1 },
    { N: 2 ** 16, r: 1, p: 1 }, // more than scrypt allows for so small a block
    { N: 0, r: 8, p: 1 },
    { N: 2 ** 15, r: 0, p: 1 },
    { N: 2 ** 15, r: 8, p: 0 },
    { N: 2 ** 53, r: 8, p: 1 },
  ];
  const files = parameters.map((each) => {
    return keyFileOf({ kdf: "scrypt", created: "2024-01-01T00:00:00Z", ...each, salt: "", data: "" });
  });
  expect(await listKeyFiles(await storeWith(...files))).toEqual([]);
});

test("what restic chooses on fast and slow machines is taken", async () => {
  const files = [1, 5, 9, 16].map((p) => {
    return keyFileOf({
      kdf: "scrypt",
      created: "2024-01-01T00:00:00Z",
      N: 32_768,
      r: 8,
      p,
      salt: "",
      data: "",
    });
  });
  expect(await listKeyFiles(await storeWith(...files))).toHaveLength(4);
});

test("any parameters that are taken can be used", async () => {
  const parameters = fc.record({
    N: fc.integer({ min: 1, max: 17 }).map((power) => 2 ** power),
    r: fc.integer({ min: 1, max: 9 }),
    p: fc.integer({ min: 1, max: 9 }),
  });
  const cheap = parameters.filter(({ N, r, p }) => N * r * p <= 2 ** 17);
  await fc.assert(
    fc.asyncProperty(cheap, async (each) => {
      const file = { kdf: "scrypt", created: "2024-01-01T00:00:00Z", ...each, salt: "c2FsdA==", data: "" };
      const files = await listKeyFiles(await storeWith(keyFileOf(file)));
      const code = files.length === 1 ? "WRONG_PASSWORD" : "DATA_DAMAGED";
      await expect(openKeyFiles(files, "password")).rejects.toMatchObject({ code });
    }),
    runs(50),
  );
});

test("any JSON is a key file or is left out", async () => {
  const text = fuzzedJson(fc.constant(good.bytes.toString()));
  await fc.assert(
    fc.asyncProperty(text, async (content) => {
      const files = await listKeyFiles(await storeWith(keyFileOf(content)));
      expect(files.length).toBeLessThanOrEqual(1);
    }),
    runs(400),
  );
});

test("any JSON that is sealed in a key file is a key, or damage, or nothing for this password", async () => {
  await fc.assert(
    fc.asyncProperty(fuzzedJson(fc.constant(masterKeyJson(keys))), async (sealed) => {
      const files = await listKeyFiles(await storeWith(quickKeyFile("", "2024-01-01T00:00:00Z", sealed)));
      try {
        const opened = await openKeyFiles(files, "");
        expect(
          opened.keys.encrypt.byteLength + opened.keys.macK.byteLength + opened.keys.macR.byteLength,
        ).toBe(64);
      } catch (error) {
        expect(isHoldfastError(error, "DATA_DAMAGED")).toBe(true);
      }
    }),
    runs(400),
  );
});

function toBuffers(key: typeof keys): typeof keys {
  const { encrypt, macK, macR } = key;
  return { encrypt: Buffer.from(encrypt), macK: Buffer.from(macK), macR: Buffer.from(macR) };
}
