import { readFileSync } from "node:fs";
import { join } from "node:path";
import { openMemoryStore } from "../../src/stores/memory.ts";
import type { Store } from "../../src/stores/store.ts";

/** A repository that restic made, and what restic says of it; by `vectors/make-restic-repository.sh`. */
export interface ResticVectors {
  readonly password: string;
  /** Bytes in base64. */
  readonly files: readonly { readonly name: string; readonly bytes: string }[];
  readonly masterKey: { readonly mac: { readonly k: string; readonly r: string }; readonly encrypt: string };
  readonly config: { readonly id: string; readonly chunker_polynomial: string };
  readonly snapshotId: string;
  readonly snapshot: {
    readonly time: string;
    readonly tree: string;
    readonly paths: readonly string[];
    readonly hostname: string;
    readonly username: string;
  };
  /** The root tree as it is hashed, in base64. */
  readonly tree: string;
}

/** The committed vectors. */
export const RESTIC_VECTORS: ResticVectors = JSON.parse(
  readFileSync(join(import.meta.dirname, "vectors", "restic-repository.json"), "utf8"),
) as ResticVectors;

/** That repository in a store of its own. */
export async function storeOfRestic(): Promise<Store> {
  const store = openMemoryStore();
  await store.write(
    RESTIC_VECTORS.files.map(({ name, bytes }) => ({ name, bytes: Buffer.from(bytes, "base64") })),
  );
  return store;
}
