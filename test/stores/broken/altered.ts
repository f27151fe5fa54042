import { openMemoryStore } from "../../../src/stores/memory.ts";
import type { NewFile, Store, StoreTraits } from "../../../src/stores/store.ts";

/** Stores by the name of the conformance case that catches them. */
export type BrokenStores = Readonly<Record<string, () => Store>>;

/** Makes a store in memory that does some things in its own way. */
export function altered(
  alter: (inner: Store) => Partial<Store>,
  traits: Partial<StoreTraits> = {},
): () => Store {
  return () => {
    const inner = openMemoryStore({ traits });
    return { ...inner, ...alter(inner) };
  };
}

/** Stores the files one after the other, and lets other work go on in between. */
export async function writeSlowly(
  inner: Store,
  files: readonly NewFile[],
  wait: () => Promise<void>,
): Promise<void> {
  for (const file of files) {
    await inner.write([file]);
    await wait();
  }
}
