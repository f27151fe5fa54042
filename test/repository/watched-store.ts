import type { Store } from "../../src/stores/store.ts";

/** A call to a store, before it is made. */
export interface StoreCall {
  readonly kind: "list" | "read" | "write" | "remove";
  /** The files; of a listing, its prefix. */
  readonly names: readonly string[];
}

/** What is done to the calls of a store. */
export interface Watch {
  /** Called before each call, which fails if this throws. */
  readonly before?: (call: StoreCall) => unknown;
  /** What is given back for a file, instead of what was read. */
  readonly answer?: (name: string, bytes: Uint8Array) => Uint8Array;
}

/** A store that a test looks over the shoulder of. */
export function watchedStore(inner: Store, { before, answer }: Watch): Store {
  return {
    url: inner.url,
    traits: inner.traits,
    history: inner.history,
    readSoon: () => inner.readSoon?.(),
    nextWriteAt: async (callOptions) => (await inner.nextWriteAt?.(callOptions)) ?? null,
    async *list(prefix, options) {
      await before?.({ kind: "list", names: [prefix] });
      yield* inner.list(prefix, options);
    },
    async read(name, range, options) {
      await before?.({ kind: "read", names: [name] });
      const bytes = await inner.read(name, range, options);
      return answer?.(name, bytes) ?? bytes;
    },
    async write(files, options) {
      await before?.({ kind: "write", names: files.map(({ name }) => name) });
      await inner.write(files, options);
    },
    async remove(names, options) {
      await before?.({ kind: "remove", names });
      await inner.remove(names, options);
    },
    close: () => inner.close(),
  };
}
