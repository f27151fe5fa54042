import { type ByteString, fromText } from "../../src/base/byte-string.ts";
import { BlobWriter } from "../../src/repository/blob-writer.ts";
import { GO_MODE, type Node } from "../../src/repository/node.ts";
import type { Id } from "../../src/repository/ids.ts";
import { loadIndex } from "../../src/repository/index-files.ts";
import { SNAPSHOTS } from "../../src/repository/layout.ts";
import type { Repository } from "../../src/repository/repository.ts";
import { sealFile } from "../../src/repository/sealed-file.ts";
import { encodeSnapshot, type NewSnapshot, type Snapshot } from "../../src/repository/snapshot.ts";
import { encodeTree, readBlob, readTree } from "../../src/repository/tree.ts";
import { reopened } from "./scratch.ts";

/** The content of made-up files, by name. */
export type Files = Readonly<Record<string, Uint8Array>>;

/** A node with nothing special about it. */
export function plainNode(name: ByteString, fields: Partial<Node> = {}): Node {
  return {
    name,
    type: "file",
    mode: 0o644,
    mtimeNs: 0n,
    atimeNs: 0n,
    ctimeNs: 0n,
    uid: 0,
    gid: 0,
    user: "",
    group: "",
    inode: 0n,
    deviceId: 0n,
    size: 0,
    links: 1,
    linkTarget: null,
    extendedAttributes: [],
    genericAttributes: null,
    device: 0n,
    content: null,
    subtree: null,
    error: "",
    ...fields,
  };
}

/** A snapshot with nothing special about it. */
export function plainSnapshot(tree: Id, fields: Partial<NewSnapshot> = {}): NewSnapshot {
  return {
    timeNs: 1_700_000_000_000_000_000n,
    parent: null,
    tree,
    paths: ["/state"],
    hostname: "host",
    username: "user",
    uid: 0,
    gid: 0,
    excludes: [],
    tags: [],
    original: null,
    programVersion: "",
    summary: null,
    ...fields,
  };
}

/** Stores a snapshot of made-up files, each one blob, in a folder `state`: as a process of its own would. */
export async function storeSnapshot(
  repository: Repository,
  files: Files,
  fields: Partial<NewSnapshot> = {},
): Promise<Snapshot> {
  const place = reopened(repository);
  await loadIndex(place);
  await using writer = new BlobWriter(place);
  const nodes = Object.entries(files).map(([name, bytes]) => {
    return plainNode(fromText(name), { size: bytes.byteLength, content: [writer.add("data", bytes)] });
  });
  nodes.sort((a, b) => (a.name < b.name ? -1 : 1));
  const subtree = writer.add("tree", encodeTree(nodes));
  const folder = plainNode("state" as ByteString, { type: "dir", mode: GO_MODE.dir + 0o755, subtree });
  const snapshot = plainSnapshot(writer.add("tree", encodeTree([folder])), fields);
  const file = sealFile(place.keys, SNAPSHOTS, encodeSnapshot(snapshot));
  await place.store.write([...(await writer.finish()), file]);
  return { ...snapshot, id: file.id };
}

/** What the files of such a snapshot hold, read by a process that knows nothing yet. */
export async function readFiles(repository: Repository, { tree }: Pick<Snapshot, "tree">): Promise<Files> {
  const place = reopened(repository);
  await loadIndex(place);
  const [folder] = await readTree(place, tree);
  const nodes = await readTree(place, folder?.subtree as Id);
  const files: Record<string, Uint8Array> = {};
  for (const { name, content } of nodes) files[name] = await readBlob(place, "data", content?.[0] as Id);
  return files;
}
