import { hash, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { type ByteString, toBytes } from "../base/byte-string.ts";

/** What the names of our unfinished work inside a state folder start with; a save leaves them out. */
export const STAGING_PREFIX = ".holdfast-restore-";

/** Names up to this fit, with what is added, into the 255 bytes of a name. */
const MAX_LABEL_BYTES = 120;

/** A restore that is or was under way: the process, when it started, and a random part. */
export interface StagingId {
  readonly pid: number;
  /** In clock ticks since the machine started: tells apart processes that had the same number. */
  readonly startTicks: string;
  readonly random: string;
}

/** A new id for this process. */
export function newStagingId(): StagingId {
  return {
    pid: process.pid,
    startTicks: startTicksOf(process.pid) ?? "0",
    random: randomBytes(6).toString("hex"),
  };
}

/**
 * The name of the work folder inside a target. It holds the time of modification that the target has
 * without it, because nothing else can: making the folder changes that time.
 */
export function insideName(id: StagingId, mtimeNs: bigint): ByteString {
  return `${STAGING_PREFIX}${idText(id)}-${mtimeNs}` as ByteString;
}

/** The names of the work beside a target named `basename`: what comes, and what was replaced. */
export function besideNames(
  basename: ByteString,
  id: StagingId,
): { readonly new: ByteString; readonly old: ByteString } {
  const stem = besidePrefix(basename) + idText(id);
  return { new: `${stem}.new` as ByteString, old: `${stem}.old` as ByteString };
}

/** What is in the name of a work folder inside a target, or `null`. */
export function parseInsideName(name: string): { readonly id: StagingId; readonly mtimeNs: bigint } | null {
  if (!name.startsWith(STAGING_PREFIX)) return null;
  const [, idPart = "", mtime = ""] =
    /^(.*?[0-9a-f]{12})-(-?\d{1,20})$/.exec(name.slice(STAGING_PREFIX.length)) ?? [];
  const id = parseId(idPart);
  return id === null ? null : { id, mtimeNs: BigInt(mtime) };
}

/** The id in the name of work beside a target named `basename`, or `null`. */
export function parseBesideName(
  basename: ByteString,
  name: string,
): { readonly id: StagingId; readonly part: "new" | "old" } | null {
  const prefix = besidePrefix(basename);
  const part = name.endsWith(".new") ? "new" : "old";
  if (!name.startsWith(prefix) || !name.endsWith(`.${part}`)) return null;
  const id = parseId(name.slice(prefix.length, -(part.length + 1)));
  return id === null ? null : { id, part };
}

/** Whether the process that does this work is still there. */
export function isAlive(id: StagingId): boolean {
  return startTicksOf(id.pid) === id.startTicks;
}

function besidePrefix(basename: ByteString): string {
  const label =
    basename.length <= MAX_LABEL_BYTES
      ? basename
      : basename.slice(0, MAX_LABEL_BYTES - 17) + "-" + hash("sha256", toBytes(basename), "hex").slice(0, 16);
  return `.${label}${STAGING_PREFIX}`;
}

function idText({ pid, startTicks, random }: StagingId): string {
  return `${pid}-${startTicks}-${random}`;
}

function parseId(text: string): StagingId | null {
  const [, pid, startTicks, random] = /^(\d{1,10})-(\d{1,20})-([0-9a-f]{12})$/.exec(text) ?? [];
  if (pid === undefined || startTicks === undefined || random === undefined) return null;
  return { pid: Number(pid), startTicks, random };
}

/** Field 22 of proc(5) `/proc/pid/stat`; `null` when there is no such process, or it has ended and is not yet reaped. */
function startTicksOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" ? null : (fields[19] ?? null);
  } catch {
    return null; // no such process; or no /proc, where every leftover counts as a dead process's
  }
}
