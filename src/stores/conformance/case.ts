import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import { type ErrorCode, isHoldfastError } from "../../base/errors.ts";
import type { NewFile, Store, StoredFile, StoreTraits } from "../store.ts";

/** What a store can do or cannot, without between. */
export type YesOrNo = Exclude<keyof StoreTraits, "atomicFiles" | "pollMs">;

/** One promise of the store contract, and a way to see whether a store keeps it. */
export interface ConformanceCase {
  /** The promise, one sentence, lower case, no full stop; unique. */
  readonly name: string;
  /** Says something only about stores with this trait. */
  readonly needs?: YesOrNo;
  /** Says something only about stores without this trait. */
  readonly lacks?: YesOrNo;
  /** Writes thousands of files or many megabytes. */
  readonly isHeavy?: true;
  /** Uses names of the greatest length, which have no room below a folder of the store. */
  readonly isLongNamed?: true;
  /**
   * Rejects with an `AssertionError` (or the store's own error) when the promise is not kept.
   *
   * @param store empty; what the case writes stays in it
   */
  readonly run: (store: Store) => Promise<void>;
}

/** The bytes of a text. */
export function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Bytes that tell apart every position and every `salt`. */
export function pattern(sizeBytes: number, salt = 0): Uint8Array {
  const bytes = new Uint8Array(sizeBytes);
  let state = (salt + 1) * 0x9e3779b1;
  for (let index = 0; index < sizeBytes; index += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[index] = state >>> 24;
  }
  return bytes;
}

/** Files of one batch, each with bytes of its own. */
export function filesNamed(names: readonly string[], sizeBytes = 100): NewFile[] {
  return names.map((name, index) => ({ name, bytes: pattern(sizeBytes, index) }));
}

/** Fails without printing megabytes. */
export function assertSameBytes(actual: Uint8Array, expected: Uint8Array, what: string): void {
  assert.equal(actual.length, expected.length, `${what}: length in bytes`);
  if (Buffer.compare(actual, expected) === 0) return;
  const position = actual.findIndex((byte, index) => byte !== expected[index]);
  assert.fail(`${what}: byte ${position} is ${actual[position]} and should be ${expected[position]}`);
}

/** The call has to fail, with a `HoldfastError` of this code. */
export async function assertFails(call: Promise<unknown>, code: ErrorCode, what: string): Promise<void> {
  const outcome = await call.then(
    () => "it succeeded",
    (error: unknown) => (isHoldfastError(error, code) ? null : `it failed with ${String(error)}`),
  );
  if (outcome !== null) assert.fail(`${what} should fail with ${code}, but ${outcome}`);
}

/** Everything that a listing gives, sorted by name. */
export async function listAll(store: Store, prefix: string, signal?: AbortSignal): Promise<StoredFile[]> {
  const files: StoredFile[] = [];
  for await (const file of store.list(prefix, { signal })) files.push(file);
  return files.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The names that a listing gives, sorted. */
export async function namesIn(store: Store, prefix: string): Promise<string[]> {
  return (await listAll(store, prefix)).map(({ name }) => name);
}

/** Whether the file can be read, and is then what it should be. */
export async function isVisible(store: Store, file: NewFile): Promise<boolean> {
  try {
    assertSameBytes(await store.read(file.name), file.bytes, file.name);
    return true;
  } catch (error) {
    if (isHoldfastError(error, "NOT_FOUND")) return false;
    throw error;
  }
}

/** After a failed write: none of the files where batches are atomic, else a beginning of the list. */
export async function assertBeginning(store: Store, files: readonly NewFile[]): Promise<void> {
  const visible: boolean[] = [];
  for (const file of files) visible.push(await isVisible(store, file));
  const count = visible.filter(Boolean).length;
  const expected = files.map((_, index) => index < count);
  assert.deepEqual(visible, expected, "the visible files should be a beginning of the batch");
  if (store.traits.atomicBatch && files.length <= store.traits.atomicFiles)
    assert.ok(count === 0 || count === files.length, "a part of an atomic batch is visible");
}

/** Looks again and again until the write has ended, and once more. Each look lets other work go on. */
export async function whileWriting(write: () => Promise<void>, look: () => Promise<void>): Promise<void> {
  const state = { hasEnded: false };
  const writing = write().finally(() => {
    state.hasEnded = true;
  });
  const looking = async (): Promise<void> => {
    while (!state.hasEnded) {
      await look();
      await setImmediate();
    }
    await look();
  };
  const [written, looked] = await Promise.allSettled([writing, looking()]);
  if (written.status === "rejected") throw written.reason;
  if (looked.status === "rejected") throw looked.reason;
}
