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

/** Removes what writers that are gone have left behind. Never throws. */
export async function sweep(client: WebdavClient): Promise<void> {
  const listing = await listFolder(client, TEMPORARY_FOLDER, undefined).catch(() => null);
  if (listing === null) return;
  const { children, serverMs } = listing;
  const old = children.filter(
    ({ resource: { isFolder, modifiedMs } }) =>
      !isFolder && serverMs !== null && modifiedMs !== null && serverMs - modifiedMs > LEFTOVER_AGE_MS,
  );
  for (const { name } of old.slice(0, MAX_REMOVED)) await discard(client, `${TEMPORARY_FOLDER}/${name}`);
}
