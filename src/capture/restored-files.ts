import { createHash, randomUUID } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { zstdCompress, zstdDecompress } from "node:zlib";
import type { ByteString } from "../base/byte-string.ts";
import type { Id } from "../repository/ids.ts";

/** What a restored entry looks like on this machine. */
export interface RestoredFile {
  /** Relative to the restored folder, without a leading '/'; '' is the folder itself. */
  readonly path: ByteString;
  readonly inode: bigint;
  readonly ctimeNs: bigint;
}

/** Which folder was restored from what. */
export interface RestoredFolder {
  /** Id of the repository. */
  readonly repository: string;
  /** Absolute path on this machine. */
  readonly folder: string;
  /** The snapshot that the folder's unchanged files are the same as. */
  readonly snapshot: Id;
}

/** Inode and time of change of restored entries, by relative path. */
export type RestoredFiles = ReadonlyMap<string, readonly [inode: string, ctimeNs: string]>;

const MAX_RECORD_BYTES = 1024 * 1024 * 1024;

/**
 * Remembers, outside the state, how restored entries look on this machine.
 *
 * A restored file has another inode and time of change than its snapshot says. With this record the
 * next save knows it for unchanged all the same, and neither reads nor stores it. Without one it reads
 * everything again, which is slow and right: the record is a cache.
 *
 * @throws the error of the file system
 */
export async function writeRestoredRecord(
  cacheFolder: string,
  record: RestoredFolder & { readonly files: readonly RestoredFile[] },
): Promise<void> {
  const entries = record.files.map(({ path, inode, ctimeNs }) => [path, [`${inode}`, `${ctimeNs}`]]);
  const json = JSON.stringify({ snapshot: record.snapshot, entries });
  const bytes = await promisify(zstdCompress)(Buffer.from(json));
  await mkdir(cacheFolder, { recursive: true, mode: 0o700 });
  const path = recordPath(cacheFolder, record);
  await writeWhole(path, bytes);
  await writeWhole(`${path}.snapshot`, Buffer.from(record.snapshot));
}

/**
 * The record of a folder, if the folder was last restored from, or saved to, this very snapshot;
 * otherwise `null`, as for a record that cannot be read.
 */
export async function readRestoredRecord(
  cacheFolder: string,
  wanted: RestoredFolder,
): Promise<RestoredFiles | null> {
  try {
    const path = recordPath(cacheFolder, wanted);
    if ((await readFile(`${path}.snapshot`, "utf8")) !== wanted.snapshot) return null;
    const json = await promisify(zstdDecompress)(await readFile(path), { maxOutputLength: MAX_RECORD_BYTES });
    const { entries } = JSON.parse(json.toString("utf8")) as { readonly entries: unknown };
    return Array.isArray(entries) && entries.every(isEntry) ? new Map(entries) : null;
  } catch {
    // A cache: none, or one that is damaged, only means that files are read again.
    return null;
  }
}

function isEntry(value: unknown): value is [path: string, look: readonly [inode: string, ctimeNs: string]] {
  if (!Array.isArray(value) || value.length !== 2) return false;
  const [path, look] = value as unknown[];
  return (
    typeof path === "string" &&
    Array.isArray(look) &&
    look.length === 2 &&
    look.every((each) => typeof each === "string")
  );
}

/** After a save that went on from the record: what is unchanged is now the same as in the new snapshot. */
export async function advanceRestoredRecord(cacheFolder: string, record: RestoredFolder): Promise<void> {
  await writeWhole(`${recordPath(cacheFolder, record)}.snapshot`, Buffer.from(record.snapshot));
}

function recordPath(cacheFolder: string, { repository, folder }: Omit<RestoredFolder, "snapshot">): string {
  const name = createHash("sha256")
    .update(`${repository}\0${resolve(folder)}`)
    .digest("hex")
    .slice(0, 32);
  return join(cacheFolder, `restored-${name}`);
}

async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  const temporary = `${path}.${randomUUID()}.tmp`;
  await writeFile(temporary, bytes, { mode: 0o600 });
  await rename(temporary, path);
}
