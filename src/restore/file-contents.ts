import { HoldfastError } from "../base/errors.ts";
import type { BlobPlace } from "../repository/blob-index.ts";
import { MAX_BLOB_BYTES } from "../repository/blob.ts";
import { type Id, shortId } from "../repository/ids.ts";
import type { Repository } from "../repository/repository.ts";
import { SEAL_BYTES } from "../repository/sealing.ts";
import { locateBlob } from "../repository/tree.ts";
import type { CallOptions } from "../stores/store.ts";
import type { PlacedBlob } from "./pack-reads.ts";
import type { PlannedFile } from "./plan.ts";

/** A blob that files need. */
export interface NeededBlob extends PlacedBlob {
  /** Positions among the files, and in the file, in bytes. */
  readonly uses: { readonly file: number; readonly offset: number }[];
}

/** What files are made of. */
export interface FileContents {
  readonly blobs: readonly NeededBlob[];
  /** Bytes of each file. */
  readonly sizes: Float64Array;
}

/**
 * Finds every blob that the files need, once each, and where in the files it goes.
 *
 * @throws {HoldfastError} `DATA_DAMAGED` when one is lost, and what the store throws
 */
export async function locateContents(
  repository: Repository,
  files: readonly PlannedFile[],
  options: CallOptions,
): Promise<FileContents> {
  const blobs = new Map<Id, NeededBlob>();
  const sizes = new Float64Array(files.length);
  for (const [index, { content }] of files.entries()) {
    let offset = 0;
    for (const id of content) {
      let blob = blobs.get(id);
      if (blob === undefined) {
        const known = repository.index.find("data", id);
        blob = { id, place: known ?? (await locateBlob(repository, "data", id, options)), uses: [] };
        checkLength(blob);
        blobs.set(id, blob);
      }
      blob.uses.push({ file: index, offset });
      offset += plainLength(blob.place);
    }
    sizes[index] = offset;
  }
  return { blobs: [...blobs.values()], sizes };
}

function plainLength({ uncompressedLength, length }: BlobPlace): number {
  return uncompressedLength ?? length - SEAL_BYTES;
}

function checkLength({ id, place }: NeededBlob): void {
  const length = plainLength(place);
  if (length >= 0 && length <= MAX_BLOB_BYTES && place.length <= MAX_BLOB_BYTES) return;
  throw new HoldfastError({ code: "DATA_DAMAGED", message: `blob ${shortId(id)} has an impossible length` });
}
