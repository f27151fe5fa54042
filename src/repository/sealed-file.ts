import { HoldfastError } from "../base/errors.ts";
import type { CallOptions, NewFile } from "../stores/store.ts";
import { compress, decompress } from "./compression.ts";
import { type Id, idOf, shortId } from "./ids.ts";
import { baseName } from "./layout.ts";
import type { Repository } from "./repository.ts";
import { type MasterKey, seal, unseal } from "./sealing.ts";

/** First byte of a compressed one; plain JSON starts with a bracket (restic `doc/design.rst`, "Unpacked Data Format"). */
const COMPRESSED = 2;
/** An index file is some 8 MiB of JSON; what unfolds to more than this is not one of ours. */
const MAX_JSON_BYTES = 256 * 1024 * 1024;

/** JSON as a snapshot, index or lock file holds it: compressed, sealed, named by its hash. */
export function sealFile(keys: MasterKey, prefix: string, json: string): NewFile & { readonly id: Id } {
  const bytes = seal(keys, Buffer.concat([Buffer.of(COMPRESSED), compress(Buffer.from(json))]));
  const id = idOf(bytes);
  return { id, name: `${prefix}${id}`, bytes };
}

/**
 * Reads a snapshot, index or lock file and gives its JSON text.
 *
 * @throws {HoldfastError} `DATA_DAMAGED` when it is not what its name says, and what the store throws
 */
export async function readSealedFile(
  repository: Repository,
  name: string,
  options: CallOptions = {},
): Promise<string> {
  const bytes = await repository.store.read(name, undefined, { signal: options.signal });
  const id = baseName(name) as Id;
  if (idOf(bytes) !== id) {
    const what = name.slice(0, name.indexOf("/")).replace(/s$/, "");
    throw new HoldfastError({
      code: "DATA_DAMAGED",
      message: `${what} ${shortId(id)} does not match its hash`,
    });
  }
  const content = unseal(repository.keys, bytes);
  const json = content[0] === COMPRESSED ? decompress(content.subarray(1), MAX_JSON_BYTES) : content;
  return json.toString("utf8");
}
