import { randomUUID } from "node:crypto";
import { mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { HoldfastError } from "../../base/errors.ts";
import { type Grant, grantOf } from "./grant.ts";
import type { DriveKind } from "./provider.ts";

/** A grant as it is kept, with what it last gave. */
export interface KeptGrant extends Grant {
  /** The fingerprint of the line it came from; `null` when it came from a sign-in on this machine. */
  readonly origin: string | null;
  readonly accessToken: string | null;
  /** Milliseconds since 1970. */
  readonly expiresMs: number;
}

/**
 * What a token file has for a kind of drive; `null` when there is nothing.
 *
 * @throws {HoldfastError} `CONFIG` when the file is not one of ours; the error of the file system
 */
export async function readKept(path: string, kind: DriveKind): Promise<KeptGrant | null> {
  const value = (await readAll(path))[kind];
  const grant = grantOf(value);
  if (grant === null) return null;
  const { origin, accessToken, expiresMs } = value as Record<string, unknown>;
  return {
    ...grant,
    origin: typeof origin === "string" ? origin : null,
    accessToken: typeof accessToken === "string" ? accessToken : null,
    expiresMs: typeof expiresMs === "number" ? expiresMs : 0,
  };
}

/**
 * Puts a grant into a token file, which only this user can read, by one rename; under the lock. What is
 * there for the other kind stays.
 *
 * @throws the error of the file system; the old content is there then
 */
export async function writeKept(path: string, kind: DriveKind, kept: KeptGrant): Promise<void> {
  const content = `${JSON.stringify({ ...(await readAll(path)), [kind]: kept }, null, 2)}\n`;
  const beside = `${path}-${randomUUID()}`;
  try {
    const file = await open(beside, "wx", 0o600);
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
}

/** Makes the folder of a token file, for this user alone. */
export async function makeTokenFolder(path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
}

async function readAll(path: string): Promise<Record<string, unknown>> {
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "{}";
    throw error;
  });
  try {
    return { ...(JSON.parse(text) as Record<string, unknown>) };
  } catch {
    throw new HoldfastError({
      code: "CONFIG",
      message: `the file ${path} does not hold tokens`,
      hint: "move it away, and sign in again with holdfast init",
    });
  }
}
