import { expect, test } from "vitest";
import { HoldfastError } from "../../src/base/errors.ts";
import { SNAPSHOTS } from "../../src/repository/layout.ts";
import { findSnapshot, listSnapshots, readSnapshots, type Snapshot } from "../../src/repository/snapshot.ts";
import { plainSnapshot, storeSnapshot } from "./history.ts";
import { randomId, reopened, scratchRepository } from "./scratch.ts";
import { watchedStore } from "./watched-store.ts";

const files = { a: Buffer.from("a") };

test("snapshots come oldest first, whatever their names", async () => {
  const repository = scratchRepository();
  const times = [5n, 3n, 9n, 1n, 7n];
  for (const timeNs of times) await storeSnapshot(repository, files, { timeNs });
  expect((await listSnapshots(repository)).map(({ timeNs }) => timeNs)).toEqual([1n, 3n, 5n, 7n, 9n]);
});

test("those of the same time are in a fixed order", async () => {
  const repository = scratchRepository();
  for (const hostname of ["one", "two", "three"]) await storeSnapshot(repository, files, { hostname });
  const ids = (await listSnapshots(repository)).map(({ id }) => id);
  expect(ids).toEqual([...ids].sort());
});

test("a damaged snapshot file is named, and the others can still be read", async () => {
  const repository = scratchRepository();
  const good = await storeSnapshot(repository, files);
  const bad = await storeSnapshot(repository, files, { timeNs: 1n });
  await repository.store.write([
    { name: `${SNAPSHOTS}${bad.id}`, bytes: Buffer.from("damaged") },
    { name: `${SNAPSHOTS}readme`, bytes: Buffer.from("no snapshot") },
  ]);
  const { snapshots, damaged } = await readSnapshots(repository);
  expect(snapshots.map(({ id }) => id)).toEqual([good.id]);
  expect(damaged).toEqual([bad.id]);
  await expect(listSnapshots(repository)).rejects.toMatchObject({
    code: "DATA_DAMAGED",
    message: `the snapshot file ${bad.id.slice(0, 8)} cannot be read`,
  });
});

test("a snapshot that was forgotten since the listing is not there; a network that is down is an error", async () => {
  const repository = scratchRepository();
  await storeSnapshot(repository, files);
  const reading = (code: "NOT_FOUND" | "STORE_UNREACHABLE"): ReturnType<typeof readSnapshots> => {
    const before = ({ kind }: { readonly kind: string }): void => {
      if (kind === "read") throw new HoldfastError({ code, message: "the store of this test" });
    };
    return readSnapshots(reopened(repository, watchedStore(repository.store, { before })));
  };
  expect(await reading("NOT_FOUND")).toMatchObject({ snapshots: [], damaged: [] });
  await expect(reading("STORE_UNREACHABLE")).rejects.toMatchObject({ code: "STORE_UNREACHABLE" });
});

test("a snapshot is found by its id, the start of it, or as the latest", () => {
  const snapshot = (id: string, timeNs: bigint): Snapshot => {
    return { ...plainSnapshot(randomId(), { timeNs }), id: id.padEnd(64, "0") as Snapshot["id"] };
  };
  const all = [snapshot("aa1", 1n), snapshot("aa2", 2n), snapshot("bb", 3n)];
  expect(findSnapshot(all, "latest")).toBe(all[2]);
  expect(findSnapshot(all, "aa1")).toBe(all[0]);
  expect(findSnapshot(all, all[1]?.id ?? "")).toBe(all[1]);
  expect(() => findSnapshot(all, "aa")).toThrow(expect.objectContaining({ code: "CONFIG" }));
  expect(() => findSnapshot(all, "cc")).toThrow(expect.objectContaining({ code: "NO_SNAPSHOT" }));
  expect(() => findSnapshot([], "latest")).toThrow(expect.objectContaining({ code: "NO_SNAPSHOT" }));
});
