import type { ObjectStore } from "./objects.ts";

/** An entry of one tree. */
export interface TreeEntry {
  readonly name: string;
  readonly isFolder: boolean;
  readonly oid: string;
}

/** An entry with its path from the root. */
export interface PathEntry {
  readonly path: string;
  readonly isFolder: boolean;
  readonly oid: string;
}

/** What becomes of a path; `null` removes the file or folder there. */
export interface Edit {
  readonly path: string;
  readonly oid: string | null;
}

const FILE_MODE = "100644";
const FOLDER_MODE = "40000";

/** The entries of a tree, in git's order. */
export function readTree(objects: ObjectStore, oid: string): TreeEntry[] {
  const { bytes } = objects.read(oid);
  const entries: TreeEntry[] = [];
  for (let start = 0; start < bytes.length;) {
    const space = bytes.indexOf(0x20, start);
    const end = bytes.indexOf(0, space);
    entries.push({
      name: bytes.subarray(space + 1, end).toString(),
      isFolder: bytes.subarray(start, space).toString() === FOLDER_MODE,
      oid: bytes.subarray(end + 1, end + 21).toString("hex"),
    });
    start = end + 21;
  }
  return entries;
}

/** @returns the name of the tree */
export function writeTree(objects: ObjectStore, entries: Iterable<TreeEntry>): string {
  const sortable = [...entries].map(({ name, isFolder, oid }) => ({
    name,
    isFolder,
    oid,
    key: Buffer.from(isFolder ? `${name}/` : name),
  }));
  sortable.sort((a, b) => Buffer.compare(a.key, b.key));
  const parts = sortable.flatMap(({ name, isFolder, oid }) => [
    Buffer.from(`${isFolder ? FOLDER_MODE : FILE_MODE} ${name}\0`),
    Buffer.from(oid, "hex"),
  ]);
  return objects.write("tree", Buffer.concat(parts));
}

/** Everything below a tree; a folder comes before what is in it. */
export function* walkTree(objects: ObjectStore, oid: string, below = ""): Generator<PathEntry> {
  for (const entry of readTree(objects, oid)) {
    const path = below === "" ? entry.name : `${below}/${entry.name}`;
    yield { path, isFolder: entry.isFolder, oid: entry.oid };
    if (entry.isFolder) yield* walkTree(objects, entry.oid, path);
  }
}

/** What is at a path below a tree; '' is the tree itself. */
export function findPath(objects: ObjectStore, tree: string, path: string): PathEntry | null {
  let found: PathEntry = { path, isFolder: true, oid: tree };
  for (const name of path.split("/").filter((segment) => segment !== "")) {
    if (!found.isFolder) return null;
    const entry = readTree(objects, found.oid).find((candidate) => candidate.name === name);
    if (entry === undefined) return null;
    found = { path, isFolder: entry.isFolder, oid: entry.oid };
  }
  return found;
}

/** Applies edits to a tree. A folder that becomes empty goes away, as git keeps none. */
export function editTree(objects: ObjectStore, tree: string, edits: readonly Edit[]): string {
  return edited(objects, tree, edits) ?? writeTree(objects, []);
}

function edited(objects: ObjectStore, tree: string | null, edits: readonly Edit[]): string | null {
  const entries = new Map<string, TreeEntry>();
  if (tree !== null) for (const entry of readTree(objects, tree)) entries.set(entry.name, entry);
  const below = new Map<string, Edit[]>();
  for (const { path, oid } of edits) {
    const slash = path.indexOf("/");
    const name = slash === -1 ? path : path.slice(0, slash);
    if (slash !== -1) {
      const deeper = below.get(name) ?? [];
      below.set(name, deeper);
      deeper.push({ path: path.slice(slash + 1), oid });
    } else if (oid === null) {
      entries.delete(name);
    } else {
      entries.set(name, { name, isFolder: false, oid });
    }
  }
  for (const [name, deeper] of below) {
    const old = entries.get(name);
    const oid = edited(objects, old?.isFolder === true ? old.oid : null, deeper);
    if (oid === null) entries.delete(name);
    else entries.set(name, { name, isFolder: true, oid });
  }
  return entries.size === 0 ? null : writeTree(objects, entries.values());
}
