import { expect, test } from "vitest";
import { type ByteString, fromBytes } from "../../src/base/byte-string.ts";
import { type Id, idOf } from "../../src/repository/ids.ts";
import { loadIndex, readPackHeader } from "../../src/repository/index-files.ts";
import { packName } from "../../src/repository/layout.ts";
import { openRepository } from "../../src/repository/repository.ts";
import { listSnapshots } from "../../src/repository/snapshot.ts";
import { encodeTree, readBlob, readTree } from "../../src/repository/tree.ts";
import { parseTime } from "../../src/repository/go-time.ts";
import { RESTIC_VECTORS, storeOfRestic } from "./restic-vectors.ts";

const { password, masterKey, config, snapshotId, snapshot, tree } = RESTIC_VECTORS;
const store = await storeOfRestic();
const repository = await openRepository(store, { password });

test("the password opens the keys and the config that restic made", () => {
  const { keys, id, chunkerPolynomial } = repository;
  const inBase64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");
  expect({
    mac: { k: inBase64(keys.macK), r: inBase64(keys.macR) },
    encrypt: inBase64(keys.encrypt),
  }).toEqual(masterKey);
  expect(config).toMatchObject({ id, chunker_polynomial: chunkerPolynomial });
});

test("another password does not", async () => {
  const opening = openRepository(store, { password: `${password} ` });
  await expect(opening).rejects.toMatchObject({ code: "WRONG_PASSWORD" });
});

test("snapshot, trees and files are what restic says", async () => {
  await loadIndex(repository);
  const [found, ...more] = await listSnapshots(repository);
  expect(more).toEqual([]);
  expect(found).toMatchObject({
    id: snapshotId,
    tree: snapshot.tree,
    paths: snapshot.paths,
    hostname: snapshot.hostname,
    username: snapshot.username,
    timeNs: parseTime(snapshot.time),
    summary: null,
    parent: null,
  });
  const nodes = await readTree(repository, snapshot.tree as Id);
  expect(nodes.map(({ name, type }) => [name, type])).toEqual([
    [fromBytes(Buffer.from("caf\xe9", "latin1")), "file"],
    ["deeper", "dir"],
    ["empty", "file"],
    ["link", "symlink"],
    ["one", "file"],
    ["same", "file"],
  ]);
  const one = nodes.find(({ name }) => name === ("one" as ByteString));
  expect(one).toMatchObject({ size: 18, links: 2, user: "root" });
  const content = await readBlob(repository, "data", one?.content?.[0] as Id);
  expect(content.toString()).toBe("the tide goes out\n");
  expect(nodes.find(({ type }) => type === "symlink")?.linkTarget).toBe("deeper/two");
});

test("a tree of restic's becomes the same bytes again", async () => {
  await loadIndex(repository);
  const bytes = Buffer.from(tree, "base64");
  expect(idOf(bytes)).toBe(snapshot.tree);
  expect(encodeTree(await readTree(repository, snapshot.tree as Id)).toString()).toBe(bytes.toString());
});

test("the headers of restic's packs say what its index says", async () => {
  const { packs } = await loadIndex(repository);
  expect(packs.size).toBe(2);
  for (const { id, blobs } of packs.values()) {
    const { byteLength } = await store.read(packName(id));
    const listed = [...blobs].sort((a, b) => a.offset - b.offset); // the index has them in any order
    expect(await readPackHeader(repository, id, byteLength)).toEqual(listed);
  }
});
