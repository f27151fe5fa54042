import * as fc from "fast-check";
import type { Id } from "../../src/repository/ids.ts";
import type { Node, NodeType } from "../../src/repository/node.ts";
import type { NewSnapshot, SnapshotSummary } from "../../src/repository/snapshot.ts";
import { someBytes } from "../support/property.ts";
import { anyByteString, fileName } from "./arbitrary-names.ts";

/** Any id. */
export const anyId: fc.Arbitrary<Id> = someBytes(32, 32).map(
  (bytes) => Buffer.from(bytes).toString("hex") as Id,
);

/** A time that can be written. */
export const anyTimeNs: fc.Arbitrary<bigint> = fc.bigInt(
  -62_167_219_200_000_000_000n,
  253_402_300_799_999_999_999n,
);

const text = fc.string({ unit: "binary", maxLength: 12 }).map((each) => each.toWellFormed());
const count = fc.oneof(fc.nat(10), fc.nat(), fc.maxSafeNat());
const anyUint64 = fc.oneof(fc.bigInt(0n, 10n), fc.bigInt(0n, 2n ** 64n - 1n), fc.constant(2n ** 64n - 1n));
const type = fc.constantFrom<NodeType>("file", "dir", "symlink", "dev", "chardev", "fifo", "socket");
const attribute = fc.record({ name: text, value: someBytes(20) });

/** Any node that can be written, whether it makes sense or not. */
export const anyNode: fc.Arbitrary<Node> = type.chain((kind) =>
  fc.record({
    name: fileName,
    type: fc.constant(kind),
    mode: fc.nat({ max: 2 ** 31 - 1 }).map((mode) => mode * 2),
    mtimeNs: anyTimeNs,
    atimeNs: anyTimeNs,
    ctimeNs: anyTimeNs,
    uid: count,
    gid: count,
    user: text,
    group: text,
    inode: anyUint64,
    deviceId: anyUint64,
    size: count,
    links: count,
    linkTarget: kind === "symlink" ? anyByteString : fc.constant(null),
    extendedAttributes: fc.array(attribute, { maxLength: 3 }),
    genericAttributes: fc.oneof(fc.constant(null), fc.dictionary(text, text, { minKeys: 1, maxKeys: 2 })),
    device: anyUint64,
    content: fc.oneof(fc.constant(null), fc.array(anyId, { maxLength: 3 })),
    subtree: fc.oneof(fc.constant(null), anyId),
    error: text,
  }),
);

const summary: fc.Arbitrary<SnapshotSummary> = fc.record({
  startNs: anyTimeNs,
  endNs: anyTimeNs,
  filesNew: count,
  filesChanged: count,
  filesUnmodified: count,
  dirsNew: count,
  dirsChanged: count,
  dirsUnmodified: count,
  dataBlobs: count,
  treeBlobs: count,
  dataAdded: count,
  dataAddedPacked: count,
  totalFilesProcessed: count,
  totalBytesProcessed: count,
});

/** Any snapshot that can be written. */
export const anySnapshot: fc.Arbitrary<NewSnapshot> = fc.record({
  timeNs: anyTimeNs,
  parent: fc.option(anyId),
  tree: anyId,
  paths: fc.array(text, { maxLength: 3 }),
  hostname: text,
  username: text,
  uid: count,
  gid: count,
  excludes: fc.array(text, { maxLength: 3 }),
  tags: fc.array(text, { maxLength: 3 }),
  original: fc.option(anyId),
  programVersion: text,
  summary: fc.option(summary),
});
