import type { ExtendedAttribute, Node } from "../repository/node.ts";

/** What happened to an entry. `type`: it became another kind of thing; `metadata`: only mode, owner, time or attributes. */
export type ChangeKind = "added" | "removed" | "modified" | "type" | "metadata";

/**
 * What happened to an entry between two snapshots; what is below it, if it is a folder, does not count.
 *
 * @param before `null` when it was not there
 * @param after `null` when it is gone
 * @returns `null` when nothing did
 */
export function differenceOf(before: Node | null, after: Node | null): ChangeKind | null {
  if (before === null) return after === null ? null : "added";
  if (after === null) return "removed";
  if (before.type !== after.type) return "type";
  if (!hasSameContent(before, after)) return "modified";
  return hasSameMetadata(before, after) ? null : "metadata";
}

function hasSameContent(before: Node, after: Node): boolean {
  if (before.type === "file")
    return before.size === after.size && isSameList(before.content ?? [], after.content ?? []);
  return before.linkTarget === after.linkTarget && before.device === after.device;
}

/**
 * Without what changes by itself: inode, access and change time; and for folders the modification
 * time, which only tells that something in them was added or removed.
 */
function hasSameMetadata(before: Node, after: Node): boolean {
  return (
    before.mode === after.mode &&
    before.uid === after.uid &&
    before.gid === after.gid &&
    (before.type === "dir" || before.mtimeNs === after.mtimeNs) &&
    isSameList(before.extendedAttributes.map(asText), after.extendedAttributes.map(asText))
  );
}

function asText({ name, value }: ExtendedAttribute): string {
  return `${name}=${Buffer.from(value).toString("latin1")}`;
}

function isSameList(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((value, position) => value === right[position]);
}
