import { checkCancelled } from "./cancelled.ts";
import { checkCondition, refuseCondition } from "./conditions.ts";
import { checkName, checkPrefix } from "./names.ts";
import { resolveRange } from "./ranges.ts";
import { alreadyExists, cannotCreateOnly, notFound } from "./refusals.ts";
import type { NewFile, Store, StoreTraits, WriteOptions } from "./store.ts";

/** What a store in memory is to be like. */
export interface MemoryStoreOptions {
  /** It can do everything but conditional writes unless told otherwise. */
  readonly traits?: Partial<StoreTraits>;
  /** Deferred files stay unseen as long as they may; only together with `atomicBatch`. */
  readonly hidesDeferred?: boolean;
}

const USUAL: StoreTraits = {
  atomicBatch: true,
  atomicFiles: Number.POSITIVE_INFINITY,
  createOnly: true,
  rangeReads: true,
  conditionalWrites: false,
};

/**
 * A store that forgets everything with its process, for tests and trials.
 *
 * It can take on the traits of other stores: without `atomicBatch` it shows the files of a batch one
 * after the other, and lets other calls in between.
 */
export function openMemoryStore(options: MemoryStoreOptions = {}): Store {
  const traits: StoreTraits = {
    ...USUAL,
    ...(options.traits?.atomicBatch === false ? { atomicFiles: 1 } : {}),
    ...options.traits,
  };
  const files = new Map<string, Uint8Array>();
  /** Deferred writes, where a batch becomes visible as one. */
  const unseen: NewFile[] = [];

  return {
    url: "memory:",
    traits,

    async *list(prefix, callOptions) {
      checkCancelled(callOptions);
      checkPrefix(prefix);
      for (const [name, bytes] of new Map(files)) {
        checkCancelled(callOptions);
        if (name.startsWith(prefix)) yield { name, sizeBytes: bytes.length };
      }
    },

    async read(name, range, callOptions) {
      checkName(name);
      checkCancelled(callOptions);
      const bytes = files.get(name);
      if (bytes === undefined) throw notFound(name);
      const { offset, length } = resolveRange(name, bytes.length, range);
      return bytes.slice(offset, offset + length);
    },

    async write(newFiles, writeOptions = {}) {
      checkBatch(traits, newFiles, writeOptions);
      const copies = newFiles.map(({ name, bytes }) => ({ name, bytes: new Uint8Array(bytes) }));
      if (traits.atomicBatch) {
        if (writeOptions.createOnly === true) checkFree(files, copies);
        if (writeOptions.deferred === true && options.hidesDeferred === true) {
          unseen.push(...copies);
          return;
        }
        checkCondition(files, [...unseen, ...copies], writeOptions.condition);
        for (const { name, bytes } of [...unseen.splice(0), ...copies]) files.set(name, bytes);
        return;
      }
      checkCondition(files, copies, writeOptions.condition);
      for (const copy of copies) {
        checkCancelled(writeOptions);
        if (writeOptions.createOnly === true) checkFree(files, [copy]);
        files.set(copy.name, copy.bytes);
        await Promise.resolve();
      }
    },

    async remove(names, callOptions) {
      for (const name of names) checkName(name);
      checkCancelled(callOptions);
      for (const name of names) files.delete(name);
    },

    async close() {},
  };
}

function checkBatch(traits: StoreTraits, files: readonly NewFile[], options: WriteOptions): void {
  for (const { name } of files) checkName(name);
  checkCancelled(options);
  if (options.createOnly === true && !traits.createOnly) throw cannotCreateOnly();
  refuseCondition(traits, options);
}

function checkFree(files: ReadonlyMap<string, Uint8Array>, wanted: readonly NewFile[]): void {
  const seen = new Set<string>();
  for (const { name } of wanted) {
    if (files.has(name) || seen.has(name)) throw alreadyExists(name);
    seen.add(name);
  }
}
