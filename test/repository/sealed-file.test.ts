import * as fc from "fast-check";
import { expect, test } from "vitest";
import { idOf } from "../../src/repository/ids.ts";
import { readSealedFile, sealFile } from "../../src/repository/sealed-file.ts";
import { newMasterKey, seal } from "../../src/repository/sealing.ts";
import { runs } from "../support/property.ts";
import { scratchRepository } from "./scratch.ts";
import { zstdBomb } from "./zstd-bomb.ts";

const repository = scratchRepository();

async function read(bytes: Uint8Array): Promise<string> {
  const name = `index/${idOf(bytes)}`;
  await repository.store.write([{ name, bytes }]);
  return readSealedFile(repository, name);
}

const damaged = { name: "HoldfastError", code: "DATA_DAMAGED" };

test("any JSON comes back, and its name is its hash", async () => {
  await fc.assert(
    fc.asyncProperty(fc.json(), async (json) => {
      const { id, name, bytes } = sealFile(repository.keys, "snapshots/", json);
      expect(name).toBe(`snapshots/${id}`);
      expect(id).toBe(idOf(bytes));
      expect(await read(bytes)).toBe(json);
    }),
    runs(200),
  );
});

test("JSON that is not compressed is read as well", async () => {
  for (const json of ["{}", "[]", '{"time":"now"}']) {
    expect(await read(seal(repository.keys, Buffer.from(json)))).toBe(json);
  }
});

test("a file that is not what its name says is told by its kind and the start of its name", async () => {
  const { id, name, bytes } = sealFile(repository.keys, "snapshots/", "{}");
  for (const other of [Buffer.concat([bytes, Buffer.of(0)]), bytes.subarray(1), new Uint8Array(0)]) {
    await repository.store.write([{ name, bytes: other }]);
    await expect(readSealedFile(repository, name)).rejects.toMatchObject({
      ...damaged,
      message: `snapshot ${id.slice(0, 8)} does not match its hash`,
    });
  }
});

test("a file of another repository is damaged, not misread", async () => {
  await expect(read(sealFile(newMasterKey(), "index/", "{}").bytes)).rejects.toMatchObject(damaged);
});

test("a compressed file that is cut short or unfolds to gigabytes is damaged", async () => {
  const sealed = (frame: Uint8Array): Buffer => seal(repository.keys, Buffer.concat([Buffer.of(2), frame]));
  const bomb = zstdBomb({ contentBytes: 8 * 1024 ** 3, claimedBytes: null });
  for (const frame of [new Uint8Array(0), bomb.subarray(0, 30), bomb]) {
    await expect(read(sealed(frame))).rejects.toMatchObject(damaged);
  }
});

test("a file that is not there is not found", async () => {
  await expect(readSealedFile(repository, `index/${idOf(Buffer.from("no file"))}`)).rejects.toMatchObject({
    code: "NOT_FOUND",
  });
});
