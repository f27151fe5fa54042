import { randomBytes } from "node:crypto";
import type { WebdavClient } from "./client.ts";
import { listFolder } from "./look.ts";

/** Where files are until they are whole. No name of a store can begin so, and it is not listed. */
export const TEMPORARY_FOLDER = "uploads-tmp-0";

/** Longer than any upload takes, by the server's clock. */
const LEFTOVER_AGE_MS = 24 * 60 * 60 * 1000;
/** More of them go with the next store that is closed. */
const MAX_REMOVED = 50;

/** Tells the temporary names of one writer from those of all others. */
export function newWriterId(): string {
  return randomBytes(12).toString("hex");
}

/** A name that nobody else uses. */
export function temporaryName(writerId: string): string {
  return `${TEMPORARY_FOLDER}/${writerId}-${randomBytes(6).toString("hex")}`;
}

/** Removes one. Failing to is no failure: it is hidden, and swept when it is old. */
export async function discard(client: WebdavClient, name: string): Promise<void> {
  const request = { method: "DELETE", url: client.at(name), what: `remove ${name}`, isOnce: true } as const;
  await client.send(request).catch(() => undefined);
}

/**
 * Removes what writers that are gone have left behind, and what is left of this one, which writes no more: an
 * upload that is cut off may still arrive after it was removed. Never throws.
 */
export async function sweep(client: WebdavClient, writerId: string): Promise<void> {
  const listing = await listFolder(client, TEMPORARY_FOLDER, undefined).catch(() => null);
  if (listing === null) return;
  const { children, serverMs } = listing;
  const isOld = (modifiedMs: number | null): boolean =>
    serverMs !== null && modifiedMs !== null && serverMs - modifiedMs > LEFTOVER_AGE_MS;
  const left = children.filter(
    ({ name, resource: { isFolder, modifiedMs } }) =>
      !isFolder && (name.startsWith(`${writerId}-`) || isOld(modifiedMs)),
  );
  for (const { name } of left.slice(0, MAX_REMOVED)) await discard(client, `${TEMPORARY_FOLDER}/${name}`);
}
