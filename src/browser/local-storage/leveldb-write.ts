import { randomBytes } from "node:crypto";
import { open, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileError } from "../../base/file-error.ts";
import { piece } from "./byte-reader.ts";
import type { LevelDb } from "./leveldb.ts";
import { formatLog } from "./leveldb-log.ts";
import { firstManifest } from "./leveldb-manifest.ts";
import { makeFolder, ownLike } from "./owner.ts";

/** Changes to a database; `null` removes a key. Keys as one character for each byte. */
export type Batch = ReadonlyMap<string, Buffer | null>;

const PUT = 1;
const DELETED = 0;
/** The numbers before are those of the first manifest and of its successor. */
const FIRST_LOG = 3;

/**
 * Changes a database of LevelDB that nobody has open: all of the batch is there afterwards, or nothing.
 * It is written as a log of its own, which LevelDB takes in at its next start as if it had died after
 * beginning it; nothing that is there is touched.
 *
 * @param before what `readLevelDb` read
 */
export async function writeLevelDb(folder: string, { next }: LevelDb, batch: Batch): Promise<void> {
  try {
    if (next !== null) {
      const log = formatLog([formatBatch(batch, next.sequence)]);
      await putFile(folder, `${String(next.file).padStart(6, "0")}.log`, log);
      return;
    }
    await makeFolder(folder);
    // There is no database before CURRENT is there.
    await putFile(folder, `${String(FIRST_LOG).padStart(6, "0")}.log`, formatLog([formatBatch(batch, 1)]));
    await putFile(folder, "MANIFEST-000001", firstManifest());
    await putFile(folder, "CURRENT", Buffer.from("MANIFEST-000001\n"));
  } catch (error) {
    throw fileError(error, `could not write '${folder}'`);
  }
}

function formatBatch(batch: Batch, sequence: number): Buffer {
  const header = Buffer.alloc(12);
  header.writeBigUInt64LE(BigInt(sequence));
  header.writeUInt32LE(batch.size, 8);
  const changes = [...batch].map(([key, value]) => {
    const name = piece(Buffer.from(key, "latin1"));
    if (value === null) return Buffer.concat([Buffer.from([DELETED]), name]);
    return Buffer.concat([Buffer.from([PUT]), name, piece(value)]);
  });
  return Buffer.concat([header, ...changes]);
}

/** A whole file under this name, or none. */
async function putFile(folder: string, name: string, bytes: Buffer): Promise<void> {
  // LevelDB leaves names alone that are none of its own.
  const beside = join(folder, `.holdfast-${randomBytes(6).toString("hex")}.tmp`);
  try {
    {
      await using file = await open(beside, "wx", 0o600);
      await file.writeFile(bytes);
      await ownLike(beside, folder);
      await file.sync();
    }
    await rename(beside, join(folder, name));
    await using directory = await open(folder, "r");
    await directory.sync();
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
}
