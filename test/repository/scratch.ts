import { randomBytes } from "node:crypto";
import type { BlobType } from "../../src/repository/blob.ts";
import { BlobIndex } from "../../src/repository/blob-index.ts";
import { BlobWriter } from "../../src/repository/blob-writer.ts";
import type { Id } from "../../src/repository/ids.ts";
import type { Repository } from "../../src/repository/repository.ts";
import { newMasterKey } from "../../src/repository/sealing.ts";
import { openMemoryStore } from "../../src/stores/memory.ts";
import type { Store } from "../../src/stores/store.ts";

/** A repository with keys that no password protects: deriving one takes longer than most tests. */
export function scratchRepository(store: Store = openMemoryStore()): Repository {
  return {
    store,
    id: randomId(),
    keys: newMasterKey(),
    keyId: randomId(),
    index: new BlobIndex(),
    chunkerPolynomial: "3da3358b4dc173",
  };
}

/** The same repository as another process sees it: nothing of the index is known yet. */
export function reopened(repository: Repository, store: Store = repository.store): Repository {
  return { ...repository, store, index: new BlobIndex() };
}

/** An id that names nothing. */
export function randomId(): Id {
  return randomBytes(32).toString("hex") as Id;
}

/** A blob to be stored. */
export interface NewBlob {
  readonly type: BlobType;
  readonly bytes: Uint8Array;
}

/** Stores blobs: one pack of each type, and their index. */
export async function storeBlobs(repository: Repository, blobs: readonly NewBlob[]): Promise<readonly Id[]> {
  await using writer = new BlobWriter(repository);
  const ids = blobs.map(({ type, bytes }) => writer.add(type, bytes));
  await repository.store.write(await writer.finish());
  return ids;
}
