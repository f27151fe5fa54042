import { describeTree, type Tree, type TreeEntry } from "./describe-tree.ts";

/** What need not be the same. */
export interface CompareOptions {
  /** Types that the program under test does not bring back; they may be missing. */
  readonly mayBeMissing?: readonly TreeEntry["type"][];
  /** The restored side has no set-id bits, on purpose. */
  readonly withoutSetId?: boolean;
  /** Holes must be holes again. (Those of `restic restore --sparse` are coarse, so not for restic.) */
  readonly sparse?: boolean;
  /** Leave mode, owner and times of the root itself out: it was made by whoever restored. */
  readonly withoutRoot?: boolean;
}

const SET_ID_BITS = 0o6000;
const DIFFERENCES_MAX = 40;
/** A blob that is not all zero is written whole, so that a hole begins and ends up to a blob later. */
const ALLOCATION_SLACK_BYTES = 8 * 1024 * 1024;

/** Every difference as a sentence, at most forty; empty when the two folders are the same. */
export function compareFolders(
  expected: string,
  actual: string,
  options: CompareOptions = {},
): readonly string[] {
  return compareTrees(describeTree(expected), describeTree(actual), options);
}

/** As {@link compareFolders}, for folders described before. */
export function compareTrees(expected: Tree, actual: Tree, options: CompareOptions = {}): readonly string[] {
  const differences: string[] = [];
  for (const [path, wanted] of expected) {
    const found = actual.get(path);
    if (path === "" && options.withoutRoot === true) continue;
    if (found !== undefined) differences.push(...compareEntries(path, wanted, found, options));
    else if (options.mayBeMissing?.includes(wanted.type) !== true)
      differences.push(`${readable(path)}: missing`);
  }
  for (const path of actual.keys()) {
    if (!expected.has(path)) differences.push(`${readable(path)}: was not there`);
  }
  return differences.slice(0, DIFFERENCES_MAX);
}

function compareEntries(
  path: string,
  wanted: TreeEntry,
  found: TreeEntry,
  options: CompareOptions,
): string[] {
  const dropped = options.withoutSetId === true ? SET_ID_BITS : 0;
  const rows: readonly (readonly [string, string, string])[] = [
    ["type", wanted.type, found.type],
    ["mode", octal(wanted.mode & ~dropped), octal(found.mode)],
    ["uid", String(wanted.uid), String(found.uid)],
    ["gid", String(wanted.gid), String(found.gid)],
    ["mtime", String(wanted.mtimeNs), String(found.mtimeNs)],
    ["size", String(wanted.sizeBytes), String(found.sizeBytes)],
    ["content", String(wanted.digest), String(found.digest)],
    ["target", readable(wanted.target ?? ""), readable(found.target ?? "")],
    ["same file as", readable(wanted.sameFileAs ?? ""), readable(found.sameFileAs ?? "")],
    ["attributes", attributeText(wanted), attributeText(found)],
  ];
  const differences = rows
    .filter(([, left, right]) => left !== right)
    .map(([what, left, right]) => `${readable(path)}: ${what} ${left} became ${right}`);
  const limitBytes = (wanted.allocatedBytes ?? 0) + ALLOCATION_SLACK_BYTES;
  if (options.sparse === true && (found.allocatedBytes ?? 0) > limitBytes) {
    differences.push(`${readable(path)}: allocation ${wanted.allocatedBytes} became ${found.allocatedBytes}`);
  }
  return differences;
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, "0");
}

function attributeText(entry: TreeEntry): string {
  return [...entry.attributes].map(([name, value]) => `${readable(name)}=${value}`).join(" ");
}

/** Quoted, with what is not printable ASCII escaped, and shortened in the middle. */
function readable(bytes: string): string {
  const text =
    bytes.length > 300 ? `${bytes.slice(0, 100)}…(${bytes.length} bytes)…${bytes.slice(-50)}` : bytes;
  return JSON.stringify(text).replace(
    /[\x7f-\xff]/g,
    (character) => "\\x" + character.charCodeAt(0).toString(16),
  );
}
