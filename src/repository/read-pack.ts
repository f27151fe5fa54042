import { HoldfastError, isHoldfastError } from "../base/errors.ts";
import type { ByteRange, CallOptions } from "../stores/store.ts";
import { type Id, shortId } from "./ids.ts";
import { packName } from "./layout.ts";
import type { Repository } from "./repository.ts";

/**
 * Reads a part of a pack that an index names.
 *
 * @throws {HoldfastError} `DATA_DAMAGED` when the pack is gone or too short, and what the store throws
 */
export async function readPack(
  { store }: Repository,
  pack: Id,
  range: ByteRange,
  { signal }: CallOptions,
): Promise<Uint8Array> {
  try {
    return await store.read(packName(pack), range, { signal });
  } catch (error) {
    if (!isHoldfastError(error, "NOT_FOUND")) throw error;
    throw new HoldfastError({
      code: "DATA_DAMAGED",
      message: `the repository has lost the pack ${shortId(pack)}`,
      hint: "holdfast check tells which snapshots are whole",
      cause: error,
    });
  }
}
