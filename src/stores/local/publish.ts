import type { Stats } from "node:fs";
import { link, open, rename, stat } from "node:fs/promises";
import { systemCodeOf } from "./errors.ts";
import { claimPath, discard, isLeftover } from "./temporary.ts";
import { alreadyExists } from "../refusals.ts";

/** Answers of file systems without hard links. */
const CANNOT_LINK: ReadonlySet<string | null> = new Set([
  "EMLINK",
  "ENOSYS",
  "ENOTSUP",
  "EOPNOTSUPP",
  "EPERM",
]);

/** A file that is written and flushed, and has only its temporary name yet. */
export interface StagedFile {
  readonly name: string;
  readonly temporary: string;
  readonly target: string;
}

/**
 * Gives a staged file its name, unless the name is taken.
 *
 * @throws {HoldfastError} `ALREADY_EXISTS`; and system errors as they are
 */
export async function publishNew(file: StagedFile): Promise<void> {
  try {
    await link(file.temporary, file.target);
  } catch (error) {
    const code = systemCodeOf(error);
    if (CANNOT_LINK.has(code)) return publishClaimed(file);
    if (code !== "EEXIST") throw error;
    // Over NFS a repeated request finds its own link: then the file has two names (open(2), O_EXCL).
    if ((await stat(file.temporary)).nlink !== 2) throw alreadyExists(file.name, error);
  }
  await discard(file.temporary);
}

/** Where there are no hard links, whoever has made the claim file may rename. */
async function publishClaimed(file: StagedFile): Promise<void> {
  const claim = claimPath(file.target);
  if (!(await makeClaim(claim))) throw alreadyExists(file.name);
  try {
    if ((await statsOf(file.target)) !== null) throw alreadyExists(file.name);
    await rename(file.temporary, file.target);
  } finally {
    await discard(claim);
  }
}

/** False when another writer is at work on the name. What a killed one has left counts for an hour. */
async function makeClaim(claim: string): Promise<boolean> {
  const stats = await statsOf(claim);
  if (stats !== null && isLeftover(stats)) await discard(claim);
  try {
    await (await open(claim, "wx", 0o600)).close();
    return true;
  } catch (error) {
    if (systemCodeOf(error) === "EEXIST") return false;
    throw error;
  }
}

async function statsOf(path: string): Promise<Stats | null> {
  try {
    return await stat(path);
  } catch (error) {
    if (systemCodeOf(error) === "ENOENT") return null;
    throw error;
  }
}
