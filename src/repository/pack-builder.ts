import type { NewFile } from "../stores/store.ts";
import { type Id, idOf } from "./ids.ts";
import type { IndexedPack } from "./index-json.ts";
import { packName } from "./layout.ts";
import { encodePackHeader, type PackedBlob } from "./pack.ts";
import type { MasterKey } from "./sealing.ts";

/** A finished pack: the file to store and what the index says of it. */
export interface FinishedPack {
  readonly file: NewFile;
  readonly indexed: IndexedPack;
}

/** What a pack is told of a sealed blob; its offset follows from the order. */
export type BlobToPack = Omit<PackedBlob, "offset">;

/** Collects sealed blobs until they make a pack. */
export class PackBuilder {
  #parts: Uint8Array[] = [];
  #blobs: PackedBlob[] = [];
  #sizeBytes = 0;

  /** Bytes so far, without the header. */
  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** Adds sealed blobs that stand one after the other in `bytes`. */
  add(bytes: Uint8Array, blobs: readonly BlobToPack[]): void {
    this.#parts.push(bytes);
    for (const blob of blobs) {
      this.#blobs.push({ ...blob, offset: this.#sizeBytes });
      this.#sizeBytes += blob.length;
    }
  }

  /** Ends the pack, or gives `null` when nothing was added; the builder is empty afterwards. */
  finish(keys: MasterKey): FinishedPack | null {
    if (this.#blobs.length === 0) return null;
    const bytes = Buffer.concat([...this.#parts, encodePackHeader(keys, this.#blobs)]);
    const id: Id = idOf(bytes);
    const finished = { file: { name: packName(id), bytes }, indexed: { id, blobs: this.#blobs } };
    this.#parts = [];
    this.#blobs = [];
    this.#sizeBytes = 0;
    return finished;
  }
}
