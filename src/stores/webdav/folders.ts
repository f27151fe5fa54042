import { isHoldfastError } from "../../base/errors.ts";
import type { CallOptions } from "../store.ts";
import type { WebdavClient } from "./client.ts";
import { webdavError } from "./errors.ts";
import { look } from "./look.ts";
import type { EntryCounts } from "./room.ts";

/** Makes folders, and remembers which are there. They are named as in the store; '' is its own. */
export interface Folders {
  /**
   * Makes a folder, and those above it up to the top of the server, unless it is known to be there. Several
   * that need one at the same time share the work.
   */
  ensure(folder: string, options: CallOptions | undefined): Promise<void>;
  /** Somebody has seen it, with so many entries. */
  know(folder: string, entries: number): void;
  readonly counts: EntryCounts;
  /** It is not there any more. */
  forget(folder: string): void;
}

/** Nothing is sent yet. */
export function createFolders(client: WebdavClient): Folders {
  const known = new Map<string, number>();
  const underWay = new Map<string, Promise<void>>();
  return {
    counts: known,
    know: (folder, entries) => void known.set(folder, entries),
    forget: (folder) => void known.delete(folder),
    async ensure(folder, options) {
      while (!known.has(folder)) {
        const shared = underWay.get(folder);
        const work = shared ?? makeFolder(client, client.at(folder === "" ? "" : `${folder}/`), options);
        underWay.set(folder, work);
        try {
          await work;
          known.set(folder, 0);
        } catch (error) {
          // Whoever shares the work of one that gives up has not given up.
          if (
            shared === undefined ||
            !isHoldfastError(error, "CANCELLED") ||
            options?.signal?.aborted === true
          )
            throw error;
        } finally {
          if (underWay.get(folder) === work) underWay.delete(folder);
        }
      }
    },
  };
}

async function makeFolder(client: WebdavClient, url: URL, options: CallOptions | undefined): Promise<void> {
  const what = `make the folder ${decodeURIComponent(url.pathname)}`;
  const request = { method: "MKCOL", url, what, signal: options?.signal } as const;
  let response = await client.send(request);
  if ((response.status === 404 || response.status === 409) && url.pathname !== "/") {
    await makeFolder(client, new URL("..", url), options);
    response = await client.send(request);
  }
  // Made before: 405 by the standard. Who makes one at the same time as another may be told anything.
  if (response.status < 300 || response.status === 405) return;
  if (await isFolder(client, url, options)) return;
  throw webdavError(response, { method: "MKCOL", what }, client);
}

async function isFolder(client: WebdavClient, url: URL, options: CallOptions | undefined): Promise<boolean> {
  const base = client.at("").href;
  // Above the store nothing can be looked at by name; what is missing there shows when the next one is made.
  if (!url.href.startsWith(base)) return false;
  return (await look(client, url.href.slice(base.length), options))?.isFolder === true;
}
