import type { NewFile } from "../stores/store.ts";
import { idOf } from "./ids.ts";
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

/** A pack ends when it has reached this: within the 4 to 16 MiB that are usual; some three are in memory at once. */
export const PACK_BYTES: number = 6 * 1024 * 1024;
/** Room for a small pack; a larger one gets room for a full pack with the batch that fills it, and its header. */
const SMALL_BYTES = 512 * 1024;
const FULL_BYTES = PACK_BYTES + 2 * 1024 * 1024;

/** Collects sealed blobs until they make a pack. */
export class PackBuilder {
  readonly #spare: Uint8Array[] = [];
  #buffer: Uint8Array = new Uint8Array(0);
  #blobs: PackedBlob[] = [];
  #sizeBytes = 0;

  /** Bytes so far, without the header. */
  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** Copies sealed blobs that stand one after the other in `bytes`. */
  add(bytes: Uint8Array, blobs: readonly BlobToPack[]): void {
    this.#makeRoom(this.#sizeBytes + bytes.byteLength);
    this.#buffer.set(bytes, this.#sizeBytes);
    for (const blob of blobs) {
      this.#blobs.push({ ...blob, offset: this.#sizeBytes });
      this.#sizeBytes += blob.length;
    }
  }

  /** Ends the pack, or gives `null` when nothing was added; the builder is empty afterwards. */
  finish(keys: MasterKey): FinishedPack | null {
    if (this.#blobs.length === 0) return null;
    const header = encodePackHeader(keys, this.#blobs);
    this.#makeRoom(this.#sizeBytes + header.byteLength);
    this.#buffer.set(header, this.#sizeBytes);
    const bytes = this.#buffer.subarray(0, this.#sizeBytes + header.byteLength);
    const id = idOf(bytes);
    const finished = { file: { name: packName(id), bytes }, indexed: { id, blobs: this.#blobs } };
    this.#buffer = this.#spare.pop() ?? new Uint8Array(0);
    this.#blobs = [];
    this.#sizeBytes = 0;
    return finished;
  }

  /** Takes the memory of a pack that is stored back, for the next one. */
  reuse({ file }: FinishedPack): void {
    this.#spare.push(new Uint8Array(file.bytes.buffer));
  }

  #makeRoom(needed: number): void {
    if (needed <= this.#buffer.byteLength) return;
    const usual = needed <= SMALL_BYTES ? SMALL_BYTES : FULL_BYTES;
    const larger = new Uint8Array(Math.max(usual, needed));
    larger.set(this.#buffer.subarray(0, this.#sizeBytes));
    this.#buffer = larger;
  }
}
