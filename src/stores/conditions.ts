import { HoldfastError } from "../base/errors.ts";
import type { StoreTraits, WriteCondition, WriteOptions } from "./store.ts";

/** What is known of the names in a store. */
interface Names {
  has(name: string): boolean;
  keys(): Iterable<string>;
}

/**
 * Looks whether a condition holds at this instant.
 *
 * @param there the files that are visible
 * @param added those that become visible with the write
 * @throws {HoldfastError} `CONFLICT` when it does not
 */
export function checkCondition(
  there: Names,
  added: readonly { readonly name: string }[],
  condition: WriteCondition | undefined,
): void {
  if (condition === undefined) return;
  const names = new Set(added.map(({ name }) => name));
  const missing = condition.present.find((name) => !there.has(name) && !names.has(name));
  if (missing !== undefined) throw conflict(`${missing} has been removed meanwhile`);
  const { absent, only } = condition;
  const known = only === undefined ? null : new Set(only.names);
  for (const name of there.keys()) {
    if (name.startsWith(absent)) throw conflict("another writer has locked the store meanwhile");
    const isNewcomer = only !== undefined && name.startsWith(only.prefix) && known?.has(name) === false;
    if (isNewcomer && !names.has(name)) throw conflict("another writer has saved meanwhile");
  }
}

/** @throws {HoldfastError} `CONFIG` when a condition is asked of a store that knows none */
export function refuseCondition(traits: StoreTraits, { condition }: WriteOptions): void {
  if (condition === undefined || traits.conditionalWrites) return;
  throw new HoldfastError({
    code: "CONFIG",
    message: "this store cannot make a write depend on other files",
  });
}

/** What others did makes a write wrong. */
export function conflict(message: string, cause?: unknown): HoldfastError {
  return new HoldfastError({
    code: "CONFLICT",
    message,
    hint: "nothing was changed; do it again",
    cause,
  });
}
