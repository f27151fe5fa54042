import { expect, test } from "vitest";
import type { ByteString } from "../../src/base/byte-string.ts";
import { HoldfastError } from "../../src/base/errors.ts";
import type { Id } from "../../src/repository/ids.ts";
import { loadIndex } from "../../src/repository/index-files.ts";
import { packName } from "../../src/repository/layout.ts";
import { PACK_BYTES } from "../../src/repository/pack-builder.ts";
import type { Repository } from "../../src/repository/repository.ts";
import { encodeTree } from "../../src/repository/tree.ts";
import { TreeReader } from "../../src/repository/tree-reader.ts";
import { createRandom } from "../support/random.ts";
import { plainNode } from "./history.ts";
import { type NewBlob, randomId, reopened, scratchRepository, storeBlobs } from "./scratch.ts";
import { type StoreCall, watchedStore } from "./watched-store.ts";

const MIB = 1024 * 1024;
const random = createRandom(1);

function treeNamed(name: string): NewBlob {
  return { type: "tree", bytes: encodeTree([plainNode(name as ByteString, { content: [] })]) };
}

/** Opens the repository anew, and counts what is read of packs. */
async function counted(
  repository: Repository,
  before: (call: StoreCall) => void = () => undefined,
): Promise<{ readonly place: Repository; readonly reads: () => number }> {
  let reads = 0;
  const store = watchedStore(repository.store, {
    before: (call) => {
      before(call);
      if (call.kind === "read" && call.names[0]?.startsWith("data/")) reads += 1;
    },
  });
  const place = reopened(repository, store);
  await loadIndex(place);
  return { place, reads: () => reads };
}

async function namesRead(reader: TreeReader, ids: readonly Id[]): Promise<string[]> {
  const names: string[] = [];
  for (const id of ids) names.push((await reader.read(id))[0]?.name ?? "");
  return names;
}

test("the trees of a small repository come with one request for each pack", async () => {
  const repository = scratchRepository();
  const ids: Id[] = [];
  for (let pack = 0; pack < 3; pack += 1) {
    const blobs = Array.from({ length: 20 }, (_, position) => treeNamed(`${pack}-${position}`));
    ids.push(...(await storeBlobs(repository, blobs)));
  }
  const { place, reads } = await counted(repository);
  const reader = new TreeReader(place);
  expect(await namesRead(reader, ids)).toEqual(
    ids.map((_, index) => `${Math.floor(index / 20)}-${index % 20}`),
  );
  expect(reads()).toBe(3);
  expect(await namesRead(reader, ids.toReversed())).toHaveLength(60);
  expect(reads()).toBe(3);
});

test("of a large one only what is near is fetched, and trees that lie apart by themselves", async () => {
  const repository = scratchRepository();
  const filler = (): NewBlob => ({ type: "tree", bytes: random.bytes(MIB) });
  const blobs = [treeNamed("first"), ...Array.from({ length: 18 }, filler), treeNamed("last")];
  const ids = await storeBlobs(repository, blobs);
  const { place } = await counted(repository);
  const sizes: number[] = [];
  const inner = place.store;
  const store = {
    ...inner,
    read: async (...call: Parameters<typeof inner.read>) => {
      const bytes = await inner.read(...call);
      sizes.push(bytes.byteLength);
      return bytes;
    },
  };
  const reader = new TreeReader({ ...place, store });
  expect(await namesRead(reader, [ids[0] as Id, ids.at(-1) as Id])).toEqual(["first", "last"]);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(PACK_BYTES + 2 * MIB);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(14 * MIB);
});

test("a request that fails for the neighbours is tried again for the tree itself", async () => {
  const repository = scratchRepository();
  const ids = await storeBlobs(repository, [treeNamed("a"), treeNamed("b")]);
  let failures = 1;
  const { place } = await counted(repository, ({ kind, names }) => {
    if (kind !== "read" || names[0]?.startsWith("data/") !== true || failures === 0) return;
    failures -= 1;
    throw new HoldfastError({ code: "STORE_UNREACHABLE", message: "the network of this test has failed" });
  });
  expect(await namesRead(new TreeReader(place), ids)).toEqual(["a", "b"]);
});

test("a tree that is nowhere, or whose pack is gone, is damage; a network that is down is not", async () => {
  const repository = scratchRepository();
  const [id = randomId()] = await storeBlobs(repository, [treeNamed("a")]);
  const { place } = await counted(repository);
  await expect(new TreeReader(place).read(randomId())).rejects.toMatchObject({ code: "DATA_DAMAGED" });
  const down = await counted(repository, ({ kind, names }) => {
    if (kind === "read" && names[0]?.startsWith("data/") === true) {
      throw new HoldfastError({ code: "STORE_UNREACHABLE", message: "the network of this test has failed" });
    }
  });
  await expect(new TreeReader(down.place).read(id)).rejects.toMatchObject({ code: "STORE_UNREACHABLE" });
  await repository.store.remove([packName(place.index.find("tree", id)?.pack ?? randomId())]);
  await expect(new TreeReader(place).read(id)).rejects.toMatchObject({ code: "DATA_DAMAGED" });
});

test("one damaged tree does not spoil its neighbours", async () => {
  const repository = scratchRepository();
  const [bad = randomId(), good = randomId()] = await storeBlobs(repository, [
    treeNamed("bad"),
    treeNamed("good"),
  ]);
  const { place } = await counted(repository);
  const { pack = randomId(), offset = 0 } = place.index.find("tree", bad) ?? {};
  const bytes = Buffer.from(await repository.store.read(packName(pack)));
  bytes[offset + 20] = (bytes[offset + 20] ?? 0) ^ 1;
  await repository.store.write([{ name: packName(pack), bytes }]);
  const reader = new TreeReader(place);
  await expect(reader.read(bad)).rejects.toMatchObject({ code: "DATA_DAMAGED" });
  expect((await reader.read(good))[0]?.name).toBe("good");
});
