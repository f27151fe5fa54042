import { mapParallel } from "../base/parallel.ts";
import type { CallOptions, Store, StoredFile } from "./store.ts";

/** Files read ahead at the same time; the store bounds it further where that is too many. */
const PARALLEL = 64;
/** What is larger is left to whoever asks for it. */
const MAX_FILE_BYTES = 16 * 1024 * 1024;
/** Read ahead in all. */
const MAX_TOTAL_BYTES = 64 * 1024 * 1024;

/**
 * A store that lists some prefixes and reads their files at once, so that who asks for them a moment
 * later does not wait. Each listing and each file is given away once; asked for again, it comes from
 * the store. For one short piece of work that needs all of it; what fails ahead is simply asked for again.
 */
export function withReadAhead(inner: Store, prefixes: readonly string[], options: CallOptions): Store {
  const files = new Map<string, Promise<Uint8Array | null>>();
  const listings = new Map(prefixes.map((prefix) => [prefix, listAndRead(inner, prefix, files, options)]));

  return {
    url: inner.url,
    traits: inner.traits,
    history: inner.history,
    readSoon: () => inner.readSoon?.(),
    nextWriteAt: async (callOptions) => (await inner.nextWriteAt?.(callOptions)) ?? null,

    async *list(prefix, listOptions) {
      const listing = listings.get(prefix);
      listings.delete(prefix);
      const listed = (await listing) ?? null;
      yield* listed ?? inner.list(prefix, listOptions);
    },

    async read(name, range, readOptions) {
      const file = range === undefined ? files.get(name) : undefined;
      files.delete(name);
      return (await file) ?? inner.read(name, range, readOptions);
    },

    write: (newFiles, writeOptions) => inner.write(newFiles, writeOptions),
    remove: (names, removeOptions) => inner.remove(names, removeOptions),
    close: () => inner.close(),
  };
}

/** Gives the listing as soon as it is there; the files follow. `null` when it failed. */
async function listAndRead(
  inner: Store,
  prefix: string,
  files: Map<string, Promise<Uint8Array | null>>,
  options: CallOptions,
): Promise<readonly StoredFile[] | null> {
  try {
    const listed: StoredFile[] = [];
    for await (const file of inner.list(prefix, options)) listed.push(file);
    readAll(inner, listed, files, options);
    return listed;
  } catch {
    return null; // whoever asks for the listing is told why
  }
}

function readAll(
  inner: Store,
  listed: readonly StoredFile[],
  files: Map<string, Promise<Uint8Array | null>>,
  options: CallOptions,
): void {
  let totalBytes = 0;
  const wanted = listed.filter(({ sizeBytes }) => {
    if (sizeBytes > MAX_FILE_BYTES || totalBytes + sizeBytes > MAX_TOTAL_BYTES) return false;
    totalBytes += sizeBytes;
    return true;
  });
  const reads = wanted.map(({ name }) => {
    const { promise, resolve } = Promise.withResolvers<Uint8Array | null>();
    files.set(name, promise);
    return { name, resolve };
  });
  void mapParallel(reads, PARALLEL, async ({ name, resolve }) => {
    resolve(await inner.read(name, undefined, options).catch(() => null));
  });
}
