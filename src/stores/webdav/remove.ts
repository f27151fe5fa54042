import type { CallOptions } from "../store.ts";
import type { WebdavClient } from "./client.ts";
import { webdavError } from "./errors.ts";
import { look } from "./look.ts";

/** Names of which it is certain that they are files. */
export interface KnownFiles {
  know(name: string): void;
  has(name: string): boolean;
}

/** More are asked for one by one. */
const MAX_KNOWN = 50_000;

/** Knows none yet. */
export function createKnownFiles(): KnownFiles {
  const names = new Set<string>();
  return {
    know: (name) => void (names.size < MAX_KNOWN && names.add(name)),
    has: (name) => names.has(name),
  };
}

/**
 * As `Store.remove`, for one file. Asked to remove a folder, servers do, with all that is in it: so nothing is
 * removed that has not been seen to be a file.
 */
export async function removeFile(
  client: WebdavClient,
  files: KnownFiles,
  name: string,
  options: CallOptions | undefined,
): Promise<void> {
  if (!files.has(name)) {
    const there = await look(client, name, options);
    if (there === null || there.isFolder) return;
  }
  const what = `remove ${name}`;
  const url = client.at(name);
  const response = await client.send({ method: "DELETE", url, what, signal: options?.signal });
  if (response.status < 300 || [404, 409, 410].includes(response.status)) return;
  throw webdavError(response, { method: "DELETE", what }, client);
}
