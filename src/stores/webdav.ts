import { type Fetch, fetchFor } from "../base/fetch.ts";
import { checkCancelled } from "./cancelled.ts";
import { refuseCondition } from "./conditions.ts";
import type { RequestCounter } from "./count.ts";
import { checkName, checkPrefix } from "./names.ts";
import type { RetryOptions } from "./retry.ts";
import type { Store, StoreTraits } from "./store.ts";
import type { WebdavAccess } from "./webdav/access.ts";
import { checkSecrecy, type WebdavAddress } from "./webdav/address.ts";
import { type Writer, writeBatch } from "./webdav/batch.ts";
import { type ClientOptions, createClient } from "./webdav/client.ts";
import { createFolders } from "./webdav/folders.ts";
import type { Quirks } from "./webdav/quirks.ts";
import { readFile } from "./webdav/read.ts";
import { createKnownFiles, removeFile } from "./webdav/remove.ts";
import { newWriterId, sweep } from "./webdav/temporary.ts";
import { walk } from "./webdav/walk.ts";

/** How a folder on a WebDAV server is used as a store. */
export interface WebdavStoreOptions {
  readonly access: WebdavAccess;
  /** Counts each request on the wire, repeated ones included. */
  readonly counter?: RequestCounter | undefined;
  readonly retry?: RetryOptions | undefined;
  readonly clock?: ClientOptions["clock"];
  /** Node's own when left out, or one that goes through the proxy of the environment. */
  readonly fetch?: Fetch | undefined;
  /** Those of the provider when left out. */
  readonly quirks?: Quirks | undefined;
}

const TRAITS: StoreTraits = {
  atomicBatch: false,
  atomicFiles: 1,
  createOnly: true,
  rangeReads: true,
  conditionalWrites: false,
};

/**
 * A store in a folder of a WebDAV server, in restic's own layout. The folder is made by the first write.
 *
 * Requests are repeated by the store itself, as it knows which may be. What it writes goes to a temporary
 * name first; what a writer that is gone has left of that is removed a day later.
 *
 * @throws {HoldfastError} `CONFIG` when a password would go over a network in the clear, or cannot be right
 */
export async function openWebdavStore(address: WebdavAddress, options: WebdavStoreOptions): Promise<Store> {
  const { access, counter, retry, clock, quirks } = options;
  checkSecrecy(address, access.allowsHttp === true);
  const fetch = options.fetch ?? (await fetchFor(process.env));
  const client = createClient({ address, access, fetch, counter, retry, clock, quirks });
  const writer: Writer = {
    client,
    folders: createFolders(client),
    files: createKnownFiles(),
    id: newWriterId(),
  };
  let hasWritten = false;

  return {
    url: address.shown,
    traits: { ...TRAITS, pollMs: client.quirks.pollMs },

    async *list(prefix, callOptions) {
      const top = checkPrefix(prefix);
      checkCancelled(callOptions);
      yield* walk(writer, top, prefix, callOptions);
    },

    async read(name, range, callOptions) {
      checkName(name);
      checkCancelled(callOptions);
      return readFile(client, name, range, callOptions);
    },

    async write(files, writeOptions = {}) {
      for (const { name } of files) checkName(name);
      refuseCondition(TRAITS, writeOptions);
      checkCancelled(writeOptions);
      hasWritten ||= files.length > 0;
      await writeBatch(writer, files, writeOptions);
    },

    async remove(names, callOptions) {
      for (const name of names) checkName(name);
      checkCancelled(callOptions);
      for (const name of names) {
        checkCancelled(callOptions);
        await removeFile(client, writer.files, name, callOptions);
      }
    },

    async close() {
      if (hasWritten) await sweep(client, writer.id);
    },
  };
}
