import { randomBytes } from "node:crypto";
import type { WebdavClient } from "./client.ts";
import { listFolder } from "./look.ts";

/** Where files are until they are whole. No name of a store can begin so, and it is not listed. */
export const TEMPORARY_FOLDER = "uploads-tmp-0";

/** Longer than any upload takes, by the server's clock. */
const LEFTOVER_AGE_MS = 24 * 60 * 60 * 1000;
/** More of them go with the next store that is closed. */
const MAX_REMOVED = 50;

/** A name that nobody else uses. */
export function temporaryName(): string {
  return `${TEMPORARY_FOLDER}/${randomBytes(12).toString("hex")}`;
}

/** Removes one. Failing to is no failure: it is hidden, and swept when it is old. */
export async function discard(client: WebdavClient, name: string): Promise<void> {
  const request = { method: "DELETE", url: client.at(name), what: `remove ${name}`, isOnce: true } as const;
  await client.send(request).catch(() => undefined);
}

/**
 * Removes what writers that are gone have left behind, and what this one has given up: an upload that is cut
 * off may still arrive after it was removed. Never throws.
 *
 * @param givenUp temporary names
 */
export async function sweep(client: WebdavClient, givenUp: ReadonlySet<string>): Promise<void> {
  const listing = await listFolder(client, TEMPORARY_FOLDER, undefined).catch(() => null);
  if (listing === null) return;
  const { children, serverMs } = listing;
  const left = children
    .filter(({ resource: { isFolder } }) => !isFolder)
    .map(({ name, resource: { modifiedMs } }) => ({ name: `${TEMPORARY_FOLDER}/${name}`, modifiedMs }))
    .filter(
      ({ name, modifiedMs }) =>
        givenUp.has(name) ||
        (serverMs !== null && modifiedMs !== null && serverMs - modifiedMs > LEFTOVER_AGE_MS),
    );
  for (const { name } of left.slice(0, MAX_REMOVED)) await discard(client, name);
}
