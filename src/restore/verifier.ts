import { isHoldfastError } from "../base/errors.ts";
import type { Id } from "../repository/ids.ts";
import type { Node } from "../repository/node.ts";
import type { Repository } from "../repository/repository.ts";
import { TreeReader } from "../repository/tree-reader.ts";
import type { CallOptions } from "../stores/store.ts";
import { locateContents } from "./file-contents.ts";
import { jobOf } from "./file-jobs.ts";
import { planRestore } from "./plan.ts";
import { readBlobs } from "./read-blobs.ts";
import { startWritePool, type WritePool } from "./write-pool.ts";

/**
 * Finds out whether folders of snapshots could be restored, by reading and checking all their data.
 * What several of them share is read once.
 */
export class Verifier implements AsyncDisposable {
  readonly #repository: Repository;
  readonly #options: CallOptions;
  readonly #pool: WritePool;
  readonly #whole = new Set<Id>();

  /** @param repository with its index loaded */
  constructor(repository: Repository, options: CallOptions = {}) {
    this.#repository = repository;
    this.#options = options;
    this.#pool = startWritePool(repository, options);
  }

  /**
   * Whether everything below a node can be read and is safe to restore.
   *
   * @throws what the store throws, and `CANCELLED`
   */
  async isWhole(root: Node): Promise<boolean> {
    try {
      await this.#verify(root);
      return true;
    } catch (error) {
      if (isHoldfastError(error, "DATA_DAMAGED", "UNSAFE_PATH")) return false;
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool[Symbol.asyncDispose]();
  }

  async #verify(root: Node): Promise<void> {
    const { files } = await planRestore(new TreeReader(this.#repository, this.#options), root);
    const { blobs } = await locateContents(this.#repository, files, this.#options);
    const unknown = blobs
      .filter(({ id }) => !this.#whole.has(id))
      .map(({ id, place }) => ({ id, place, uses: [] }));
    await readBlobs(this.#repository, unknown, this.#options, async (read, bytes) => {
      await this.#pool.run(jobOf([], read, bytes), [bytes.buffer]); // opened, and written nowhere
      for (const { id } of read.blobs) this.#whole.add(id);
    });
  }
}
