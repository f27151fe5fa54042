import * as fc from "fast-check";
import { expect, test } from "vitest";
import { HoldfastError } from "../../src/base/errors.ts";
import { idOf } from "../../src/repository/ids.ts";
import { indexUnlistedPacks, loadIndex, readPackHeader } from "../../src/repository/index-files.ts";
import { INDEXES, packName } from "../../src/repository/layout.ts";
import { encodePackHeader } from "../../src/repository/pack.ts";
import { seal } from "../../src/repository/sealing.ts";
import { readBlob } from "../../src/repository/tree.ts";
import { namesIn } from "../../src/stores/conformance/case.ts";
import { runs, someBytes } from "../support/property.ts";
import { randomId, reopened, scratchRepository, storeBlobs } from "./scratch.ts";
import { watchedStore } from "./watched-store.ts";

const content = Buffer.from("some content");
const contentId = idOf(content);

test("several index files are read as one; what is no index file is passed over", async () => {
  const repository = scratchRepository();
  for (const text of ["one", "two", "three"]) {
    await storeBlobs(reopened(repository), [{ type: "data", bytes: Buffer.from(text) }]);
  }
  await repository.store.write([{ name: "index/readme", bytes: content }]);
  const { files, damaged, packs } = await loadIndex(repository);
  expect(files).toHaveLength(3);
  expect(damaged).toEqual([]);
  expect(packs.size).toBe(3);
  expect(repository.index.count("data")).toBe(3);
});

test("a damaged index file is named, and the others are read", async () => {
  const repository = scratchRepository();
  await storeBlobs(repository, [{ type: "data", bytes: content }]);
  const names = [`${INDEXES}${randomId()}`, `${INDEXES}${randomId()}`].sort();
  const [first = "", second = ""] = names;
  await repository.store.write([
    { name: first, bytes: content },
    { name: second, bytes: new Uint8Array(0) },
  ]);
  const { damaged } = await loadIndex(reopened(repository));
  expect([...damaged].sort()).toEqual(names);
});

test("an index file that another writer has just replaced is no failure; a network that is down is", async () => {
  const repository = scratchRepository();
  await storeBlobs(repository, [{ type: "data", bytes: content }]);
  const failing = (code: "NOT_FOUND" | "STORE_UNREACHABLE"): Promise<unknown> => {
    const before = ({ kind }: { readonly kind: string }): void => {
      if (kind === "read") throw new HoldfastError({ code, message: "the store of this test" });
    };
    return loadIndex(reopened(repository, watchedStore(repository.store, { before })));
  };
  expect(await failing("NOT_FOUND")).toMatchObject({ packs: new Map() });
  await expect(failing("STORE_UNREACHABLE")).rejects.toMatchObject({ code: "STORE_UNREACHABLE" });
});

test("without any index a blob is found by the headers of the packs, which are read once", async () => {
  const repository = scratchRepository();
  await storeBlobs(repository, [{ type: "data", bytes: content }]);
  await repository.store.remove(await namesIn(repository.store, INDEXES));
  let listings = 0;
  const place = reopened(
    repository,
    watchedStore(repository.store, { before: ({ kind }) => (listings += kind === "list" ? 1 : 0) }),
  );
  for (let time = 0; time < 3; time += 1) {
    expect((await readBlob(place, "data", contentId)).equals(content)).toBe(true);
  }
  expect(listings).toBe(1);
  expect(place.index.takeUnlisted()).toHaveLength(1);
});

test("any file among the packs is a pack, or is told to be none", async () => {
  const repository = scratchRepository();
  await storeBlobs(repository, [{ type: "data", bytes: content }]);
  const [good = ""] = await namesIn(repository.store, "data/");
  const pack = await repository.store.read(good);
  const cut = fc.nat(pack.byteLength).map((length) => pack.subarray(pack.byteLength - length));
  const changed = fc
    .tuple(fc.nat(pack.byteLength - 1), fc.integer({ min: 1, max: 255 }))
    .map(([position, change]) => pack.map((byte, index) => (index === position ? byte ^ change : byte)));
  await fc.assert(
    fc.asyncProperty(fc.oneof(someBytes(100), cut, changed), async (bytes) => {
      const place = reopened(repository);
      const id = randomId();
      await place.store.write([{ name: packName(id), bytes }]);
      const { found, damaged } = await indexUnlistedPacks(place);
      await place.store.remove([packName(id)]);
      expect(damaged.length + found.length).toBe(2);
      expect([...damaged, ...found.map((each) => each.id)]).toContain(id);
    }),
    runs(300),
  );
});

test("a header of any length is read in one request, or in two", async () => {
  for (const [entries, requests] of [
    [1, 1],
    [250, 1],
    [251, 2],
    [5_000, 2],
  ] as const) {
    const repository = scratchRepository();
    const sealed = seal(repository.keys, new Uint8Array(0));
    const blobs = Array.from({ length: entries }, (_, position) => {
      const { byteLength: length } = sealed;
      return {
        type: "data",
        id: randomId(),
        offset: position * length,
        length,
        uncompressedLength: 0,
      } as const;
    });
    const bytes = Buffer.concat([...blobs.map(() => sealed), encodePackHeader(repository.keys, blobs)]);
    const id = idOf(bytes);
    await repository.store.write([{ name: packName(id), bytes }]);
    let reads = 0;
    const store = watchedStore(repository.store, { before: () => (reads += 1) });
    expect(await readPackHeader(reopened(repository, store), id, bytes.byteLength)).toEqual(blobs);
    expect(reads).toBe(requests);
  }
});
