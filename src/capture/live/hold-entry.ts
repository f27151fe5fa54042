import { type BigIntStats, closeSync, fstatSync, openSync, readlinkSync } from "node:fs";
import { type ByteString, fromBytes, toPath } from "../../base/byte-string.ts";
import { listExtendedAttributes } from "../../base/system.ts";
import { nowNs } from "../../repository/go-time.ts";
import type { HeldEntry, ViewedEntry } from "../folder-view.ts";
import { attributesOf, isSame, OPEN_FLAGS } from "../read-file.ts";
import { FreezeFailure } from "./freeze-failure.ts";
import type { Deadline } from "./pause.ts";
import type { Staging } from "./staging.ts";

/** An entry that was looked at for a view of one instant. */
export interface SeenEntry extends ViewedEntry {
  /** When its content began to be copied, in nanoseconds since 1970; 0 when nothing was. */
  readonly heldNs: bigint;
}

const NOTHING: HeldEntry = {
  extendedAttributes: [],
  linkTarget: null,
  file: null,
  unsteady: false,
  failure: null,
};

/**
 * Keeps everything of an entry that may change later.
 *
 * @param path where it can be reached
 * @returns `null` when it is gone
 * @throws {FreezeFailure} what `check` throws, and `no-room`
 */
export function holdEntry(
  { name, stats }: ViewedEntry & { readonly stats: BigIntStats },
  path: ByteString,
  staging: Staging,
  check: Deadline,
): SeenEntry | null {
  const heldNs = nowNs();
  try {
    if (stats.isFile()) return { name, heldNs, ...holdFile(path, staging, check) };
    const extendedAttributes = stats.isDirectory() ? listExtendedAttributes(path) : [];
    const linkTarget = stats.isSymbolicLink() ? fromBytes(readlinkSync(toPath(path), "buffer")) : null;
    return { name, stats, heldNs, held: { ...NOTHING, extendedAttributes, linkTarget } };
  } catch (error) {
    const failure = error as NodeJS.ErrnoException;
    const { code, syscall } = failure;
    if (failure instanceof FreezeFailure || syscall === undefined) throw failure;
    if (code === "ENOENT" || code === "ENOTDIR" || code === "ELOOP") return null;
    return { name, stats, heldNs, held: { ...NOTHING, failure } };
  }
}

function holdFile(
  path: ByteString,
  staging: Staging,
  check: Deadline,
): { readonly stats: BigIntStats; readonly held: HeldEntry } {
  const fd = openSync(toPath(path), OPEN_FLAGS);
  try {
    const stats = fstatSync(fd, { bigint: true });
    // It has just become something else: as good as gone, and found again by the next look.
    if (!stats.isFile()) throw Object.assign(new Error("no file"), { code: "ENOENT", syscall: "open" });
    const file = staging.copy(fd, stats, check);
    const extendedAttributes = attributesOf(fd, path);
    const unsteady = !isSame(stats, fstatSync(fd, { bigint: true }));
    return { stats, held: { ...NOTHING, file, extendedAttributes, unsteady } };
  } finally {
    closeSync(fd);
  }
}
