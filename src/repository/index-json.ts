import { HoldfastError } from "../base/errors.ts";
import type { Id } from "./ids.ts";
import { asObject, countField, idField, listField, parseObject, textField } from "./json.ts";
import type { PackedBlob } from "./pack.ts";

/** One pack in an index file. */
export interface IndexedPack {
  readonly id: Id;
  readonly blobs: readonly PackedBlob[];
}

const MAX_OFFSET = 2 ** 32 - 1;

/** The JSON of an index file (restic `doc/design.rst`, "Indexing"). */
export function encodeIndex(packs: readonly IndexedPack[]): string {
  return JSON.stringify({
    packs: packs.map(({ id, blobs }) => ({
      id,
      blobs: blobs.map((blob) => ({
        id: blob.id,
        type: blob.type,
        offset: blob.offset,
        length: blob.length,
        ...(blob.uncompressedLength === null ? {} : { uncompressed_length: blob.uncompressedLength }),
      })),
    })),
  });
}

/**
 * The packs that an index file lists.
 *
 * @throws {HoldfastError} `DATA_DAMAGED` when it is not an index
 */
export function decodeIndex(json: string): IndexedPack[] {
  const index = parseObject(json, "an index");
  return listField(index, "packs").map((value) => {
    const pack = asObject(value, "a pack of an index");
    return { id: idField(pack, "id"), blobs: listField(pack, "blobs").map(decodeBlob) };
  });
}

function decodeBlob(value: unknown): PackedBlob {
  const blob = asObject(value, "a blob of an index");
  const type = textField(blob, "type");
  const offset = countField(blob, "offset");
  const length = countField(blob, "length");
  const uncompressed = countField(blob, "uncompressed_length");
  if ((type !== "data" && type !== "tree") || Math.max(offset, length, uncompressed) >= MAX_OFFSET) {
    throw new HoldfastError({ code: "DATA_DAMAGED", message: "an index lists a blob that cannot be" });
  }
  const uncompressedLength = uncompressed === 0 ? null : uncompressed;
  return { type, id: idField(blob, "id"), offset, length, uncompressedLength };
}
