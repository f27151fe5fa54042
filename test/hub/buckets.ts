import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";

/** All that is kept of a bucket: nothing can be put into it here. */
export interface Bucket {
  readonly id: string;
  readonly isPrivate: boolean;
  readonly createdMs: number;
}

/** The buckets, kept in one file. Whatever the case of a name, it is the same one. */
export class Buckets {
  readonly #path: string;
  readonly #buckets: Map<string, Bucket>;

  constructor(path: string) {
    this.#path = path;
    const saved = existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as Bucket[]) : [];
    this.#buckets = new Map(saved.map((bucket) => [bucket.id.toLowerCase(), bucket]));
  }

  find(id: string): Bucket | null {
    return this.#buckets.get(id.toLowerCase()) ?? null;
  }

  set(bucket: Bucket): void {
    this.#buckets.set(bucket.id.toLowerCase(), bucket);
    this.#save();
  }

  remove(id: string): void {
    this.#buckets.delete(id.toLowerCase());
    this.#save();
  }

  #save(): void {
    writeFileSync(`${this.#path}.new`, JSON.stringify([...this.#buckets.values()], null, 2));
    renameSync(`${this.#path}.new`, this.#path);
  }
}
