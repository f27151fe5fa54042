import { HoldfastError } from "../base/errors.ts";
import { mapParallel } from "../base/parallel.ts";
import type { CallOptions, Store } from "../stores/store.ts";
import { idOf } from "./ids.ts";
import { baseName } from "./layout.ts";

const PARALLEL = 4;

/**
 * Reads files that were just written, before what they replace is removed.
 *
 * @throws {HoldfastError} `DATA_DAMAGED` when one comes back with other bytes than its name says
 */
export async function readBack(
  store: Store,
  files: readonly { readonly name: string }[],
  options: CallOptions = {},
): Promise<void> {
  await mapParallel(files, PARALLEL, async ({ name }) => {
    if (idOf(await store.read(name, undefined, { signal: options.signal })) === baseName(name)) return;
    throw new HoldfastError({
      code: "DATA_DAMAGED",
      message: `the store gave ${name} back with other bytes than were written`,
      hint: "nothing was removed; look at the disk or the provider of the store before you prune again",
    });
  });
}
