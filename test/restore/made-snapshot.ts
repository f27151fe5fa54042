import { type ByteString, fromText } from "../../src/base/byte-string.ts";
import type { Id } from "../../src/repository/ids.ts";
import { BlobWriter } from "../../src/repository/blob-writer.ts";
import { loadIndex } from "../../src/repository/index-files.ts";
import { GO_MODE, type Node } from "../../src/repository/node.ts";
import type { Repository } from "../../src/repository/repository.ts";
import { encodeTree } from "../../src/repository/tree.ts";

/** An entry as a test writes it down; the rest of its node is made up. */
export type MadeEntry = Partial<Omit<Node, "content" | "name" | "linkTarget">> & {
  readonly name: string | Buffer;
  /** Blobs of a file. */
  readonly content?: readonly (string | Buffer)[];
  /** Entries of a folder, stored as they are: in this order, under these names. */
  readonly entries?: readonly MadeEntry[];
  readonly linkTarget?: string | Buffer;
};

const TIME_NS = 1_700_000_000_123_456_789n;

/** Stores a folder, be it possible or not, and gives its node. */
export async function makeFolder(
  repository: Repository,
  entries: readonly MadeEntry[],
  given: Partial<Node> = {},
): Promise<Node> {
  await using writer = new BlobWriter(repository);
  const node = nodeOf(writer, { name: "root", entries, ...given } as MadeEntry);
  await store(repository, writer);
  return node;
}

/** Stores a tree of these nodes and gives its id. */
export async function makeTree(repository: Repository, nodes: readonly Node[]): Promise<Id> {
  await using writer = new BlobWriter(repository);
  const id = writer.add("tree", encodeTree(nodes));
  await store(repository, writer);
  return id;
}

async function store(repository: Repository, writer: BlobWriter): Promise<void> {
  await repository.store.write(await writer.finish());
  await loadIndex(repository);
}

/** A node with everything that is not given made up. */
export function madeNode(given: Partial<Node>): Node {
  const type = given.type ?? "file";
  return {
    name: "name" as ByteString,
    type,
    mode: type === "dir" ? GO_MODE.dir + 0o755 : 0o644,
    mtimeNs: TIME_NS,
    atimeNs: TIME_NS + 1n,
    ctimeNs: TIME_NS + 2n,
    uid: process.getuid?.() ?? 0,
    gid: process.getgid?.() ?? 0,
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
    ...given,
  };
}

function nodeOf(writer: BlobWriter, entry: MadeEntry): Node {
  const { name, content, entries, linkTarget, ...given } = entry;
  const blobs = content?.map((part) => (typeof part === "string" ? Buffer.from(part) : part));
  const nodes = entries?.map((each) => nodeOf(writer, each));
  return madeNode({
    name: bytesOf(name),
    type: entries === undefined ? (linkTarget === undefined ? "file" : "symlink") : "dir",
    linkTarget: linkTarget === undefined ? null : bytesOf(linkTarget),
    content: blobs === undefined ? null : blobs.map((blob) => writer.add("data", blob)),
    size: blobs?.reduce((sum, { length }) => sum + length, 0) ?? 0,
    subtree: nodes === undefined ? null : writer.add("tree", encodeTree(nodes)),
    ...given,
  });
}

function bytesOf(name: string | Buffer): ByteString {
  return typeof name === "string" ? fromText(name) : (name.toString("latin1") as ByteString);
}
